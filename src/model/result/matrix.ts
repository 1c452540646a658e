import type { Endpoint, Gap, OverallVerdict, RunResult } from './result.ts'
import type { Verdict } from '../path/path.ts'
import type { SaidDiagnosis } from '../diagnosis/said-diagnosis.ts'
import type { StackId } from '../stack/stack-id.ts'

/** What stops packets of one or more pairs, or makes them undecidable: the place and the line, once for all of them. */
export interface MatrixReason {
  readonly at: StackId
  readonly verdict: Exclude<Verdict, 'delivered'>
  /** True: the request arrives, and its reply meets this. */
  readonly ofReply: boolean
  readonly stage: string
  /** The verbatim line that decides. */
  readonly by: string
  readonly effect: string
}

/**
 * What really happened to one pair's probe. `refused`: the host answered that nobody listens on the port, so the packet
 * got there, or a rule REJECTs it; `not-sent`: it could not be tried.
 */
export interface MatrixProbe {
  readonly outcome: 'answered' | 'refused' | 'silent' | 'not-sent'
  /** What the sender said went wrong. */
  readonly error?: string
}

/** One pair: does the request arrive and its reply come back? */
export interface MatrixCell {
  /** Delivered only if every way that chance may choose is. */
  readonly predicted: Verdict
  /** How probable it is that chance chooses a way with the verdict above; 1 where nothing is left to chance. */
  readonly probability: number
  /** Index into `reasons`; null: delivered. */
  readonly reason: number | null
  /** Index into `diagnosis`: what the pair fails for; null: it does not fail, or nobody knows why. */
  readonly diagnosis: number | null
  /** Null: nothing was sent. */
  readonly probe: MatrixProbe | null
  /** Null: nothing was sent, or the prediction is open. */
  readonly agrees: boolean | null
}

/** Who reaches whom: a row for each sender, a column for each receiver. */
export interface MatrixResult {
  readonly version: 1
  readonly source: RunResult['source']
  readonly verdict: OverallVerdict
  readonly startedAt: string
  readonly durationMs: number
  /** `icmp`, `tcp`, `udp`, or the IANA protocol number as text. */
  readonly protocol: string
  /** Null: the protocol has none, or each service's own. */
  readonly port: number | null
  readonly from: readonly Endpoint[]
  readonly to: readonly Endpoint[]
  /** `cells[row][column]`; null: sender and receiver are the same. */
  readonly cells: readonly (readonly (MatrixCell | null)[])[]
  /** Where packets end, and by which lines. */
  readonly reasons: readonly MatrixReason[]
  /** Why, each cause once: the one that breaks most pairs comes first. */
  readonly diagnosis: readonly SaidDiagnosis[]
  readonly gaps: readonly Gap[]
}
