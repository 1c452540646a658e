import type { ProbeProtocol, OverallVerdict } from '../../model/result/result.ts'
import type { Severity } from '../../model/result/finding.ts'
import type { StackKind } from '../../model/stack/stack-id.ts'
import type { Verdict } from '../../model/path/path.ts'

/** Words and sentences of the reports. Short: they stand beside values, not in running text. */
export interface ReportSentences {
  /** Above what the reply of a predicted flow meets. */
  readonly replyPath: string
  /** What a hop does with the packet, by what it came in and goes out: the head of its decisions. */
  readonly hopDoes: {
    readonly sends: (out: string) => string
    readonly forwards: (into: string, out: string) => string
    readonly receives: (into: string) => string
    readonly ends: string
  }
  /** Before the chains that led to a rule. */
  readonly byWayOf: string
  /** Before a line that did not decide. */
  readonly notThis: string
  /** Where lines almost decided but none did: a chain's policy let the packet pass. */
  readonly noLineDecided: string
  /** Above the ways that chance may choose. */
  readonly pathsByChance: (count: number) => string
  readonly experiments: {
    readonly [Id in 'pod-to-pod' | 'pod-to-internet' | 'pod-to-service' | 'public-address']: string
  }
  /** The number of each thing, with its noun. */
  readonly nodes: (count: number) => string
  readonly pods: (count: number) => string
  readonly flows: (count: number) => string
  readonly source: (kind: 'cluster' | 'bundle', name: string) => string
  readonly pod: string
  readonly node: string
  readonly address: string
  readonly stack: { readonly [Kind in Exclude<StackKind, 'other'>]: string }
  /** A name for what a probe does: `ping`, `TCP port`. */
  readonly probe: { readonly [P in ProbeProtocol]: string }
  readonly answered: (received: number, sent: number) => string
  readonly asPredicted: string
  readonly notAsPredicted: string
  readonly predicted: string
  readonly observed: string
  readonly notSent: string
  readonly undone: string
  readonly inferred: string
  /** A stack that was not recorded: its tables are those that it should have. */
  readonly derived: string
  readonly notCaptured: string
  readonly request: string
  readonly reply: string
  readonly requestEndedHere: string
  readonly replyEndedHere: string
  readonly endUnknown: string
  readonly replyTakesAnotherPath: string
  readonly clocksDiffer: string
  readonly otherFlows: string
  readonly flow: string
  readonly hop: string
  readonly time: string
  readonly rewritten: string
  readonly statements: string
  readonly statementsPassed: (passed: number, all: number) => string
  readonly statementsUndecided: (count: number) => string
  readonly statementsFailed: (count: number) => string
  readonly state: { readonly [State in 'passed' | 'failed' | 'unknown']: string }
  readonly evidence: string
  readonly direction: { readonly in: string; readonly out: string }
  readonly missing: string
  readonly counter: (before: number, after: number) => string
  readonly findings: string
  readonly severity: { readonly [S in Severity]: string }
  readonly where: string
  readonly line: string
  readonly remedy: string
  /** Of a finding: what scripts know it by. */
  readonly code: string
  readonly gaps: string
  readonly gap: (what: string, because: string) => string
  readonly verdict: { readonly [V in OverallVerdict]: string }
  readonly verdictMeans: { readonly [V in OverallVerdict]: string }
  /** Delivered, where the tables do not decide by which path. */
  readonly arrivedUndecided: string
  /** The same where nothing was sent. */
  readonly predictedMeans: { readonly [V in OverallVerdict]: string }
  /** Of the pairs of a cluster, without a flow that was asked for. */
  readonly pairsMean: { readonly [V in OverallVerdict]: string }
  readonly pathVerdict: { readonly [V in Verdict]: string }
  readonly captureFile: string
  readonly bundle: string
  readonly duration: string
}
