import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { ClusterFacts } from '../kubernetes/facts.ts'
import { resolveEndpoint, type Resolved } from './resolve.ts'
import type { Sender } from './sender.ts'

/** The first of what the words mean: a deployment means its pods, and one of them sends. */
export async function resolveSender(cluster: Cluster, typed: string, facts: ClusterFacts): Promise<Sender> {
  const found = await resolved(cluster, typed, facts)
  const sender = found.find(
    (one): one is Sender => one.kind === 'node' || (one.kind === 'pod' && one.pod.node !== null),
  )
  if (sender) return sender
  throw new ClusterError(
    'bad-endpoint',
    `${typed}: a packet is sent by a pod or a node; give POD, deploy/NAME or node/NAME`,
  )
}

export async function resolveReceiver(
  cluster: Cluster,
  typed: string,
  facts: ClusterFacts,
): Promise<Resolved> {
  const [first] = await resolved(cluster, typed, facts)
  if (first) return first
  throw new ClusterError('no-such-endpoint', `${typed}: nothing of that name runs`)
}

/** Everything that the words mean. */
export const resolved = (cluster: Cluster, typed: string, facts: ClusterFacts) =>
  resolveEndpoint(typed, facts, {
    namespace: cluster.namespace,
    deployment: (namespace, name) =>
      cluster.api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`),
  })
