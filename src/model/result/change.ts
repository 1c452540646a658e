import type { CauseCode } from '../diagnosis/diagnosis.ts'
import type { SaidEdit } from '../diagnosis/said-diagnosis.ts'
import type { Stage } from '../path/path.ts'
import type { StackId } from '../stack/stack-id.ts'
import type { Gap, OverallVerdict, RunResult } from './result.ts'

/** What has to be said of a change beside what it does. */
export type ChangeNote =
  /** The variable decides about pods that come later, and about no packet of those that are there. */
  | { readonly code: 'later-pods'; readonly what: string }
  /** What would be written there is not known: the stack is taken to stay as it is. */
  | { readonly code: 'not-predicted'; readonly at: StackId; readonly because: string }
  /** A policy that nobody in the cluster enforces. */
  | { readonly code: 'not-enforced'; readonly what: string }
  /** The cluster chooses the address of a new service; this one, which is nobody's, is counted with. */
  | { readonly code: 'stand-in-address'; readonly what: string; readonly address: string }
  /** Its pods will be new ones, with other names and addresses. */
  | { readonly code: 'new-pods'; readonly what: string }

/** One pair that a change does something to. */
export interface ChangedPair {
  readonly from: string
  readonly to: string
  /** `icmp`, `tcp`, `udp` */
  readonly protocol: string
  readonly port: number | null
  /** The source address that the receiver sees; null: it is not reached, or it cannot be told. */
  readonly sourceBefore: string | null
  readonly sourceAfter: string | null
}

/** What decides so: in the state after the change, or where a pair opens, in the state before it. */
export interface ChangeReason {
  /** Where the line stands: several, where the same line stands at several. */
  readonly at: readonly StackId[]
  readonly stage: Stage | null
  /** The verbatim line. */
  readonly by: string
  readonly effect: string
}

export interface ChangeGroup {
  readonly why: ChangeReason
  readonly count: number
  /** The first of them. */
  readonly pairs: readonly ChangedPair[]
}

/** What a change does to the pairs that were looked at. */
export interface PairChanges {
  /** Lost before, delivered afterwards. */
  readonly opens: readonly ChangeGroup[]
  /** Delivered before, lost afterwards. */
  readonly closes: readonly ChangeGroup[]
  /** Delivered before and after, by another path. */
  readonly moves: readonly ChangeGroup[]
  /** Delivered before and after, and the receiver sees another source address. */
  readonly readdresses: readonly ChangeGroup[]
  /** Not decided before or after, and decided, or for another reason not, in the other state. */
  readonly undecided: readonly ChangeGroup[]
}

/** One line of a table of who may reach whom, held against the state after the change. */
export interface JudgedExpectation {
  readonly from: string
  readonly to: string
  readonly reach: boolean
  /** The kind of cause that was to refuse it. */
  readonly because: string | null
  readonly state: 'holds' | 'broken' | 'undecided'
  /** Whether it held before the change. */
  readonly before: 'holds' | 'broken' | 'undecided'
  readonly pairs: number
  /** The first of those that are otherwise. */
  readonly otherwise: readonly {
    readonly from: string
    readonly to: string
    readonly predicted: 'delivered' | 'dropped' | 'unknown'
    readonly at: StackId | null
    readonly by: string | null
    /** What it is refused by, where a kind of cause was expected. */
    readonly causes: readonly CauseCode[]
  }[]
}

/** What `podpath change --json` prints. */
export interface ChangeResult extends PairChanges {
  readonly version: 1
  readonly source: RunResult['source']
  /** The second of two snapshots; null: the first, after the edits. */
  readonly after: RunResult['source'] | null
  /** `disagrees`: an expectation is broken; `unknown`: one cannot be decided. */
  readonly verdict: Extract<OverallVerdict, 'delivered' | 'unknown' | 'disagrees'>
  readonly startedAt: string
  readonly durationMs: number
  readonly edits: readonly SaidEdit[]
  readonly notes: readonly ChangeNote[]
  /** How many pairs were looked at. */
  readonly pairs: number
  /** Of two snapshots: ends that only one of them has. */
  readonly onlyBefore: readonly string[]
  readonly onlyAfter: readonly string[]
  /** What policies would do that nobody enforces; absent: there are none among the changes. */
  readonly ifEnforced?: PairChanges
  readonly expectations: readonly JudgedExpectation[]
  readonly gaps: readonly Gap[]
}
