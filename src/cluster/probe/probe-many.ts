import { PassThrough } from 'node:stream'
import { runToEnd } from '../../exec/collect.ts'
import type { Runner } from '../../exec/runner.ts'
import { parseIp } from '../../model/address/address.ts'
import type { MatrixProbe } from '../../model/result/matrix.ts'
import { given } from '../../edge/given.ts'
import type { Agent } from '../agent/agent.ts'
import { agentError } from '../agent/reason.ts'
import { ClusterError } from '../api/cluster-error.ts'
import type { WantedPod } from '../collect/snapshot-script.ts'
import { uidPattern } from '../collect/find-namespace-script.ts'
import { atOnceOf, manyArgv, secondsOf, turnsOf } from './many-script.ts'
import { readMany } from './read-many.ts'

/** Whom one sender asks. */
export interface ManyTargets {
  /** Null: the node itself sends. */
  readonly pod: WantedPod | null
  readonly targets: readonly {
    /** An IP address; names are not resolved. */
    readonly address: string
    /** tcp only; absent: 80. */
    readonly port?: number
  }[]
}

export interface ManyRequest {
  readonly protocol: 'icmp' | 'tcp'
  /** Milliseconds to wait for each answer. */
  readonly timeoutMs: number
  readonly senders: readonly ManyTargets[]
}

/** Pairs of one exec: what is asked of a node at once ends soon, also where nobody answers or nobody waits any more. */
const mostPairs = 4_000
/** Octets that an exec may say: ping's words for each pair, and as much again. */
const mostOutput = mostPairs * 2_048
/** Milliseconds for finding the namespaces and starting programs. */
const overhead = 30_000
/** Milliseconds that a process takes to start and end on a busy node. */
const ofAProcess = 25

interface Part {
  readonly sender: number
  readonly pod: WantedPod | null
  readonly targets: ManyTargets['targets']
}

/**
 * Sends an echo, or opens a TCP connection, from each sender to each of its targets, and a second where the first one is not
 * answered: an exec for some thousands of pairs, which sends them side by side. What gets no answer, or cannot be sent, is a result. Resolves with the outcomes
 * in the order of senders and targets. Rejects with a ClusterError: `bad-endpoint` for a target that is no address,
 * `aborted`, or `agent-lost` when the agent cannot be used or has no program for it.
 * @param told how many pairs have been tried since it was called last
 */
export async function probeMany(
  agent: Agent,
  request: ManyRequest,
  told: (pairs: number) => void,
  signal?: AbortSignal,
): Promise<readonly (readonly MatrixProbe[])[]> {
  for (const { targets } of request.senders) for (const { address, port } of targets) check(address, port)
  const outcomes: MatrixProbe[][] = request.senders.map(() => [])
  for (const parts of partsOf(request.senders)) {
    const said = await send(agent, request, parts, signal)
    for (const [index, part] of parts.entries()) {
      const row = outcomes[part.sender]
      part.targets.forEach((_, at) => row?.push(said[index]?.[at] ?? nothingSaid))
    }
    told(parts.reduce((sum, { targets }) => sum + targets.length, 0))
  }
  return outcomes
}

const nothingSaid: MatrixProbe = { outcome: 'not-sent', error: 'the node said nothing about it' }

/** What is sent together. */
function partsOf(senders: readonly ManyTargets[]): readonly (readonly Part[])[] {
  const all: Part[][] = []
  let room = 0
  for (const [sender, { pod, targets }] of senders.entries()) {
    for (let first = 0; first < targets.length;) {
      if (room === 0) {
        all.push([])
        room = mostPairs
      }
      const some = targets.slice(first, first + room)
      all.at(-1)?.push({ sender, pod, targets: some })
      first += some.length
      room -= some.length
    }
  }
  return all
}

async function send(
  agent: Agent,
  { protocol, timeoutMs }: ManyRequest,
  parts: readonly Part[],
  signal: AbortSignal | undefined,
): Promise<readonly (readonly (MatrixProbe | undefined)[])[]> {
  const lines = parts.map(({ pod, targets }, index) =>
    [
      index,
      pod?.address ?? '-',
      uidPattern(pod?.uid ?? '').replaceAll(' ', '.'),
      ...targets.map(({ address, port }) => (protocol === 'icmp' ? address : `${address},${port ?? 80}`)),
    ].join(' '),
  )
  const argv = manyArgv({ protocol, timeoutMs, senders: parts.length })
  const said = await runToEnd(listening(agent.runner, `${lines.join('\n')}\n`), argv, {
    timeoutMs: atMostMs(timeoutMs, parts),
    maxOutput: mostOutput,
    ...given({ signal }),
  }).catch((error: unknown) => {
    throw agentError(`the ${protocol} probes on node ${agent.node}`, error)
  })
  const program = protocol === 'icmp' ? 'ping' : 'bash'
  if (
    new RegExp(`(^|[ '/"‘])${program}['"’]?: (command )?not found|${program}['"’]?: No such file`, 'm').test(
      said.stdout + said.stderr,
    )
  )
    throw new ClusterError('agent-lost', `node ${agent.node}: ${agent.programs.lack(program)}`)
  return readMany(
    protocol,
    said.stdout,
    parts.map(({ targets }) => targets.length),
  )
}

/** A command whose input ends with it, and not before: so it learns that nobody waits for it any more. */
const listening = (runner: Runner, input: string): Pick<Runner, 'start' | 'where'> => ({
  where: runner.where,
  start(argv) {
    const running = runner.start(argv)
    running.stdin.on('error', () => undefined)
    running.stdin.write(input)
    return { ...running, stdin: new PassThrough() }
  },
})

/** Milliseconds after which all have ended, where nobody answers any of them. */
function atMostMs(timeoutMs: number, parts: readonly Part[]): number {
  const longest = Math.max(...parts.map(({ targets }) => targets.length))
  const pairs = parts.reduce((sum, { targets }) => sum + targets.length, 0)
  const rounds = Math.ceil(longest / atOnceOf(parts.length))
  // Everything is tried twice.
  const once = 2 * (secondsOf(timeoutMs) * 1000 + 1000)
  return overhead + pairs * ofAProcess + turnsOf(parts.length) * (rounds + 1) * once
}

function check(address: string, port: number | undefined): void {
  if (parseIp(address) === undefined || /[^0-9A-Fa-f.:]/.test(address))
    throw new ClusterError('bad-endpoint', `${JSON.stringify(address.slice(0, 80))} is no address`)
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535))
    throw new ClusterError('bad-endpoint', 'the port of a probe is a whole number from 1 to 65535')
}
