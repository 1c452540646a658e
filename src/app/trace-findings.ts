import type { CaptureResult } from '../cluster/stack-capture.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import type { Evidence, Finding } from '../model/finding.ts'
import type { Path, Verdict } from '../model/path.ts'
import { makeFinding } from './finding.ts'
import { wayText } from './compare.ts'
import type { Compared } from './with-prediction.ts'

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

/** Packets that were lost, ways that were not as predicted, and probes that went wrong, each at its hop. */
export const traceFindings = (compared: readonly Compared[], words: Catalogue): readonly Finding[] =>
  compared.flatMap((one) => [...lossFindings(one, words), ...comparisonFindings(one, words)])

function lossFindings({ trace, observation, comparison }: Compared, words: Catalogue): readonly Finding[] {
  const ends = { from: trace.from.name, to: trace.to.name }
  const lost = observation.probes.find((probe) => probe.loss?.certain)?.loss
  if (lost) {
    // Where prediction and observation agree, the line that the prediction names is the guilty one.
    const decision = comparison.kind === 'agrees' ? comparison.with.decision : null
    const at = (comparison.kind === 'agrees' ? comparison.with.stoppedAt : null) ?? lost.at
    const line = decision ? [{ kind: 'line' as const, at, source: decision.stage, line: decision.by }] : []
    return [
      makeFinding(
        words,
        lost.direction === 'forward' ? 'PACKET_LOST' : 'REPLY_LOST',
        { ...ends, at, interface: lost.lastSeen?.point.interface ?? null },
        { at, by: decision?.by ?? null, evidence: [...line, ...evidenceOf(lost, trace.startedAt)] },
      ),
    ]
  }
  const { probe } = trace
  // Nobody can capture where it went missing; the prediction names a line there, and nothing that was seen speaks against it.
  const foreseen = comparison.kind === 'open' ? comparison.predicted : null
  if (probe && probe.received < probe.sent && foreseen?.decision && foreseen.stoppedAt !== null) {
    const { decision, stoppedAt: at, verdict } = foreseen
    if (verdict === 'dropped' || foreseen.replyVerdict === 'dropped')
      return [
        makeFinding(
          words,
          verdict === 'dropped' ? 'PACKET_LOST' : 'REPLY_LOST',
          { ...ends, at, interface: null },
          {
            at,
            by: decision.by,
            evidence: [{ kind: 'line', at, source: decision.stage, line: decision.by }],
          },
        ),
      ]
  }
  const place = { at: observation.path.stoppedAt ?? trace.from.name, by: null, evidence: [] }
  if (!probe) return []
  if (probe.error !== undefined && probe.received === 0)
    return [makeFinding(words, 'PROBE_FAILED', { ...ends, error: probe.error }, place)]
  return probe.received < probe.sent
    ? [makeFinding(words, 'PARTIAL_LOSS', { ...ends, sent: probe.sent, received: probe.received }, place)]
    : []
}

function comparisonFindings({ trace, comparison }: Compared, words: Catalogue): readonly Finding[] {
  const ends = { from: trace.from.name, to: trace.to.name }
  const { predicted, observed } = trace
  if (comparison.kind === 'open') {
    const decision = comparison.predicted?.decision
    const at = comparison.predicted?.stoppedAt
    return comparison.predicted?.verdict === 'unknown' && decision && at != null
      ? [
          makeFinding(
            words,
            'PREDICTION_UNKNOWN',
            { ...ends, at, because: `${decision.by}: ${decision.effect}` },
            { at, by: decision.by, evidence: [] },
          ),
        ]
      : []
  }
  if (comparison.kind === 'agrees' || !predicted || !observed) return []
  const { difference, closest } = comparison
  const evidence: Evidence[] = closest.decision
    ? [
        {
          kind: 'line',
          at: closest.stoppedAt ?? difference.at,
          source: closest.decision.stage,
          line: closest.decision.by,
        },
      ]
    : []
  const place = { at: difference.at, by: closest.decision?.by ?? null, evidence }
  switch (difference.kind) {
    case 'verdict':
      return [
        makeFinding(
          words,
          'VERDICT_DIFFERS',
          {
            ...ends,
            at: difference.at,
            predicted: worst(predicted),
            observed: worst(observed),
          },
          place,
        ),
      ]
    case 'way':
      return [
        makeFinding(
          words,
          'PATH_DIFFERS',
          {
            ...ends,
            at: difference.at,
            predicted: wayText(predicted.forward),
            observed: wayText(observed.forward),
          },
          place,
        ),
      ]
    case 'addresses':
      return [
        makeFinding(
          words,
          'ADDRESSES_DIFFER',
          {
            ...ends,
            at: difference.at,
            interface: difference.interface,
            predicted: difference.predicted,
            observed: difference.observed,
          },
          place,
        ),
      ]
  }
}

/** There and back as one word. */
const worst = (path: Path): Verdict =>
  path.verdict === 'delivered' ? (path.replyVerdict ?? 'delivered') : path.verdict

type Loss = NonNullable<Compared['observation']['probes'][number]['loss']>

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
