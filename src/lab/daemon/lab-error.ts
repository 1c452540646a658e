/**
 * `not-able`: this machine cannot run a lab, and the message says what to do. `running`: one of that name is up.
 * `not-running`: none is. `wrong`: the caller's mistake. `failed`: building it went wrong.
 */
export type LabErrorCode = 'not-able' | 'running' | 'not-running' | 'wrong' | 'failed' | 'aborted'

export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: LabErrorCode
  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
