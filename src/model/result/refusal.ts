import type { Decision } from '../path/path.ts'
import type { MatrixCell, MatrixReason } from './matrix.ts'
import type { ProbeOutcome, TraceResult } from './result.ts'

/** A rule that drops a packet and says so to its sender: REJECT of iptables, reject of nftables. */
export const isReject = ({ effect }: Pick<Decision, 'effect'>): boolean => effect.startsWith('rejected: ')

/** A pair of a matrix that a rule surely rejects. */
export function isRejectedPair(
  { reason, probability }: Pick<MatrixCell, 'reason' | 'probability'>,
  reasons: readonly MatrixReason[],
): boolean {
  const found = reason === null ? undefined : reasons[reason]
  return found !== undefined && probability === 1 && isReject(found)
}

/**
 * The sender was told that its connection is refused: connect(2) failed with ECONNREFUSED, in the words of strerror(3), of dig, and
 * of curl before 7.87; a later curl says of every connect(2) that failed at once that it could not connect.
 */
export const saysRefused = ({ received, error = '' }: Pick<ProbeOutcome, 'received' | 'error'>): boolean =>
  received === 0 && /\bconnection refused\b/i.test(error)

const saysNotConnected = ({ received, error = '' }: ProbeOutcome): boolean =>
  received === 0 && /couldn.t connect to server/i.test(error)

/** The decision that a predicted path ends with; null where it is delivered, there and back. */
function lastDecision({ predicted }: Pick<TraceResult, 'predicted'>): Decision | null {
  if (predicted === null) return null
  const leg = predicted.verdict === 'dropped' ? predicted.forward : predicted.reply
  const isDropped = predicted.verdict === 'dropped' || predicted.replyVerdict === 'dropped'
  return isDropped ? (leg.at(-1)?.decisions.at(-1) ?? null) : null
}

/**
 * A flow that was turned away, and its sender told so: nobody listens, or a rule REJECTs. It is no lost packet. Where nothing was
 * sent the tables alone decide, and what they predict to be delivered may still meet a port that nobody listens on.
 */
export function isRefused(trace: Pick<TraceResult, 'predicted' | 'observed' | 'probe' | 'agrees'>): boolean {
  const { probe, observed } = trace
  const byRule = (): boolean => {
    const decision = lastDecision(trace)
    return decision !== null && isReject(decision)
  }
  if (probe === null) return byRule()
  if (probe.sent === 0 || probe.received > 0) return false
  if (saysRefused(probe)) return true
  // An answer came back, and it was no connection.
  if (saysNotConnected(probe))
    return observed?.verdict === 'delivered' && observed.replyVerdict === 'delivered'
  // TCP takes no notice of an ICMP error that comes before connect(2) has let go of its socket (tcp_v4_err in
  // net/ipv4/tcp_ipv4.c), and says so at the next one; who waits for less than that hears nothing.
  return byRule() && trace.agrees !== false && observed?.verdict !== 'delivered'
}
