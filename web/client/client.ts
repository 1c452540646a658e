import type { ClusterView } from '../../src/model/view/cluster-view.ts'
import type { FlowReply, PodNamespaceView, StackEntry, TablesView } from '../../src/model/view/tables-view.ts'
import type { FlowRequest, NewPod, ScaleRequest, Snapshot } from '../../src/server/contract/look.ts'
import type { Endpoints } from '../../src/server/contract/endpoints.ts'
import type { ReportFormat, Run, Runs } from '../../src/server/contract/run.ts'
import type { Session } from '../../src/server/contract/session.ts'
import type { TraceEvent, TraceRequest } from '../../src/server/contract/trace.ts'
import type { Language } from '../../src/i18n/language.ts'

/**
 * Everything that a page may ask. It cannot tell a cluster from a recorded snapshot: what a source cannot do is
 * absent, and a page then does not offer it. Every promise rejects with a ClientError.
 */
export interface Client {
  session(signal?: AbortSignal): Promise<Session>
  endpoints(signal?: AbortSignal): Promise<Endpoints>
  /** Begins a trace or a prediction; `tell` hears of it until its last event. */
  trace(request: TraceRequest, tell: (event: TraceEvent) => void): RunningTrace
  runs(signal?: AbortSignal): Promise<Runs>
  run(id: string, signal?: AbortSignal): Promise<Run>
  /** The pcapng of a run. */
  capture(id: string, signal?: AbortSignal): Promise<ArrayBuffer>
  /** Where the browser downloads a run's files from. */
  captureAddress(id: string): string
  reportAddress(id: string, format: ReportFormat, language: Language): string

  /** Shows the cluster at once and after each change, until the returned function is called. */
  watchCluster(show: (view: ClusterView) => void, connected: (up: boolean) => void): () => void
  podNamespace(namespace: string, name: string, signal?: AbortSignal): Promise<PodNamespaceView>
  /** What the tables are read from. */
  snapshot(signal?: AbortSignal): Promise<Snapshot>
  takeSnapshot(): Promise<Snapshot>
  stacks(signal?: AbortSignal): Promise<readonly StackEntry[]>
  tables(stack: string, signal?: AbortSignal): Promise<TablesView>
  flow(request: FlowRequest): Promise<FlowReply>

  /* Only where the session says that the source may be changed. */
  createPod(pod: NewPod): Promise<void>
  deletePod(namespace: string, name: string): Promise<void>
  scale(request: ScaleRequest): Promise<void>
}

export interface RunningTrace {
  /** Asks for an orderly end; the last event says that it came. */
  cancel(): void
  /** Listens no more; the trace goes on. */
  leave(): void
}

/** Why an answer did not come; the message is one line for people. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
