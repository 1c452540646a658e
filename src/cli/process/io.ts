import type { ColourLevel } from '../../report/terminal/colour.ts'

/** What a command may touch of the process it runs in; a test brings its own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Columns of standard output; 100 where it is no terminal. */
  readonly width: number
  /** Columns of standard error, on which is drawn what changes; 100 where it is no terminal. */
  readonly watchedWidth: number
  readonly colour: ColourLevel
  /** Whether standard output is a terminal. */
  readonly terminal: boolean
  /** Whether somebody watches standard error: progress is then one line that changes. */
  readonly watched: boolean
  readonly home: string | undefined
}

/** The process's streams as they are. */
export interface Streams extends Surroundings {
  readonly out: (text: string) => void
  /** Standard output for much text: resolves when it was taken, and holds nobody up meanwhile. */
  readonly outPatiently: (text: string) => Promise<void>
  readonly err: (text: string) => void
}

/** The streams as a command has them: whatever it is given to print, a terminal hears nothing but text and what is ours. */
export interface Io extends Surroundings {
  /** Lines of text on standard output; a control character in it, a colour's too, is left out. */
  readonly out: (text: string) => void
  /** The same with the report's own colours: whatever came from outside was cleaned before it was painted. */
  readonly painted: (text: string) => void
  /** The same for much text: resolves when it was taken, and holds nobody up meanwhile. */
  readonly paintedPatiently: (text: string) => Promise<void>
  /** Lines of text on standard error. */
  readonly err: (text: string) => void
  /** What changes on a terminal at standard error: with our own colours and the movements of `screen`. */
  readonly draw: (text: string) => void
}
