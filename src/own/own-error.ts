/**
 * Why something on disk is not used. `not-own`: somebody else owns it, could have written it or could replace it.
 * `unusable`: the system refuses (full, read-only, no permission); `cause` is its error.
 */
export type OwnErrorCode = 'not-own' | 'unusable'

/** The message says what, where, and what to do, in one line. */
export class OwnError extends Error {
  override readonly name = 'OwnError'
  readonly code: OwnErrorCode
  constructor(code: OwnErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
