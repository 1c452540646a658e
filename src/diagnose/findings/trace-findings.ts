import type { CaptureResult } from '../../capture/live/capture-result.ts'
import type { Catalogue } from '../../i18n/catalogue.ts'
import type { Evidence, Finding } from '../../model/result/finding.ts'
import type { Path, Verdict } from '../../model/path/path.ts'
import type { PredictedPath } from '../../forward/walk/predict.ts'
import { effectSentence } from '../../i18n/effects.ts'
import type { FindingFacts } from '../../i18n/facts/finding-facts.ts'
import type { CounterEvidence } from '../compare/counter-evidence.ts'
import { makeFinding, type FindingPlace } from './finding.ts'
import { missingFinding } from './missing-finding.ts'
import { refusedFinding } from './refused-finding.ts'
import { missingLine } from '../missing/missing-line.ts'
import { wasRefused } from '../../observe/observe.ts'
import type { Predictor } from '../../forward/walk/predictor.ts'
import { pathText } from '../compare/compare-paths.ts'
import type { Compared } from '../compare/with-prediction.ts'

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

/** What traceFindings needs besides what was compared. */
export interface FindingContext {
  readonly words: Catalogue
  /** Counters of drops that rose while the probe ran. */
  readonly counters?: readonly CounterEvidence[]
  /** The snapshot; without it nothing is said of lines that are missing. */
  readonly snapshot?: Pick<Predictor, 'fabric' | 'services'>
}

/** Packets that were lost, ways that were not as predicted, and probes that went wrong, each at its hop. */
export const traceFindings = (compared: readonly Compared[], context: FindingContext): readonly Finding[] =>
  compared.flatMap((one) => {
    const lost = lossFindings(one, context)
    return [...lost, ...comparisonFindings(one, context.words, lost.length > 0)]
  })

function lossFindings(
  { trace, observation, comparison }: Compared,
  { words, counters = [], snapshot }: FindingContext,
): readonly Finding[] {
  const ends = { from: trace.from.name, to: trace.to.name }
  const { probe } = trace
  const lost = observation.probes.find((one) => one.loss?.certain)?.loss
  const foreseen =
    comparison.kind === 'agrees' ? comparison.with : comparison.kind === 'open' ? comparison.predicted : null
  const foretold =
    foreseen?.decision && foreseen.stoppedAt !== null && isDropped(foreseen)
      ? { decision: foreseen.decision, at: foreseen.stoppedAt, verdict: foreseen.verdict }
      : null
  // Both say that it is lost at the same place; or nobody can capture where it went missing, and nothing that was seen
  // speaks against the line that the prediction names.
  const unanswered = probe !== null && (probe.received < probe.sent || wasRefused(probe))
  const refused = refusedFinding(trace, foretold, words, [
    ...(lost ? evidenceOf(lost, trace.startedAt) : []),
    ...(foretold ? countersAt(counters, foretold.at, foretold.decision.by) : []),
  ])
  if (refused) return [refused]
  if (foretold && ((comparison.kind === 'agrees' && lost) || unanswered)) {
    const { decision, at } = foretold
    const line: Evidence = { kind: 'line', at, source: decision.stage, line: decision.by }
    const missing =
      snapshot && trace.predicted && missingLine({ ...snapshot, path: trace.predicted, to: trace.to.address })
    if (missing) {
      const seen = lost ? evidenceOf(lost, trace.startedAt) : []
      return [missingFinding(words, missing, ends, [line, ...seen, ...countersAt(counters, at, decision.by)])]
    }
    return [
      makeFinding(
        words,
        foretold.verdict === 'dropped' ? 'PACKET_LOST' : 'REPLY_LOST',
        { ...ends, at, interface: null, because: effectSentence(words.language, decision.effect) },
        {
          at,
          by: decision.by,
          evidence: [
            line,
            ...(lost ? evidenceOf(lost, trace.startedAt) : []),
            ...countersAt(counters, at, decision.by),
          ],
        },
      ),
    ]
  }
  if (lost) {
    const { lastSeen } = lost
    const point = { at: lost.at, interface: lastSeen?.point.interface ?? null }
    const evidence = evidenceOf(lost, trace.startedAt)
    if (comparison.kind !== 'differs' || isDropped(comparison.closest))
      return [
        makeFinding(
          words,
          lost.direction === 'forward' ? 'PACKET_LOST' : 'REPLY_LOST',
          { ...ends, ...point, because: null },
          { at: lost.at, by: null, evidence: [...evidence, ...countersAt(counters, lost.at, null)] },
        ),
      ]
    const here = countersAt(counters, lost.at, null)
    const guilty = here.find((one) => /^(-A|:)/.test(one.line)) ?? null
    return [
      makeFinding(
        words,
        'LOST_AGAINST_PREDICTION',
        {
          ...ends,
          ...point,
          at: lastSeen?.point.stack ?? lost.at,
          direction: lost.direction,
          missing: lost.firstMissing?.stack ?? null,
          segment: segmentOf[lost.reason],
          counted: guilty?.line ?? null,
        },
        { at: lost.at, by: guilty?.line ?? null, evidence: [...evidence, ...here] },
      ),
    ]
  }
  const place = {
    at: observation.path.stoppedAt ?? trace.from.name,
    by: null,
    evidence: counters,
  }
  if (!probe) return []
  if (probe.error !== undefined && probe.received === 0)
    return [makeFinding(words, 'PROBE_FAILED', { ...ends, error: probe.error }, place)]
  return probe.received < probe.sent
    ? [makeFinding(words, 'PARTIAL_LOSS', { ...ends, sent: probe.sent, received: probe.received }, place)]
    : []
}

