import type { LeftBehind } from '../agent/created-objects.ts'
import type { NodeFacts } from '../../kubernetes/facts.ts'

/** Which nodes are to be reached, and who is told what goes wrong. */
export interface ReachRequest {
  /** The nodes that matter. */
  readonly nodes: readonly NodeFacts[]
  readonly signal?: AbortSignal
  /** Told in one line what went wrong at the end. */
  readonly warn: (message: string) => void
  /** Told what could not be removed from the cluster. */
  readonly left: (left: LeftBehind) => void
}
