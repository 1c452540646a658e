import type { Bundle } from '../bundle/bundle.ts'
import type { Cluster } from '../cluster/connect.ts'
import type { Ec2Options } from '../cluster/ec2.ts'
import { readFacts } from '../cluster/facts.ts'
import type { Reach } from '../cluster/reach.ts'
import { takeSnapshot } from '../cluster/snapshot.ts'
import { onNodes } from './on-nodes.ts'
import type { Progress } from './progress.ts'

export interface SnapshotOptions {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  readonly signal?: AbortSignal
}

/** Records every node's and every pod's network stack, Kubernetes' objects, and the VPC. Rejects with a ClusterError. */
export async function recordSnapshot(options: SnapshotOptions): Promise<Bundle> {
  const { cluster, progress, signal } = options
  const call = signal ? { signal } : {}
  progress((say) => say.clusterReading(cluster.name))
  const facts = await readFacts(cluster.api, { ...call, warn: options.warn })
  progress((say) => say.clusterRead(facts.nodes.length, facts.pods.length))
  return onNodes(options, facts.nodes, (agents) => {
    progress((say) => say.snapshotTaking(facts.pods.filter((pod) => !pod.hostNetwork).length))
    return takeSnapshot({
      source: cluster.name,
      facts,
      agents,
      ec2: options.ec2,
      created: new Date(),
      ...call,
    })
  })
}