const isDropped = ({ verdict, replyVerdict }: Pick<PredictedPath, 'verdict' | 'replyVerdict'>): boolean =>
  verdict === 'dropped' || replyVerdict === 'dropped'

const segmentOf = {
  wire: 'wire',
  vpc: 'vpc',
  stack: 'stack',
  unanswered: 'receiver',
  beyond: 'beyond',
  refused: 'stack',
  origin: 'sender',
} as const satisfies {
  readonly [Reason in Loss['reason']]: FindingFacts['LOST_AGAINST_PREDICTION']['segment']
}

/** The guilty line's own counter where it has one; else what rose at that place. */
function countersAt(
  counters: readonly CounterEvidence[],
  at: string,
  by: string | null,
): readonly CounterEvidence[] {
  const here = counters.filter((one) => one.at === at)
  const own = here.filter((one) => one.line === by)
  return own.length > 0 ? own : here
}

function comparisonFindings(
  { trace, comparison }: Compared,
  words: Catalogue,
  lossTold: boolean,
): readonly Finding[] {
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
            { ...ends, at, because: `${decision.by}: ${effectSentence(words.language, decision.effect)}` },
            { at, by: decision.by, evidence: [] },
          ),
        ]
      : []
  }
  if (comparison.kind === 'agrees' || !predicted || !observed) return []
  const { difference, closest } = comparison
  const { decision } = closest
  const evidence: Evidence[] = decision
    ? [{ kind: 'line', at: closest.stoppedAt ?? difference.at, source: decision.stage, line: decision.by }]
    : []
  const place = { at: difference.at, by: decision?.by ?? null, evidence }
  switch (difference.kind) {
    case 'verdict':
      if (worst(observed) === 'delivered' && decision && closest.stoppedAt !== null)
        return [
          makeFinding(
            words,
            'DELIVERED_AGAINST_PREDICTION',
            { ...ends, at: closest.stoppedAt, because: effectSentence(words.language, decision.effect) },
            { ...place, at: closest.stoppedAt },
          ),
        ]
      // That it is lost has been told, with what the tables say.
      if (lossTold && !isDropped(closest)) return []
      if (worst(predicted) === worst(observed)) return [pathDiffers(words, ends, predicted, observed, place)]
      return [
        makeFinding(
          words,
          'VERDICT_DIFFERS',
          { ...ends, at: difference.at, predicted: worst(predicted), observed: worst(observed) },
          place,
        ),
      ]
    case 'way':
      return [pathDiffers(words, ends, predicted, observed, place)]
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

const pathDiffers = (
  words: Catalogue,
  ends: { readonly from: string; readonly to: string },
  predicted: Path,
  observed: Path,
  place: FindingPlace,
): Finding =>
  makeFinding(
    words,
    'PATH_DIFFERS',
    { ...ends, at: place.at, predicted: pathText(predicted.forward), observed: pathText(observed.forward) },
    place,
  )

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
