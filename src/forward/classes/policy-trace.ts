/**
 * What network policies have to say of a pair, told apart from everything else: the packet's way where nobody stops it for a policy,
 * with the places where a policy is asked. The same way, asked there for other pods, says how pairs fare that differ in labels alone.
 */
import type { Ip } from '../../model/address/address.ts'
import type { Decision } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { CompiledFabric } from '../compiled/fabric.ts'
import type { PolicyCrossing, PolicyForwarder } from '../run/boundaries.ts'
import type { Budget } from '../run/budget.ts'
import { predict, type Flow, type PredictedPath } from '../walk/predict.ts'

/** One end of a pair. */
export interface TracedEnd {
  readonly stack: StackId | null
  readonly address: Ip
}

export interface PolicyTrace {
  /** What comes of the pair where policies let everything pass. */
  readonly path: PredictedPath
  readonly crossings: readonly PolicyCrossing[]
  /** Traces of one key ask the same of policies; null: an address has a say that is neither end's. */
  readonly key: string | null
}

/** Where a policy stops the packet. */
export interface PolicyStop {
  readonly verdict: 'dropped' | 'unknown'
  readonly at: StackId
  readonly ofReply: boolean
  readonly decision: Decision
}

/** Null: chance, or what is not known, takes the pair more than one way. */
export function tracePolicies(
  fabric: CompiledFabric,
  flow: Flow,
  from: TracedEnd,
  to: TracedEnd,
  allowance: Budget,
): PolicyTrace | null {
  const runs: PolicyCrossing[][] = []
  const policy: PolicyForwarder = {
    newFlow: () => {
      const run: PolicyCrossing[] = []
      runs.push(run)
      return {
        judges: () => true,
        cross: (crossing) => {
          run.push(crossing)
          return { kind: 'allowed', decision: null }
        },
        memory: () => '',
      }
    },
  }
  const open: CompiledFabric = { ...fabric, surroundings: { ...fabric.surroundings, policy } }
  const { paths } = predict(open, flow, allowance)
  const [path] = paths
  const [crossings] = runs
  if (path === undefined || crossings === undefined || paths.length > 1 || runs.length > 1) return null
  return { path, crossings, key: keyOf(crossings, from, to) }
}

function keyOf(crossings: readonly PolicyCrossing[], from: TracedEnd, to: TracedEnd): string | null {
  const address = (one: Ip): string | null =>
    one === from.address ? 'sender' : one === to.address ? 'receiver' : null
  const words: string[] = []
  for (const { pod, side, direction, packet } of crossings) {
    const who = pod === from.stack ? 'sender' : pod === to.stack ? 'receiver' : null
    const [source, destination] = [address(packet.src), address(packet.dst)]
    if (who === null || source === null || destination === null) return null
    words.push(
      `${who} ${side} ${direction} ${source} ${destination} ${packet.protocol} ${packet.sourcePort} ${packet.destinationPort}`,
    )
  }
  return words.join(', ')
}

/** Asks the policies along a trace of `one` for the pair `other`; null: they let it pass. */
export function stopOf(
  policy: PolicyForwarder,
  { crossings }: PolicyTrace,
  one: readonly [TracedEnd, TracedEnd],
  other: readonly [TracedEnd, TracedEnd],
  allowance: Budget,
): PolicyStop | null {
  const flow = policy.newFlow(allowance)
  const stack = (id: StackId): StackId =>
    (id === one[0].stack ? other[0].stack : id === one[1].stack ? other[1].stack : null) ?? id
  const address = (ip: Ip): Ip =>
    ip === one[0].address ? other[0].address : ip === one[1].address ? other[1].address : ip
  for (const crossing of crossings) {
    const pod = stack(crossing.pod)
    if (!flow.judges(pod)) continue
    const { packet, direction, node } = crossing
    const outcome = flow.cross({
      ...crossing,
      pod,
      packet: { ...packet, src: address(packet.src), dst: address(packet.dst) },
    })
    if (outcome.kind !== 'allowed')
      return {
        verdict: outcome.kind,
        at: node,
        ofReply: direction === 'reply',
        decision: outcome.decision,
      }
  }
  return null
}
