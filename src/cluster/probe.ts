import { RunError } from '../exec/run-error.ts'
import type { ProbeOutcome } from '../model/result.ts'
import type { Agent } from './agent.ts'
import { ClusterError } from './cluster-error.ts'
import { probeCommand } from './probe-command.ts'
import type { ProbeRequest } from './probe-command.ts'
import { readProbe } from './probe-output.ts'
import { probeArgv } from './probe-script.ts'
import type { WantedPod } from './snapshot-script.ts'

/** A probe that was sent. */
export interface Probed {
  readonly outcome: ProbeOutcome
  /** The address that the sender's resolver gave; null when it got no farther. */
  readonly destination: string | null
  readonly sourcePorts: readonly number[]
  /** Milliseconds since the epoch by our own clock: before it was asked for, and after it ended. */
  readonly began: number
  readonly ended: number
}

/** Octets that a probe may say: an HTTP body, mostly. */
const mostOutput = 4 * 1024 * 1024

/**
 * Sends a probe from a pod's network namespace, or with a pod of null from the node's own. A probe that gets no
 * answer is a result. Rejects with a ClusterError: `no-such-endpoint` when the pod's namespace is not on the node,
 * `bad-endpoint` for a request that makes no sense; or with the RunError of an agent that cannot be used.
 */
export async function sendProbe(
  agent: Agent,
  pod: WantedPod | null,
  request: ProbeRequest,
  signal?: AbortSignal,
): Promise<Probed> {
  const { command, repeat, atMostMs } = probeCommand(request)
  const began = Date.now()
  const said = await agent.runner.run(probeArgv(pod, repeat, command), {
    timeoutMs: atMostMs,
    maxOutput: mostOutput,
    ...(signal === undefined ? {} : { signal }),
  })
  const ended = Date.now()
  const absent = /^#podpath absent (.*)$/m.exec(said.stderr)?.[1]
  if (absent !== undefined)
    throw new ClusterError('no-such-endpoint', `node ${agent.node}: ${absent}: has the pod moved or ended?`)
  if (/^#podpath exit 127$/m.test(said.stderr))
    throw new RunError({
      code: 'not-found',
      where: agent.runner.where,
      argv: command,
      exit: 127,
      output: 'the agent image has no such program',
    })
  return { ...readProbe(request.protocol, request.count, said), began, ended }
}
