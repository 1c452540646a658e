import type { ColourLevel } from '../report/colour.ts'

/** What a command may touch of the process it runs in; a test brings its own. */
export interface Io {
  readonly out: (text: string) => void
  /** Standard output for much text: resolves when it was taken, and holds nobody up meanwhile. */
  readonly outPatiently: (text: string) => Promise<void>
  readonly err: (text: string) => void
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Columns of standard output; 100 where it is no terminal. */
  readonly width: number
  readonly colour: ColourLevel
  /** Whether standard output is a terminal. */
  readonly terminal: boolean
  /** Whether somebody watches standard error: progress is then one line that changes. */
  readonly watched: boolean
  readonly home: string | undefined
}
