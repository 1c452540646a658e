import type { Cluster } from '../../cluster/access/connect.ts'
import type { Language } from '../../i18n/language.ts'
import type { Signals } from './signals.ts'
import type { Io } from './io.ts'

/** `ends`: Ctrl-C is how the command ends when all is well. `passes`: it is for a program that the command runs. */
export type Interrupting = 'breaks-off' | 'ends' | 'passes'

/** What every command gets. */
export interface Context extends Signals {
  readonly io: Io
  /** `--lang`, else the locale. */
  readonly language: () => Language
  /** `--lang` was given. */
  readonly languageAsked: () => boolean
  /** The clusters that something may be left in when podpath ends now. */
  readonly clusters: Set<Cluster>
  /**
   * Runs a command's body, which gives the exit status; its errors become one line and an ExitStatus.
   * @param interrupts what Ctrl-C is to this command; absent: it breaks it off
   */
  readonly run: (body: () => Promise<number>, interrupts?: Interrupting) => Promise<void>
}
