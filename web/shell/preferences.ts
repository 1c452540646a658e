import { useSyncExternalStore } from 'react'
import { parseLanguage, type Language } from '../../src/i18n/language.ts'
import type { Session } from '../../src/server/contract/session.ts'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** What the reader chose. */
export interface Preferences {
  readonly theme: Theme
  /** Null: none. */
  readonly language: Language | null
  /** The language was chosen on a page of this very server. */
  readonly here: boolean
}

/**
 * A cookie, because those of 127.0.0.1 are kept for all ports (RFC 6265, section 8.5), and every `podpath ui` has another: what is
 * kept by origin would be lost with it.
 */
const cookie = 'podpath-page'
/** Seconds; browsers keep none for longer (RFC 6265bis, section 5.5). */
const kept = 400 * 24 * 60 * 60

const listeners = new Set<() => void>()
let current: Preferences = stored()

/** What is stored may be of another version, or edited. */
function stored(): Preferences {
  const pair = document.cookie.split('; ').find((one) => one.startsWith(`${cookie}=`))
  const [theme, language, port] = (pair?.slice(cookie.length + 1) ?? '').split('.')
  return {
    theme: themes.find((one) => one === theme) ?? 'auto',
    language: parseLanguage(language ?? '') ?? null,
    here: port === window.location.port,
  }
}

export function prefer(change: Partial<Pick<Preferences, 'theme' | 'language'>>): void {
  const here = current.here || change.language !== undefined
  current = { ...current, ...change, here }
  const { theme, language } = current
  const port = here ? window.location.port : ''
  document.cookie = `${cookie}=${theme}.${language ?? ''}.${port}; Path=/; Max-Age=${kept}; SameSite=Strict`
  for (const listener of listeners) listener()
}

/** What was chosen on this page, what the command line was asked for, what was chosen on an earlier page, the locale. */
export function languageOf(
  { language, here }: Preferences,
  session: Pick<Session, 'language' | 'languageAsked'>,
): Language {
  return (here || !session.languageAsked ? language : null) ?? session.language
}

export const usePreferences = (): Preferences =>
  useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => {
        listeners.delete(changed)
      }
    },
    () => current,
  )

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)')

/** The theme that is shown. */
export function useTheme(): 'light' | 'dark' {
  const { theme } = usePreferences()
  const system = useSyncExternalStore(
    (changed) => {
      darkSystem.addEventListener('change', changed)
      return () => {
        darkSystem.removeEventListener('change', changed)
      }
    },
    () => darkSystem.matches,
  )
  return theme === 'auto' ? (system ? 'dark' : 'light') : theme
}
