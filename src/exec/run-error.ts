import type { Argv } from './runner.ts'

export type RunErrorCode =
  'not-found' | 'not-allowed' | 'timeout' | 'aborted' | 'too-much' | 'failed' | 'connection'

export interface Failure {
  readonly code: RunErrorCode
  readonly where: string
  readonly argv: readonly string[]
  readonly exit?: number
  readonly output: string
}

/** A command that failed, worded so that a person can paste it into a shell and see for themselves. */
export class RunError extends Error {
  override readonly name = 'RunError'
  readonly failure: Failure
  constructor(failure: Failure, options?: ErrorOptions) {
    const ended = failure.exit === undefined ? failure.code.replaceAll('-', ' ') : `exited ${failure.exit}`
    super(`${failure.where}: \`${paste(failure.argv)}\` ${ended}: ${lastLine(failure.output)}`, options)
    this.failure = failure
  }
}

/** The command exactly as a person could paste it into a shell. */
export const paste = (argv: Argv | readonly string[]): string =>
  argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')

/** The last line that says something. */
export const lastLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1) ?? 'no output'
