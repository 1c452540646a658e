import { withAgent, type AgentSettings, type Agents } from './agent.ts'
import type { Cluster } from './connect.ts'
import type { NodeFacts } from './facts.ts'
import { withSshNodes, type SshReach } from './ssh-nodes.ts'

/** How podpath gets onto the nodes: the one choice that every verb which looks at a node shares. */
export type Reach = AgentReach | SshReach

/** By the agent: a pod of its own on each node, used through the Kubernetes API. */
export interface AgentReach {
  readonly kind: 'agent'
  readonly agent: AgentSettings
}

export interface ReachRequest {
  /** The nodes that matter. */
  readonly nodes: readonly NodeFacts[]
  readonly signal?: AbortSignal
  /** Told in one line when something could not be removed. */
  readonly warn: (message: string) => void
}

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
  switch (reach.kind) {
    case 'agent':
      return withAgent(cluster, { ...reach.agent, ...request }, use)
    case 'ssh':
      return withSshNodes(reach, request, use)
  }
}
