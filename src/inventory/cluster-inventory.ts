import type { Agents } from '../cluster/agent/agent.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import { resolved, resolveReceiver, resolveSender } from '../endpoints/live-endpoints.ts'
import { offered, type End } from '../endpoints/ends.ts'
import { podEnd, type Resolved } from '../endpoints/resolve.ts'
import { isSender, seatOf, stackOfSender } from '../endpoints/sender.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import { parseIp } from '../model/address/address.ts'
import { onNodes, type OnNodesOptions } from '../session/on-nodes.ts'
import type { Progress } from '../session/progress.ts'
import { readCluster } from '../session/read-cluster.ts'
import { snapshotOfAll } from '../session/record-snapshot.ts'
import type { Inventory } from './inventory.ts'
import { openPredictor } from './predictor.ts'

export interface ClusterInventoryOptions {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  /** Told what is left in the cluster, as it happens. */
  readonly left?: NonNullable<OnNodesOptions['left']>
  readonly signal?: AbortSignal
}

/** A cluster: its objects are read at the first question, its nodes are entered for the snapshot alone. */
export function clusterInventory(options: ClusterInventoryOptions): Inventory {
  const { cluster, progress, signal } = options
  let read: Promise<ClusterFacts> | null = null
  const factsOf = (): Promise<ClusterFacts> => (read ??= readCluster(options))
  return {
    source: { kind: 'cluster', name: cluster.name },
    namespace: cluster.namespace,
    started: Date.now(),
    progress,
    signal,
    async sender(typed) {
      const sender = await resolveSender(cluster, typed, await factsOf())
      return {
        endpoint: sender.endpoint,
        stack: stackOfSender(sender),
        source: null,
        seat: seatOf(sender),
      }
    },
    async receiver(typed) {
      const found = await resolveReceiver(cluster, typed, await factsOf())
      const address = parseIp(found.endpoint.address) ?? null
      return { endpoint: found.endpoint, address, ...offered(found) }
    },
    ends: async (typed) => (await resolved(cluster, typed, await factsOf())).map(endOf),
    everybody: async () => everyPod(await factsOf()).map(endOf),
    async snapshot<T>(meanwhile?: (agents: Agents, recorded: Promise<unknown>) => Promise<T>) {
      const facts = await factsOf()
      const { bundle, done } = await onNodes(options, facts.nodes, async (agents) => {
        const recorded = snapshotOfAll(options, facts, agents)
        const [taken, other] = await Promise.all([recorded, meanwhile?.(agents, recorded) ?? null])
        return { bundle: taken, done: other }
      })
      progress((say) => say.predicting)
      return { bundle, predictor: await openPredictor(bundle, {}, signal), meanwhile: done }
    },
  }
}

const endOf = (one: Resolved): End => ({
  endpoint: one.endpoint,
  ...offered(one),
  ...(isSender(one) ? { stack: stackOfSender(one), seat: seatOf(one) } : { stack: null, seat: null }),
})

/** Every pod with an address of its own, node by node, in the order of names. */
function everyPod(facts: ClusterFacts): readonly Resolved[] {
  const key = (pod: PodFacts): string => `${pod.node ?? ''} ${pod.namespace} ${pod.name}`
  return facts.pods
    .filter(
      (pod) => !pod.hostNetwork && pod.phase === 'Running' && pod.node !== null && pod.addresses.length > 0,
    )
    .toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    .map((pod) => podEnd(pod))
}
