import { stripVTControlCharacters } from 'node:util'

/** One command of a newcomer's, and what must come of it. */
export interface Step {
  readonly command: string
  readonly because: string
  /** The exit status; 0 unless another is named. */
  readonly exit?: number
  /** What must be in what it writes. */
  readonly shows: readonly RegExp[]
  /** What a reader has typed before, where the page tells it in words. */
  readonly before?: string
  /** What ends what `before` began. */
  readonly after?: string
  /** For a command that goes on until Ctrl-C. */
  readonly until?: {
    readonly ready: RegExp
    /** What is typed in another terminal once it says that it is ready. */
    readonly elsewhere: string
    /** Ctrl-C is pressed when this has been written. */
    readonly seen: RegExp
  }
}

/** Milliseconds that a command may take, on a machine that may be busy. */
export const stepLimit = 180_000

/** Milliseconds for what installs packages of Debian and of npm: a minute and a half where nobody else works. */
export const setUpLimit = 900_000

/** A program that a shell or another program looked for in vain: whatever the exit status, the list of requirements lacks it. */
const notFound = [
  /\bcommand not found\b/,
  /^\S*sh: (line )?\d+: .*: not found$/m,
  /executable file not found/,
  /\bspawn \S+ ENOENT\b/,
]

export interface Ended {
  readonly exit: number
  readonly written: string
}

/** Why what came of a command is not what must come of it; nothing when it is. */
export function faults(step: Step, { exit, written: coloured }: Ended): readonly string[] {
  const written = stripVTControlCharacters(coloured)
  const wanted = step.exit ?? 0
  // npx has a shell around the program, and both of them end by Ctrl-C whatever the program makes of it.
  const interrupted = step.until !== undefined && exit === 130
  return [
    ...(exit === wanted || interrupted
      ? []
      : [exit === 124 ? 'did not end in time' : `exit status ${exit}, where ${wanted} was due`]),
    ...step.shows.filter((pattern) => !pattern.test(written)).map((pattern) => `nothing like ${pattern}`),
    ...notFound.flatMap((pattern) => pattern.exec(written)?.[0] ?? []),
  ]
}
