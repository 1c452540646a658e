/** A flow that was tried and lost: its causes; or, where nothing is known to mend it, the place. */
import type { Catalogue } from '../../i18n/catalogue.ts'
import { effectSentence } from '../../i18n/effects.ts'
import type { FindingFacts } from '../../i18n/facts/finding-facts.ts'
import type { SaidCause, SaidDiagnosis } from '../../model/diagnosis/said-diagnosis.ts'
import type { Evidence, Finding } from '../../model/result/finding.ts'
import { isLost } from '../causes/trial.ts'
import type { CounterEvidence } from '../compare/counter-evidence.ts'
import type { Compared } from '../compare/with-prediction.ts'
import { foretoldBy, type Foretold } from '../diagnose-compared.ts'
import { makeFinding } from './finding.ts'
import { refusedFinding } from './refused-finding.ts'
import { causeFinding, misledFinding, tellable } from './say-cause.ts'

/** One flow and what became of it. */
export interface Tried {
  readonly compared: Compared
  /** Null: nothing was lost, or what was seen speaks against the tables. */
  readonly diagnosis: SaidDiagnosis | null
}

/** @param counters of drops, that rose while the probe ran */
export function lossFindings(
  { compared, diagnosis }: Tried,
  words: Catalogue,
  counters: readonly CounterEvidence[],
): readonly Finding[] {
  const { trace, observation, comparison } = compared
  const ends = { from: trace.from.name, to: trace.to.name }
  const { probe } = trace
  const lost = observation.probes.find((one) => one.loss?.certain)?.loss
  const foretold = foretoldBy(compared)
  const causes = tellable(diagnosis)
  if (probe?.unresolved !== undefined) return unresolvedFindings(words, ends, probe.unresolved.server, causes)
  if (causes.length > 0) {
    const evidence = symptomOf(compared, foretold, counters)
    return diagnosis?.symptom.verdict === 'misled'
      ? causes.map((cause) => misledFinding(words, cause))
      : causes.map((cause) => causeFinding(words, cause, evidence))
  }
  const refused = refusedFinding(trace, foretold, words, [
    ...(lost ? evidenceOf(lost, trace.startedAt) : []),
    ...(foretold ? countersAt(counters, foretold.at, foretold.decision.by) : []),
  ])
  if (refused) return [refused]
  if (foretold) {
    const { decision, at, direction } = foretold
    return [
      makeFinding(
        words,
        direction === 'forward' ? 'PACKET_LOST' : 'REPLY_LOST',
        { ...ends, at, interface: null, because: effectSentence(words.language, decision.effect) },
        { at, by: decision.by, evidence: symptomOf(compared, foretold, counters) },
      ),
    ]
  }
  if (lost) {
    const { lastSeen } = lost
    const point = { at: lost.at, interface: lastSeen?.point.interface ?? null }
    const evidence = evidenceOf(lost, trace.startedAt)
    if (comparison.kind !== 'differs' || isLost(comparison.closest))
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
  const place = { at: observation.path.stoppedAt ?? trace.from.name, by: null, evidence: counters }
  if (!probe) return []
  if (probe.error !== undefined && probe.received === 0)
    return [makeFinding(words, 'PROBE_FAILED', { ...ends, error: probe.error }, place)]
  return probe.received < probe.sent
    ? [makeFinding(words, 'PARTIAL_LOSS', { ...ends, sent: probe.sent, received: probe.received }, place)]
    : []
}

/** Why nobody answered the question for the name. */
export function unresolvedFindings(
  words: Catalogue,
  ends: { readonly from: string; readonly to: string },
  server: string | null,
  causes: readonly SaidCause[],
): readonly Finding[] {
  const finding = makeFinding(
    words,
    'NAME_UNRESOLVED',
    { ...ends, server },
    { at: 'internet', by: null, evidence: [] },
  )
  return causes.length === 0
    ? [finding]
    : causes.map((cause) => causeFinding(words, cause, [{ kind: 'note', text: finding.message }]))
}

/** Where the packet ended: by the tables, and as it was seen. */
export function symptomOf(
  { trace, observation }: Compared,
  foretold: Foretold | null,
  counters: readonly CounterEvidence[],
): readonly Evidence[] {
  const lost = observation.probes.find((one) => one.loss?.certain)?.loss
  const seen = lost ? evidenceOf(lost, trace.startedAt) : []
  if (foretold === null) return seen
  const { decision, at } = foretold
  return [
    { kind: 'line', at, source: decision.stage, line: decision.by },
    ...seen,
    ...countersAt(counters, at, decision.by),
  ]
}

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
