import type { CounterTexts, StackCounters } from '../../model/stack/counters.ts'
import { collect } from '../../exec/collect.ts'
import { nodeStack, podStack, type StackId } from '../../model/stack/stack-id.ts'
import type { Agents } from '../agent/agent.ts'
import type { PodFacts } from '../../kubernetes/facts.ts'
import { findNamespaceScript, foundNamespace, uidPattern } from './find-namespace-script.ts'
import { readParcels } from './read-parcels.ts'

/** Counters of one network namespace, as one parcel (read-parcels.ts); $() keeps the last line's end to itself. */
const collectOne = `
i=$1; LC_ALL=C; export LC_ALL
r=$(iptables-save -c 2>/dev/null; [ "$(cat /proc/net/ip_tables_names 2>/dev/null)" ] && command -v iptables-legacy-save >/dev/null && iptables-legacy-save -c 2>/dev/null)
r=$(printf '%s\\n' "$r" | grep -v '^\\[0:0\\]')
n=$(cat /proc/net/netstat /proc/net/snmp 2>/dev/null)
printf '#podpath %s iptables:0 netstat:0\\n%s\\n%s\\n%s%s' "$i" "\${#r}" "\${#n}" "$r" "$n"
`

const main = `${findNamespaceScript}
one=$1; shift
sh -c "$one" podpath 0
[ $# -gt 0 ] && find_namespaces
i=0
while [ $# -gt 0 ]; do
i=$((i+1))
find_pid "$1" "$2"; shift 2
[ "$pid" ] && nsenter --net=${foundNamespace} sh -c "$one" podpath "$i"
done
printf '#podpath 0 .end:0\\n0\\n'
`

/** Octets of one node's answer: thirty thousand rules that all matched have 5 MB. */
const mostOctets = 64 * 1024 * 1024
/** Milliseconds; a busy node takes seconds for what takes milliseconds elsewhere. */
const patience = 30_000

/**
 * The counters of every agent's node and of these pods. They are evidence and no more: a node that does not answer has
 * none. Rejects only when it is aborted.
 */
export async function readCounters(
  agents: Agents,
  pods: readonly PodFacts[],
  signal?: AbortSignal,
): Promise<StackCounters> {
  const nodes = await Promise.all(
    [...agents.byNode.values()].map(async (agent): Promise<readonly (readonly [StackId, CounterTexts])[]> => {
      const here = pods.filter((pod) => pod.node === agent.node && !pod.hostNetwork)
      const ids = [nodeStack(agent.node), ...here.map((pod) => podStack(pod.namespace, pod.name))]
      const words = here.flatMap((pod) => [pod.addresses[0] ?? '', uidPattern(pod.uid)])
      try {
        const said = await collect(agent.runner, ['sh', '-c', main, 'podpath', collectOne, ...words], {
          timeoutMs: patience,
          maxOutput: mostOctets,
          ...(signal ? { signal } : {}),
        })
        const texts = new Map<number, Record<string, string>>()
        for (const { stack, name, octets } of readParcels(said.stdout).outputs)
          texts.set(stack, { ...texts.get(stack), [name]: octets.toString('utf8') })
        return ids.flatMap((id, index) => {
          const found = texts.get(index)
          return found ? [[id, { iptables: found['iptables'] ?? '', netstat: found['netstat'] ?? '' }]] : []
        })
      } catch (error) {
        if (signal?.aborted) throw error
        return []
      }
    }),
  )
  return new Map(nodes.flat())
}
