/** Tries every pair of a matrix. */
import type { Agents } from '../cluster/agent/agent.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import { sendProbe } from '../cluster/probe/probe.ts'
import { given } from '../edge/given.ts'
import type { End } from '../endpoints/ends.ts'
import { ICMP, TCP } from '../model/packet/packet.ts'
import type { MatrixProbe } from '../model/result/matrix.ts'
import type { Progress } from '../session/progress.ts'
import { isSameEnd, type MatrixEnd } from './matrix.ts'

export interface ProbePairsOptions {
  readonly agents: Agents
  readonly from: readonly End[]
  readonly to: readonly End[]
  readonly protocol: number
  readonly port: number | undefined
  /** Milliseconds for each probe. */
  readonly timeoutMs: number
  readonly progress: Progress
  readonly signal: AbortSignal | undefined
}

/** Probes at once from one node: each is an exec. */
const atOnce = 4

/** What a pair is kept by. */
export const pairOf = (from: MatrixEnd, to: MatrixEnd): string =>
  JSON.stringify([from.endpoint.kind, from.endpoint.name, to.endpoint.kind, to.endpoint.name])

/** Tries every pair, a few at once from each node. Rejects with a ClusterError. */
export async function probePairs(options: ProbePairsOptions): Promise<ReadonlyMap<string, MatrixProbe>> {
  const { from, to, progress, signal } = options
  const probes = new Map<string, MatrixProbe>()
  const pairs = from.flatMap((one) =>
    to.filter((other) => !isSameEnd(one, other)).map((other) => ({ one, other })),
  )
  const nodes = [...new Set(pairs.map(({ one }) => one.seat?.node ?? ''))]
  const worker = async (queue: (typeof pairs)[number][]): Promise<void> => {
    for (let pair = queue.shift(); pair !== undefined; pair = queue.shift()) {
      if (signal?.aborted) throw new ClusterError('aborted', 'stopped before every pair was tried')
      const { one, other } = pair
      probes.set(pairOf(one, other), await probe(options, one, other))
      const done = probes.size
      // A line for each pair would bury what matters: ten tell how it goes on.
      if (Math.floor((10 * done) / pairs.length) > Math.floor((10 * (done - 1)) / pairs.length))
        progress((say) => say.pairsProbed(done, pairs.length))
    }
  }
  await Promise.all(
    nodes.flatMap((node) => {
      const queue = pairs.filter(({ one }) => one.seat?.node === node)
      return Array.from({ length: atOnce }, () => worker(queue))
    }),
  )
  return probes
}

async function probe(options: ProbePairsOptions, from: End, to: End): Promise<MatrixProbe> {
  const agent = options.agents.byNode.get(from.seat?.node ?? '')
  if (!agent) return { outcome: 'not-sent', error: `node ${from.seat?.node ?? ''} has no agent` }
  const port = options.port ?? to.port ?? undefined
  const { outcome } = await sendProbe(
    agent,
    from.seat?.pod ?? null,
    {
      protocol: probeProtocols.get(options.protocol) ?? 'icmp',
      target: to.endpoint.address,
      count: 1,
      timeoutMs: options.timeoutMs,
      ...given({ port }),
    },
    options.signal,
  )
  const { sent, received, error } = outcome
  return {
    outcome:
      sent === 0
        ? 'not-sent'
        : received > 0
          ? 'answered'
          : /\brefused\b/i.test(error ?? '')
            ? 'refused'
            : 'silent',
    ...given({ error }),
  }
}

/** The protocols whose answer proves something: a UDP datagram that nobody answers proves nothing. */
export const probeProtocols: ReadonlyMap<number, 'icmp' | 'tcp'> = new Map([
  [ICMP, 'icmp'],
  [TCP, 'tcp'],
] as const)
