import type { Cluster } from '../cluster/access/connect.ts'
import type { ClusterFacts } from '../kubernetes/facts.ts'
import { readFacts } from '../cluster/collect/read-facts.ts'
import type { Progress } from './progress.ts'

export interface ReadClusterOptions {
  readonly cluster: Cluster
  readonly progress: Progress
  readonly warn: (message: string) => void
  readonly signal?: AbortSignal
}

/** `readFacts`, and says what happens while it does. Rejects with a ClusterError. */
export async function readCluster(options: ReadClusterOptions): Promise<ClusterFacts> {
  const { cluster, progress, warn, signal } = options
  progress((say) => say.clusterReading(cluster.name))
  const facts = await readFacts(cluster.api, { warn, ...(signal ? { signal } : {}) })
  progress((say) => say.clusterRead(facts.nodes.length, facts.pods.length))
  return facts
}
