/** Tries every pair of a matrix. */
import type { Agents } from '../cluster/agent/agent.ts'
import { probeMany } from '../cluster/probe/probe-many.ts'
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

/** What a pair is kept by. */
export const pairOf = (from: MatrixEnd, to: MatrixEnd): string =>
  JSON.stringify([from.endpoint.kind, from.endpoint.name, to.endpoint.kind, to.endpoint.name])

/** Tries every pair: each node sends those of its pods side by side. Rejects with a ClusterError. */
export async function probePairs(options: ProbePairsOptions): Promise<ReadonlyMap<string, MatrixProbe>> {
  const { agents, from, to, progress } = options
  const probes = new Map<string, MatrixProbe>()
  const targetsOf = (one: End): readonly End[] => to.filter((other) => !isSameEnd(one, other))
  const all = from.reduce((sum, one) => sum + targetsOf(one).length, 0)
  let done = 0
  const told = (pairs: number): void => {
    const before = done
    done += pairs
    // A line for each pair would bury what matters: ten tell how it goes on.
    if (Math.floor((10 * done) / all) > Math.floor((10 * before) / all))
      progress((say) => say.pairsProbed(done, all))
  }
  const nodes = new Set(from.map(({ seat }) => seat?.node ?? ''))
  await Promise.all(
    [...nodes].map(async (node) => {
      const senders = from
        .filter(({ seat }) => (seat?.node ?? '') === node)
        .map((one) => ({ one, others: targetsOf(one) }))
      const agent = agents.byNode.get(node)
      const outcomes =
        agent === undefined
          ? null
          : await probeMany(
              agent,
              {
                protocol: probeProtocols.get(options.protocol) ?? 'icmp',
                timeoutMs: options.timeoutMs,
                senders: senders.map(({ one, others }) => ({
                  pod: one.seat?.pod ?? null,
                  targets: others.map(({ endpoint, port }) => ({
                    address: endpoint.address,
                    ...given({ port: options.port ?? port ?? undefined }),
                  })),
                })),
              },
              told,
              options.signal,
            )
      for (const [row, { one, others }] of senders.entries())
        for (const [column, other] of others.entries())
          probes.set(
            pairOf(one, other),
            outcomes?.[row]?.[column] ?? { outcome: 'not-sent', error: `node ${node} has no agent` },
          )
    }),
  )
  return probes
}

/** The protocols whose answer proves something: a UDP datagram that nobody answers proves nothing. */
export const probeProtocols: ReadonlyMap<number, 'icmp' | 'tcp'> = new Map([
  [ICMP, 'icmp'],
  [TCP, 'tcp'],
] as const)
