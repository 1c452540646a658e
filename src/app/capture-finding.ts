import type { CaptureResult } from '../cluster/stack-capture.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import type { Evidence, Finding } from '../model/finding.ts'
import { makeFinding } from './finding.ts'
import type { Observed } from './observe.ts'

/** What a capture's own troubles mean for the result. */
export const captureFindings = (captures: readonly CaptureResult[], words: Catalogue): readonly Finding[] =>
  captures.flatMap((capture) => {
    const place = { at: capture.stack, by: null, evidence: [] }
    if (capture.problem !== null)
      return [makeFinding(words, 'CAPTURE_FAILED', { at: capture.stack, because: capture.problem }, place)]
    return capture.dropped !== null && capture.dropped > 0
      ? [makeFinding(words, 'CAPTURE_DROPPED', { at: capture.stack, dropped: capture.dropped }, place)]
      : []
  })

/** Packets that were lost, and probes that went wrong, each at its hop. */
export function traceFindings(observed: readonly Observed[], words: Catalogue): readonly Finding[] {
  return observed.flatMap(({ trace, observation }): Finding[] => {
    const ends = { from: trace.from.name, to: trace.to.name }
    const lost = observation.probes.find((probe) => probe.loss?.certain)?.loss
    if (lost)
      return [
        makeFinding(
          words,
          lost.direction === 'forward' ? 'PACKET_LOST' : 'REPLY_LOST',
          { ...ends, at: lost.at, interface: lost.lastSeen?.point.interface ?? null },
          { at: lost.at, by: null, evidence: evidenceOf(lost, trace.startedAt) },
        ),
      ]
    const { probe } = trace
    if (!probe) return []
    if (probe.error !== undefined && probe.received === 0)
      return [
        makeFinding(
          words,
          'PROBE_FAILED',
          { ...ends, error: probe.error },
          { at: observation.path.stoppedAt ?? trace.from.name, by: null, evidence: [] },
        ),
      ]
    return probe.received < probe.sent
      ? [
          makeFinding(
            words,
            'PARTIAL_LOSS',
            { ...ends, sent: probe.sent, received: probe.received },
            { at: observation.path.stoppedAt ?? trace.from.name, by: null, evidence: [] },
          ),
        ]
      : []
  })
}

type Loss = NonNullable<Observed['observation']['probes'][number]['loss']>

/** The last place where the packet was seen, and the first where it was not. */
function evidenceOf(loss: Loss, startedAt: string): readonly Evidence[] {
  const epoch = BigInt(Date.parse(startedAt)) * 1_000_000n
  const packet = loss.direction === 'forward' ? 'request' : 'reply'
  return [
    ...(loss.lastSeen
      ? [
          {
            kind: 'sighting' as const,
            at: loss.lastSeen.point.stack,
            interface: loss.lastSeen.point.interface,
            direction: loss.lastSeen.direction === 'out' ? ('out' as const) : ('in' as const),
            time: Number(loss.lastSeen.time - epoch),
            packet,
          },
        ]
      : []),
    ...(loss.firstMissing
      ? [
          {
            kind: 'missing' as const,
            at: loss.firstMissing.stack,
            interface: loss.firstMissing.interface,
            packet,
          },
        ]
      : []),
  ]
}
