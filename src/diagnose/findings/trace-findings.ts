import type { CaptureResult } from '../../capture/live/capture-result.ts'
import type { Catalogue } from '../../i18n/catalogue.ts'
import type { Evidence, Finding } from '../../model/result/finding.ts'
import type { Path, Verdict } from '../../model/path/path.ts'
import { effectSentence } from '../../i18n/effects.ts'
import type { CounterEvidence } from '../compare/counter-evidence.ts'
import type { Compared } from '../compare/with-prediction.ts'
import { makeFinding, type FindingPlace } from './finding.ts'

import { tellable } from './say-cause.ts'
import { lossFindings, type Tried } from './loss-findings.ts'
import { isLost } from '../causes/trial.ts'
import { pathText } from '../compare/compare-paths.ts'

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

/** Packets that were lost, paths that were not as predicted, and probes that went wrong, each at its hop. */
export const traceFindings = (
  tried: Tried,
  words: Catalogue,
  counters: readonly CounterEvidence[],
): readonly Finding[] => {
  const lost = lossFindings(tried, words, counters)
  // Where the prediction has to stop is no news once it is known what led it there.
  const isTold = tried.compared.comparison.kind === 'open' && tellable(tried.diagnosis).length > 0
  return isTold ? lost : [...lost, ...comparisonFindings(tried.compared, words, lost.length > 0)]
}

/** @param lossTold that it is lost has been told, with what the tables say */
export function comparisonFindings(
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
  // What was seen is not what the tables say: no line of theirs is to blame for it.
  const place = { at: difference.at, by: null, evidence }
  switch (difference.kind) {
    case 'verdict':
      if (worst(observed) === 'delivered' && decision && closest.stoppedAt !== null)
        return [
          makeFinding(
            words,
            decision.stage === 'network-policy' ? 'POLICY_NOT_ENFORCED' : 'DELIVERED_AGAINST_PREDICTION',
            { ...ends, at: closest.stoppedAt, because: effectSentence(words.language, decision.effect) },
            { at: closest.stoppedAt, by: null, evidence },
          ),
        ]
      // That it is lost has been told, with what the tables say.
      if (lossTold && !isLost(closest)) return []
      if (worst(predicted) === worst(observed)) return [pathDiffers(words, ends, predicted, observed, place)]
      return [
        makeFinding(
          words,
          'VERDICT_DIFFERS',
          { ...ends, at: difference.at, predicted: worst(predicted), observed: worst(observed) },
          place,
        ),
      ]
    case 'path':
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
