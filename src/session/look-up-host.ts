import { agentOn, type Agents } from '../cluster/agent/agent.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { WantedPod } from '../cluster/collect/snapshot-script.ts'
import { lookUpName, type LookedUp } from '../cluster/probe/look-up.ts'

/**
 * The address that a host name has for who sends from there: its own resolver decides. Rejects with a ClusterError,
 * `no-such-endpoint` where the resolver knows that there is no such name.
 */
export async function lookUpHost(
  agents: Agents,
  from: { readonly node: string; readonly pod: WantedPod | null },
  name: string,
  signal: AbortSignal | undefined,
): Promise<LookedUp> {
  const found = await lookUpName(agentOn(agents, from.node), from.pod, name, signal)
  if (found.kind === 'no-such-name')
    throw new ClusterError('no-such-endpoint', `${name}: there is no such name (NXDOMAIN)`)
  return found
}
