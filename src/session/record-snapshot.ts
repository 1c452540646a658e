import type { Bundle } from '../bundle/bundle.ts'
import type { Agents } from '../cluster/agent/agent.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { ClusterFacts } from '../kubernetes/facts.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import { takeSnapshot } from '../cluster/collect/snapshot.ts'
import { onNodes } from './on-nodes.ts'
import type { Progress } from './progress.ts'
import { readCluster } from './read-cluster.ts'

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
  const facts = await readCluster(options)
  return onNodes(options, facts.nodes, (agents) => snapshotOfAll(options, facts, agents))
}

/** The same for who has read the cluster and is on its nodes already, and says so. */
export async function snapshotOfAll(
  options: Pick<SnapshotOptions, 'cluster' | 'ec2' | 'progress' | 'signal'>,
  facts: ClusterFacts,
  agents: Agents,
): Promise<Bundle> {
  const { cluster, ec2, progress, signal } = options
  progress((say) => say.snapshotTaking(facts.pods.filter((pod) => !pod.hostNetwork).length))
  return takeSnapshot({
    source: cluster.name,
    facts,
    agents,
    ec2,
    created: new Date(),
    ...(signal ? { signal } : {}),
  })
}
