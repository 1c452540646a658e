import { useSyncExternalStore } from 'react'
import { parseLanguage, type Language } from '../../src/i18n/language.ts'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** What the reader chose; null: what the system, or the command line, says. */
export interface Preferences {
  readonly theme: Theme
  readonly language: Language | null
}

const key = 'podpath'
const listeners = new Set<() => void>()
let current: Preferences = stored()

/** What is stored may be of another version, or edited, or not allowed to be read. */
function stored(): Preferences {
  try {
    const read: unknown = JSON.parse(window.localStorage.getItem(key) ?? '{}')
    const { theme, language } = read as { readonly theme?: unknown; readonly language?: unknown }
    return {
      theme: themes.find((one) => one === theme) ?? 'auto',
      language: typeof language === 'string' ? (parseLanguage(language) ?? null) : null,
    }
  } catch {
    return { theme: 'auto', language: null }
  }
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  try {
    window.localStorage.setItem(key, JSON.stringify(current))
  } catch {
    // Not remembered, but done.
  }
  for (const listener of listeners) listener()
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
