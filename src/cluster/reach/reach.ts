import type { AgentSettings } from '../agent/manifests.ts'
import { agentManifests } from '../agent/manifests.ts'
import { chooseNodes, newSuffix, withAgent, type Agents } from '../agent/agent.ts'
import type { Cluster } from '../access/connect.ts'
import { ClusterError } from '../api/cluster-error.ts'
import type { Labels } from '../api/labels.ts'
import type { Gap } from '../../model/result/result.ts'
import type { NodeFacts } from '../../kubernetes/facts.ts'
import type { ReachRequest } from './request.ts'
import { withSshNodes, type SshReach } from './ssh-nodes.ts'

/** How podpath gets onto the nodes: the one choice that every verb which looks at a node shares. */
export type Reach = (AgentReach | SshReach) & {
  /** Only nodes with all of these labels. */
  readonly nodeSelector?: Labels
}

/** By the agent: a pod of its own on each node, used through the Kubernetes API. */
export interface AgentReach {
  readonly kind: 'agent'
  readonly agent: AgentSettings
  /** Asked before agents are made on more than `freely` nodes, with their number; absent: they are made. */
  readonly permit?: (nodes: number) => Promise<boolean>
}

/** Nodes that may have an agent without a question: as many pods as nobody minds, and a cluster that is learned on. */
export const freely = 20

/**
 * Lends `use` a way onto every node that can be reached, and takes it back in every case. Nodes that cannot be reached
 * are gaps; rejects with a ClusterError when there is no way onto any of them.
 */
export function withReach<T>(
  cluster: Cluster,
  reach: Reach,
  request: ReachRequest,
  use: (agents: Agents) => Promise<T>,
): Promise<T> {
  const { nodes, gaps } = selectNodes(reach, request.nodes)
  if (nodes.length === 0 && gaps[0])
    return Promise.reject(new ClusterError('agent-not-ready', `${gaps[0].at} is ${gaps[0].because}`))
  const lend = (agents: Agents): Promise<T> => use({ ...agents, gaps: [...gaps, ...agents.gaps] })
  switch (reach.kind) {
    case 'agent':
      return withPermission(reach, nodes.length, () =>
        withAgent(cluster, { ...request, settings: reach.agent, nodes }, lend),
      )
    case 'ssh':
      return withSshNodes(reach, { ...request, nodes }, lend)
  }
}

async function withPermission<T>({ permit }: AgentReach, nodes: number, act: () => Promise<T>): Promise<T> {
  if (nodes > freely && permit !== undefined && !(await permit(nodes)))
    throw new ClusterError(
      'too-many-nodes',
      `an agent would be made on each of ${nodes} nodes: say --max-nodes ${nodes}, or choose some by --node-selector`,
    )
  return act()
}

/** What `withReach` would create for these nodes, as kubectl takes it, and the nodes that it would leave out. */
export function plannedObjects(
  reach: Reach,
  all: readonly NodeFacts[],
): { readonly objects: readonly unknown[]; readonly gaps: readonly Gap[] } {
  const { nodes, gaps } = selectNodes(reach, all)
  switch (reach.kind) {
    case 'agent': {
      const chosen = chooseNodes(nodes)
      const made = agentManifests({ suffix: newSuffix(), settings: reach.agent, nodes: chosen.nodes })
      return {
        objects: [...(made.namespace ? [made.namespace] : []), ...made.pods],
        gaps: [...gaps, ...chosen.gaps],
      }
    }
    case 'ssh':
      return { objects: [], gaps }
  }
}

function selectNodes(
  { nodeSelector = {} }: Reach,
  all: readonly NodeFacts[],
): { readonly nodes: readonly NodeFacts[]; readonly gaps: readonly Gap[] } {
  const missing = ({ labels }: NodeFacts) =>
    Object.entries(nodeSelector).find(([key, value]) => labels[key] !== value)
  return {
    nodes: all.filter((node) => missing(node) === undefined),
    gaps: all.flatMap((node): Gap[] => {
      const label = missing(node)
      const because = `left out by --node-selector (it has no ${label?.join('=') ?? ''})`
      return label ? [{ at: `node/${node.name}`, what: 'stack', because }] : []
    }),
  }
}
