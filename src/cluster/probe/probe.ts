import { randomBytes } from 'node:crypto'
import type { ProbeMarks, Probed } from '../../model/result/probed.ts'
import { RunError } from '../../exec/run-error.ts'
import type { Agent } from '../agent/agent.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { probeCommand } from './command.ts'
import type { ProbeRequest } from './command.ts'
import { readProbe, type ProbeSaid } from './output.ts'
import { agentError } from '../agent/reason.ts'
import { probeArgv } from './script.ts'
import type { WantedPod } from '../collect/snapshot-script.ts'
import { given } from '../../edge/given.ts'

/** Octets that a probe may say: an HTTP body, mostly. */
const mostOutput = 4 * 1024 * 1024

/**
 * Sends a probe from a pod's network namespace, or with a pod of null from the node's own. A probe that gets no
 * answer, or does not end, is a result. Rejects with a ClusterError: `no-such-endpoint` when the pod's namespace is not on the node,
 * `bad-endpoint` for a request that makes no sense, `aborted`, or `agent-lost` when the agent cannot be used.
 */
export async function sendProbe(
  agent: Agent,
  pod: WantedPod | null,
  request: ProbeRequest,
  signal?: AbortSignal,
): Promise<Probed> {
  const marked: ProbeRequest = { ...request, nonce: randomBytes(16).toString('hex') }
  const sent = await send(agent, pod, marked, signal)
  // busybox's ping knows patterns of one octet alone.
  if (request.protocol !== 'icmp' || !/invalid number/i.test(sent.said.stderr)) return sent.probed
  return (await send(agent, pod, request, signal)).probed
}

async function send(
  agent: Agent,
  pod: WantedPod | null,
  request: ProbeRequest,
  signal: AbortSignal | undefined,
): Promise<{ readonly probed: Probed; readonly said: ProbeSaid }> {
  const { command, repeat, atMostMs, marks } = probeCommand(request)
  const began = Date.now()
  const said = await agent.runner
    .run(probeArgv(pod, repeat, command), {
      timeoutMs: atMostMs,
      maxOutput: mostOutput,
      ...given({ signal }),
    })
    .catch((error: unknown) => {
      // A resolver that is out of reach keeps a program waiting longer than any probe: that is an answer too.
      if (error instanceof RunError && error.failure.code === 'timeout')
        return { stdout: '', stderr: `${command[0]}: no end after ${atMostMs} ms\n` }
      throw agentError(`the ${request.protocol} probe on node ${agent.node}`, error)
    })
  const ended = Date.now()
  const absent = /^#podpath absent (.*)$/m.exec(said.stderr)?.[1]
  if (absent !== undefined)
    throw new ClusterError('no-such-endpoint', `node ${agent.node}: ${absent}: has the pod moved or ended?`)
  if (/^#podpath exit 127$/m.test(said.stderr))
    throw new ClusterError('agent-lost', `node ${agent.node}: ${agent.programs.lack(command[0])}`)
  const { ids = [], ...read } = readProbe(request.protocol, request.count, said)
  return {
    said,
    probed: {
      ...read,
      // Who says nothing of where it went was sent there all the same.
      destination: read.destination ?? request.address ?? null,
      marks: { ...marks, ...marksOf(request, read.sourcePorts, ids) },
      began,
      ended,
    },
  }
}

/** What the sender told of its packets: only where it told of all of them. */
function marksOf(
  { protocol, count }: ProbeRequest,
  sourcePorts: readonly number[],
  ids: readonly number[],
): ProbeMarks {
  if (protocol === 'tcp' && sourcePorts.length >= count)
    return { sourcePorts: sourcePorts.map((port) => [port, port] as const) }
  return protocol === 'dns' && ids.length >= count ? { tags: ids } : {}
}
