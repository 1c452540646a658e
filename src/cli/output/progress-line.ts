import type { Progress } from '../../session/progress.ts'
import { clean } from '../../edge/clean.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import type { Io } from '../process/io.ts'
import { shorten } from '../../report/terminal/text-width.ts'
import { screen } from './screen.ts'

export interface ProgressLine {
  readonly progress: Progress
  /** Takes the line away, so that what follows stands on its own. */
  readonly clear: () => void
  /** A line of its own that stays. */
  readonly warn: (message: string) => void
}

/** Progress on standard error: one line that changes for somebody who watches, a line for each step otherwise. */
export function progressLine(io: Io, language: Language, quiet: boolean): ProgressLine {
  const words = catalogue(language).progress
  let shown = false
  const clear = (): void => {
    if (shown) io.draw(screen.clearLine)
    shown = false
  }
  return {
    clear,
    warn(message) {
      clear()
      io.err(`${message}\n`)
    },
    progress(say) {
      if (quiet) return
      const text = clean(say(words))
      if (!io.watched) {
        io.err(`${text}\n`)
        return
      }
      io.draw(`${screen.clearLine}${shorten(text, io.watchedWidth - 1)}`)
      shown = true
    },
  }
}
