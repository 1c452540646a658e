import type { CaptureStack } from '../cluster/capture/capture.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import { resolved } from '../endpoints/live-endpoints.ts'
import { podsBehind } from '../kubernetes/pods-behind.ts'
import { captureStacks } from '../session/capture-session.ts'

/**
 * What users name → the stacks to capture in: a pod means its own and its node's, a deployment or a service its
 * pods', a node its own; no name at all means every node. Rejects with a ClusterError.
 */
export async function stacksToCapture(
  cluster: Cluster,
  facts: ClusterFacts,
  endpoints: readonly string[],
): Promise<readonly CaptureStack[]> {
  if (endpoints.length === 0)
    return captureStacks(
      [],
      facts.nodes.map(({ name }) => name),
    )
  const pods = new Map<string, PodFacts>()
  const nodes = new Set<string>()
  for (const typed of endpoints)
    for (const found of await resolved(cluster, typed, facts))
      switch (found.kind) {
        case 'pod':
          pods.set(found.pod.uid, found.pod)
          break
        case 'node':
          nodes.add(found.node.name)
          break
        case 'service':
          for (const pod of podsBehind(facts, found.service)) pods.set(pod.uid, pod)
          break
        case 'address':
        case 'host':
          throw new ClusterError(
            'bad-endpoint',
            `${typed}: packets are captured in pods and on nodes; name POD, deploy/NAME, svc/NAME or node/NAME, and say the rest with --filter 'host ${found.endpoint.name}'`,
          )
      }
  const stacks = captureStacks([...pods.values()], [...nodes])
  if (stacks.length > 0) return stacks
  throw new ClusterError('no-such-endpoint', `${endpoints.join(' ')}: no pod stands behind it`)
}
