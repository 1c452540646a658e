import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Probed } from '../model/result/probed.ts'
import type { Gap } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'

export interface SentFlows<Flow> {
  /** In the order they were given. */
  readonly flows: readonly { readonly flow: Flow; readonly probed: Probed }[]
  /** Those that could not be sent, and why. */
  readonly gaps: readonly Gap[]
}

/**
 * Sends all flows at once. One whose sender has gone meanwhile is a gap, and the others count; rejects when none
 * could be sent, when it is aborted, and with errors that are no ClusterError.
 */
export async function sendFlows<Flow>(
  flows: readonly Flow[],
  senderOf: (flow: Flow) => StackId,
  send: (flow: Flow) => Promise<Probed>,
): Promise<SentFlows<Flow>> {
  const settled = await Promise.allSettled(flows.map(send))
  const sent = flows.flatMap((flow, i) => {
    const one = settled[i]
    return one?.status === 'fulfilled' ? [{ flow, probed: one.value }] : []
  })
  const failures = flows.flatMap((flow, i) => {
    const one = settled[i]
    return one?.status === 'rejected' ? [{ flow, error: one.reason as unknown }] : []
  })
  for (const { error } of failures) if (sent.length === 0 || !isLoss(error)) throw error
  return {
    flows: sent,
    gaps: failures.map(({ flow, error }) => ({
      at: senderOf(flow),
      what: 'probe',
      because: error instanceof Error ? error.message : String(error),
    })),
  }
}

/** Null when whoever was to send has gone meanwhile. Rejects as `sendFlows` does. */
export const unlessGone = (probed: Promise<Probed>): Promise<Probed | null> =>
  probed.catch((error: unknown) => {
    if (isLoss(error)) return null
    throw error
  })

/** The agent, its node or the pod is not there any more. */
const isLoss = (error: unknown): boolean =>
  error instanceof ClusterError && ['agent-lost', 'timeout', 'no-such-endpoint'].includes(error.code)
