import type { NearMiss, WhyNot } from '../path/evaluated.ts'
import type { Evidence, Finding } from './finding.ts'
import type { KernelWord } from '../kernel/kernel-drop.ts'
import type { Path, Translation } from '../path/path.ts'
import type { SaidDiagnosis } from '../diagnosis/said-diagnosis.ts'

/** One end of a trace, resolved. */
export interface Endpoint {
  readonly kind: 'pod' | 'node' | 'service' | 'address' | 'host'
  /** `default/netshoot-pod-…`, a node name, `default/web:80`, an address, a host name. */
  readonly name: string
  readonly address: string
  /** The node that a pod runs on, or the node itself. */
  readonly node?: string
}

export type ProbeProtocol = 'icmp' | 'tcp' | 'udp' | 'http' | 'dns'

/** What was sent, and what the sender said of it. */
export interface ProbeOutcome {
  readonly protocol: ProbeProtocol
  readonly sent: number
  readonly received: number
  readonly rttMs: readonly number[]
  /** The TTLs of the replies, as the sender printed them. */
  readonly replyTtl?: readonly number[]
  /** What the answer said, where the protocol carries one (HTTP body, DNS answer). */
  readonly answer?: string
  /** What the sender said went wrong. */
  readonly error?: string
  /** The name did not resolve, because nobody answered: nothing was sent. `server`: who was asked; null: that is not known. */
  readonly unresolved?: { readonly server: string | null }
}

/** Near misses, each with the sentence that says what it lacked. */
export interface SaidWhyNot extends Omit<WhyNot, 'instead'> {
  readonly instead: readonly (NearMiss & { readonly because: string })[]
}

/** One flow: what was predicted, what was seen. */
export interface TraceResult {
  readonly from: Endpoint
  readonly to: Endpoint
  /** ISO 8601. Hop times count from here. */
  readonly startedAt: string
  readonly probe: ProbeOutcome | null
  /** Null: nothing predicted it. The likeliest, where chance decides. */
  readonly predicted: Path | null
  /** The other ways that chance may choose, with their probabilities. */
  readonly alternatives?: readonly { readonly probability: number; readonly predicted: Path }[]
  /** Still others, which are only counted: how many, and how probable all of them together. */
  readonly alternativesLeftOut?: { readonly ways: number; readonly probability: number }
  /** Where it was asked for: for each decision of `predicted` the lines that almost decided instead. */
  readonly whyNot?: readonly SaidWhyNot[]
  /** Null: nothing was sent. */
  readonly observed: Path | null
  readonly translations: readonly Translation[]
  /** Null: there is nothing to compare. */
  readonly agrees: boolean | null
  /** Where it was asked for and a probe was lost: what the kernels say of it themselves. */
  readonly kernel?: KernelWord
}

/** One statement of the tutorial, held against what was captured. */
export interface Check {
  /** Stable: `pod-to-pod.3`, `pod-to-internet.4`, … */
  readonly id: string
  readonly statement: string
  readonly state: 'passed' | 'failed' | 'unknown'
  /** Why it failed or could not be decided; empty when it passed. */
  readonly reason: string
  /** The stack at which it failed. */
  readonly at: string | null
  readonly evidence: readonly Evidence[]
}

/** A group of checks: one flow of the tutorial. */
export interface Experiment {
  readonly id: 'pod-to-pod' | 'pod-to-internet' | 'pod-to-service' | 'public-address'
  readonly title: string
  /** Indexes into `traces`. */
  readonly traces: readonly number[]
  readonly checks: readonly Check[]
}

/** `refused`: turned away, and the sender told so; no packet was lost. */
export type OverallVerdict = 'delivered' | 'dropped' | 'refused' | 'unknown' | 'disagrees'

/** Something that could not be read. It travels with the result, so that no verdict looks surer than it is. */
export interface Gap {
  readonly at: string
  readonly what: string
  readonly because: string
}

/** The result of a run: what `--output json` prints. */
export interface RunResult {
  readonly version: 1
  readonly source: { readonly kind: 'cluster' | 'bundle'; readonly name: string }
  readonly verdict: OverallVerdict
  readonly startedAt: string
  readonly durationMs: number
  readonly traces: readonly TraceResult[]
  readonly experiments: readonly Experiment[]
  readonly findings: readonly Finding[]
  /** Of every flow that fails: the smallest edits after which it does not. Absent: nobody looked. */
  readonly diagnosis?: readonly SaidDiagnosis[]
  readonly gaps: readonly Gap[]
  /** The pcapng with every capture of the run, where it was kept. */
  readonly captureFile?: string
  /** The snapshot of the run as a bundle, where it was kept because prediction and observation do not agree. */
  readonly bundle?: string
}
