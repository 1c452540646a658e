import type { Agents } from '../cluster/agent/agent.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { NodeFacts } from '../kubernetes/facts.ts'
import { withReach, type Reach } from '../cluster/reach/reach.ts'
import type { LeftFacts } from '../i18n/sentences/progress-sentences.ts'
import { leftFacts } from './left-behind.ts'
import type { Progress } from './progress.ts'
import { given } from '../edge/given.ts'

export interface OnNodesOptions {
  readonly cluster: Cluster
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  /** Told what is left in the cluster, as it happens; `cluster.made` has it as well. */
  readonly left?: (left: LeftFacts) => void
  readonly signal?: AbortSignal
}

/** `withReach`, and says what happens while it does. */
export async function onNodes<T>(
  options: OnNodesOptions,
  nodes: readonly NodeFacts[],
  use: (agents: Agents) => Promise<T>,
): Promise<T> {
  const { cluster, reach, progress, warn, left: tell, signal } = options
  const agent = reach.kind === 'agent'
  const asked = Date.now()
  progress((say) => (agent ? say.agentCreating(nodes.length) : say.sshOpening(nodes.length)))
  let whole = true
  const result = await withReach(
    cluster,
    reach,
    {
      nodes,
      warn,
      left(left) {
        whole = false
        tell?.(leftFacts(cluster, left))
      },
      ...given({ signal }),
    },
    async (agents) => {
      const took = Date.now() - asked
      progress((say) => (agent ? say.agentReady(took) : say.sshOpen(agents.byNode.size, took)))
      const used = await use(agents)
      progress((say) => (agent ? say.agentRemoving : say.sshClosing))
      return used
    },
  )
  if (whole) progress((say) => (agent ? say.agentRemoved : say.sshClosed))
  return result
}
