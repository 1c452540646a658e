import type { LabPartState } from '../../model/lab/lab-health.ts'

/** What is said of labs, beside the lines of progress. A time is `12:03:04`; `option` as in `NamedLab`. */
export interface LabSentences {
  /** Something that a lab is made of, as people call it. */
  readonly part: (part: Pick<LabPartState, 'kind' | 'name'>) => string
  /** `podpath lab status` */
  readonly status: {
    readonly none: string
    readonly starting: (name: string, pid: number) => string
    /** `created` as RFC 3339 has it. */
    readonly upSince: (created: string) => string
    readonly process: (pid: number) => string
    readonly seed: (seed: number) => string
    readonly privateSubnets: string
    readonly prefixDelegation: string
    readonly silent: (option: string) => string
    readonly ended: (part: string, at: string, option: string) => string
    /** `at`: when that was first seen. */
    readonly stopped: (part: string, at: string, option: string) => string
    readonly returning: (part: string, at: string) => string
    readonly broughtBack: (part: string, at: string, restarts: number) => string
    readonly node: string
    readonly pod: string
    readonly ready: string
    readonly notReady: (because: string | null) => string
    readonly broken: (
      since: string,
      what: { readonly code: string; readonly node: string },
      option: string,
    ) => string
    /** What is broken stays to be found. */
    readonly exercise: (since: string, level: number, option: string) => string
  }
  /** Above the names and addresses that the lab's shell knows. */
  readonly greeting: (name: string, bastion: string) => string
  /** Why a lab cannot be started, used or ended, and what to do: one line each. */
  readonly problems: {
    readonly 'already-up': (facts: NamedLab) => string
    readonly 'not-up': (facts: NamedLab) => string
    readonly 'no-shell': (facts: NamedLab) => string
    readonly claimed: (facts: { readonly name: string }) => string
    readonly 'just-starting': (facts: { readonly name: string }) => string
    readonly 'not-a-name': (facts: { readonly name: string }) => string
    readonly 'no-linux': (facts: { readonly platform: string }) => string
    readonly 'programs-missing': (facts: { readonly line: string; readonly anyway: string | null }) => string
    readonly 'has-ended': (facts: UsedLab) => string
    readonly silent: (facts: UsedLab & { readonly pid: number }) => string
    readonly 'not-whole': (
      facts: UsedLab & {
        readonly part: Pick<LabPartState, 'kind' | 'name' | 'state'>
        readonly at: string
        /** How many other parts have ended or are stopped. */
        readonly others: number
      },
    ) => string
    readonly 'no-id-range': () => string
    readonly 'no-namespaces': () => string
    readonly 'no-user-name': (facts: { readonly uid: number }) => string
    readonly 'no-mount-place': () => string
    readonly interrupted: () => string
    readonly 'bastion-ended': () => string
    readonly 'first-process-ended': () => string
    readonly 'not-ready': (facts: {
      readonly seconds: number
      readonly step: string | null
      readonly last: string
    }) => string
    readonly 'ended-early': (facts: { readonly last: string }) => string
    readonly 'not-started': (facts: { readonly because: string }) => string
    readonly 'not-built': (facts: { readonly because: string }) => string
    readonly 'does-not-end': (facts: { readonly name: string; readonly pid: number }) => string
    readonly 'no-kubernetes': (facts: { readonly name: string }) => string
    readonly 'no-bastion': (facts: { readonly name: string }) => string
    readonly 'no-record': (facts: { readonly directory: string }) => string
    readonly 'no-ssh': (facts: { readonly because: string }) => string
    readonly 'no-aws': (facts: { readonly name: string }) => string
    readonly 'all-broken': () => string
    readonly 'no-undo': (facts: { readonly fault: string }) => string
    readonly 'foreign-file': (facts: { readonly path: string }) => string
    readonly 'unknown-interface': (facts: { readonly address: string }) => string
    readonly 'closed-groups': (facts: { readonly groups: readonly string[] }) => string
    readonly 'no-network-acl': (facts: { readonly subnet: string }) => string
    readonly 'no-internet-route': (facts: { readonly subnet: string }) => string
    readonly 'no-agent': (facts: { readonly node: string }) => string
    readonly 'script-failed': (facts: { readonly node: string; readonly said: string }) => string
    readonly 'kubernetes-refused': (facts: { readonly said: string }) => string
    readonly 'not-in-force': (facts: { readonly node: string; readonly seconds: number }) => string
    readonly 'too-few-files': (facts: {
      readonly nodes: number
      readonly wanted: number
      readonly allowed: number
    }) => string
  }
}

interface UsedLab {
  readonly name: string
  /** Null: it ends with the command that uses it. */
  readonly option: string | null
}

interface NamedLab {
  readonly name: string
  /** What a command needs to mean this lab: empty, or ` --name NAME`. */
  readonly option: string
}
