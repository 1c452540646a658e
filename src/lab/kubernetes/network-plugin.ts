import type { Controller, Surroundings } from './controllers/surroundings.ts'
import type { Pod } from './objects/pod.ts'
import { pods } from './resources.ts'

/** The environment of a container, by name: what its specification gives in words. */
export type Environment = Readonly<Record<string, string>>

/** The node's side of the VPC CNI, in the lab's data plane. */
export interface NetworkPlugin {
  /** aws-node has started on this node with this environment. */
  configure(node: string, environment: Environment): Promise<void>
}

/**
 * Calls back each time that aws-node's container has started again on a node: it then sets up the host's network anew. The
 * first one found it set up.
 */
export function startNetworkPluginPublisher(
  around: Surroundings,
  plugin: NetworkPlugin | undefined,
): Controller {
  const { store } = around
  const known = new Set<string>()
  /** Containers that were told of: an old one may still run beside the new. */
  const told = new Set<string>()
  const look = (): void => {
    for (const pod of store.list(pods, 'kube-system')) {
      const started = startedAwsNode(pod)
      if (started === null || told.has(started.container)) continue
      const isFirst = !known.has(started.node)
      known.add(started.node)
      told.add(started.container)
      if (isFirst) continue
      plugin?.configure(started.node, started.environment).catch(around.failed)
    }
  }
  const stop = plugin === undefined ? () => undefined : store.subscribe(pods, look)
  return { stop }
}

const name = 'aws-node'

/** Null: it is another pod, or has not started. */
function startedAwsNode(pod: Pod): {
  readonly node: string
  readonly container: string
  readonly environment: Environment
} | null {
  const { nodeName, containers } = pod.spec
  if (pod.metadata.labels?.['k8s-app'] !== name || nodeName === undefined) return null
  const status = pod.status?.containerStatuses?.find((one) => one.name === name)
  const container = containers.find((one) => one.name === name)
  if (container === undefined || status?.state?.running === undefined || status.containerID === undefined)
    return null
  return {
    node: nodeName,
    container: status.containerID,
    environment: Object.fromEntries(
      (container.env ?? []).flatMap((one) => (one.value === undefined ? [] : [[one.name, one.value]])),
    ),
  }
}
