import type { Bundle } from '../bundle/bundle.ts'
import { endpointOf, everyEndOf, receiverOf, senderOf } from '../endpoints/recorded-endpoints.ts'
import { noService, type End } from '../endpoints/ends.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { stackKind } from '../model/stack/stack-id.ts'
import type { Progress } from '../session/progress.ts'
import type { Inventory } from './inventory.ts'

export interface RecordedInventoryOptions {
  readonly bundle: Bundle
  /** Of the same bundle. */
  readonly predictor: Predictor
  /** Where it was read from, for people. */
  readonly name: string
  /** Of names without one. */
  readonly namespace: string
  readonly started: number
  readonly progress: Progress
  readonly signal: AbortSignal | undefined
}

/** What somebody recorded of a cluster, of some nodes, or of plain namespaces. */
export function recordedInventory({
  bundle,
  predictor,
  name,
  namespace,
  started,
  progress,
  signal,
}: RecordedInventoryOptions): Inventory {
  const recorded = { bundle, fabric: predictor.fabric, namespace }
  return {
    source: { kind: 'bundle', name },
    namespace,
    started,
    progress,
    signal,
    sender: (typed) => senderOf(recorded, typed),
    receiver: (typed) => receiverOf(recorded, typed),
    ends: (typed) => everyEndOf(recorded, typed),
    everybody: () => Promise.resolve(everyStack(predictor)),
    snapshot: () => Promise.resolve({ bundle, predictor, meanwhile: null }),
  }
}

/** Every pod; every stack where there are no pods. */
function everyStack({ fabric }: Predictor): readonly End[] {
  const pods = fabric.stacks.filter(({ id }) => stackKind(id) === 'pod')
  return (pods.length > 0 ? pods : fabric.stacks).map((stack) => ({
    endpoint: endpointOf(fabric, stack),
    stack: stack.id,
    seat: null,
    ...noService,
  }))
}
