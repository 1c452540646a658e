import type { Agent } from '../agent/agent.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { printable } from '../../edge/printable.ts'
import { agentError } from '../agent/reason.ts'

const patience = 20_000

/** What tcpdump has against a filter, from all that it says on standard error. */
export function refusal(stderr: string): string {
  const said = stderr
    .split('\n')
    .filter((line) => line.startsWith('tcpdump: ') && !/^tcpdump: (WARNING|data link type)/.test(line))
  return (said.at(-1) ?? stderr).replace(/^tcpdump: /, '')
}

/**
 * Has tcpdump compile a filter where it will be used: cooked frames know less than Ethernet's. Rejects with a
 * ClusterError `bad-filter` that says what tcpdump says, or `agent-lost`.
 */
export async function checkFilter(agent: Agent, filter: string, signal?: AbortSignal): Promise<void> {
  if (filter === '') return
  if (/[\u0000-\u001f\u007f]/.test(filter))
    throw new ClusterError('bad-filter', 'the filter has control characters in it')
  const ran = await agent.runner
    .run(['tcpdump', '-i', 'any', '-d', '--', filter], {
      timeoutMs: patience,
      ...(signal ? { signal } : {}),
    })
    .catch((error: unknown) => {
      throw agentError(`tcpdump on node ${agent.node}`, error)
    })
  if (ran.exit === 0) return
  const why = printable(refusal(ran.stderr), 200)
  throw new ClusterError(
    'bad-filter',
    `the filter ${JSON.stringify(printable(filter, 200))} is none that tcpdump takes: ${why}; pcap-filter(7) says how it is written`,
  )
}

/**
 * What carries our own captures away from a node: the API server's way to the kubelet, and the kubelet's to the
 * container runtime. Captured, every packet would make more of its kind.
 */
const ownTraffic = 'tcp and (port 10250 or net 127.0.0.0/8 or host ::1)'

/** @param filter pcap-filter(7); empty is everything */
export const withoutOwnTraffic = (filter: string): string =>
  filter === '' ? `not (${ownTraffic})` : `(${filter}) and not (${ownTraffic})`
