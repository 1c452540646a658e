import type { Language } from '../i18n/language.ts'
import type { Io } from './io.ts'

/** What every command gets. */
export interface Context {
  readonly io: Io
  /** Aborted by Ctrl-C and by the terminal's end: whatever was made is cleared away before podpath ends. */
  readonly signal: AbortSignal
  /** `--lang`, else the locale. */
  readonly language: () => Language
  /** `--lang` was given. */
  readonly languageAsked: () => boolean
  /** Runs a command's body, which gives the exit status; its errors become one line and an ExitStatus. */
  readonly run: (body: () => Promise<number>) => Promise<void>
}
