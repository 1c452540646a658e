import type { LabPartState } from '../../model/lab/lab-health.ts'

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
      readonly part: Pick<LabPartState, 'kind' | 'name' | 'state'>
      /** `12:03:04` */
      readonly at: string
      /** How many other parts have ended or are stopped. */
      readonly others: number
      readonly option: string | null
    }
  | { readonly kind: 'no-user-name'; readonly uid: number }
  | {
      readonly kind: 'no-mount-place' | 'interrupted' | 'bastion-ended' | 'first-process-ended' | 'all-broken'
    }
  | {
      readonly kind: 'not-ready'
      readonly seconds: number
      readonly step: string | null
      readonly last: string
    }
  | { readonly kind: 'no-record'; readonly directory: string }
  /** `last`: what its log ends with. */
  | { readonly kind: 'ended-early'; readonly last: string }
  | { readonly kind: 'not-started' | 'not-built' | 'no-ssh'; readonly because: string }
  | { readonly kind: 'does-not-end'; readonly name: string; readonly pid: number }
  | { readonly kind: 'no-kubernetes' | 'no-bastion' | 'no-aws'; readonly name: string }
  /** What `podpath lab break` and `lab heal` meet. */
  | { readonly kind: 'no-undo'; readonly fault: string }
  | { readonly kind: 'foreign-file'; readonly path: string }
  | { readonly kind: 'unknown-interface'; readonly address: string }
  | { readonly kind: 'closed-groups'; readonly groups: readonly string[] }
  | { readonly kind: 'no-network-acl' | 'no-internet-route'; readonly subnet: string }
  | { readonly kind: 'no-agent'; readonly node: string }
  | { readonly kind: 'script-failed'; readonly node: string; readonly said: string }
  | { readonly kind: 'kubernetes-refused'; readonly said: string }
  | { readonly kind: 'not-in-force'; readonly node: string; readonly seconds: number }
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
  'no-mount-place': 'not-able',
  interrupted: 'aborted',
  'bastion-ended': 'not-able',
  'first-process-ended': 'not-able',
  'not-ready': 'failed',
  'ended-early': 'not-able',
  'not-started': 'not-able',
  'not-built': 'failed',
  'does-not-end': 'failed',
  'no-kubernetes': 'not-running',
  'no-record': 'not-running',
  'no-bastion': 'not-able',
  'no-ssh': 'not-able',
  'no-aws': 'failed',
  'all-broken': 'failed',
  'no-undo': 'failed',
  'foreign-file': 'failed',
  'unknown-interface': 'failed',
  'closed-groups': 'failed',
  'no-network-acl': 'failed',
  'no-internet-route': 'failed',
  'no-agent': 'failed',
  'script-failed': 'failed',
  'kubernetes-refused': 'failed',
  'not-in-force': 'failed',
}

/** Its message is for programmers; people are told the problem. */
export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: LabErrorCode
  readonly problem: LabProblem
  constructor(problem: LabProblem, options?: ErrorOptions) {
    super(JSON.stringify(problem), options)
    this.code = codes[problem.kind]
    this.problem = problem
  }
}
