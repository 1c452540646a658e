import type { Agents } from '../cluster/agent/agent.ts'
import type { End, FlowReceiver, FlowSender } from '../endpoints/ends.ts'
import type { RunResult } from '../model/result/result.ts'
import type { Progress } from '../session/progress.ts'
import type { ReadSnapshot } from './read-snapshot.ts'

/**
 * Where an answer comes from: a cluster that is recorded when it is asked, or what somebody recorded of one. A question is put
 * to it in the same words either way. Everything here rejects with a ClusterError, and with the signal's reason when that is
 * aborted.
 */
export interface Inventory {
  readonly source: RunResult['source']
  /** Of names without one. */
  readonly namespace: string
  /** When it was opened, in milliseconds since the epoch. */
  readonly started: number
  readonly progress: Progress
  readonly signal: AbortSignal | undefined
  /** Who is meant by words as a user types them; `bad-endpoint` or `no-such-endpoint` where nobody is. */
  readonly sender: (typed: string) => Promise<FlowSender>
  readonly receiver: (typed: string) => Promise<FlowReceiver>
  /** Everything that the words mean, a deployment's pods each. */
  readonly ends: (typed: string) => Promise<readonly End[]>
  /** Who is meant where nobody is named: every pod that has a network of its own. */
  readonly everybody: () => Promise<readonly End[]>
  /**
   * The snapshot, read and compiled. A cluster is recorded for it, and `meanwhile` is done while podpath is on its nodes, with
   * what settles when the recording is done; nobody is there in a recording, where it is not called and gives null.
   */
  readonly snapshot: <T = null>(
    meanwhile?: (agents: Agents, recorded: Promise<unknown>) => Promise<T>,
  ) => Promise<ReadSnapshot & { readonly meanwhile: T | null }>
}
