import type { LabPartState } from '../../model/lab-health.ts'

/**
 * `not-able`: this machine cannot run a lab, and the message says what to do. `running`: one of that name is up.
 * `not-running`: none is. `wrong`: the caller's mistake. `failed`: building it went wrong.
 */
export type LabErrorCode = 'not-able' | 'running' | 'not-running' | 'wrong' | 'failed' | 'aborted'

/**
 * What people meet who start, use and end labs, as data: whoever shows it says it in the reader's language. `option` is what
 * a command needs to mean the same lab: empty, or ` --name NAME`.
 */
export type LabProblem =
  | { readonly kind: 'already-up' | 'not-up' | 'no-shell'; readonly name: string; readonly option: string }
  | { readonly kind: 'claimed' | 'just-starting' | 'not-a-name'; readonly name: string }
  | { readonly kind: 'no-linux'; readonly platform: string }
  /** `anyway`: the command that starts a lab without them, where there is one. */
  | { readonly kind: 'programs-missing'; readonly line: string; readonly anyway: string | null }
  | { readonly kind: 'no-id-range' | 'no-namespaces' }
  /** A lab that is used is not what it was. `option` is null where it ends with the command that uses it. */
  | { readonly kind: 'has-ended'; readonly name: string; readonly option: string | null }
  | { readonly kind: 'silent'; readonly name: string; readonly pid: number; readonly option: string | null }
  | {
      readonly kind: 'not-whole'
      readonly name: string
      readonly part: Pick<LabPartState, 'kind' | 'name'>
      /** `12:03:04` */
      readonly at: string
      /** How many other parts have ended. */
      readonly others: number
      readonly option: string | null
    }
  | { readonly kind: 'no-user-name'; readonly uid: number }
  | {
      readonly kind: 'too-few-files'
      readonly nodes: number
      readonly wanted: number
      readonly allowed: number
    }

const codes: { readonly [K in LabProblem['kind']]: LabErrorCode } = {
  'already-up': 'running',
  claimed: 'running',
  'just-starting': 'running',
  'not-up': 'not-running',
  'no-shell': 'not-running',
  'not-a-name': 'wrong',
  'no-linux': 'not-able',
  'programs-missing': 'not-able',
  'no-id-range': 'not-able',
  'no-user-name': 'not-able',
  'no-namespaces': 'not-able',
  'too-few-files': 'not-able',
  'has-ended': 'not-able',
  silent: 'not-able',
  'not-whole': 'not-able',
}

export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: LabErrorCode
  /** Null: the message is all there is to say. */
  readonly problem: LabProblem | null
  constructor(what: LabErrorCode | LabProblem, message?: string, options?: ErrorOptions) {
    super(message ?? (typeof what === 'string' ? what : JSON.stringify(what)), options)
    this.code = typeof what === 'string' ? what : codes[what.kind]
    this.problem = typeof what === 'string' ? null : what
  }
}
