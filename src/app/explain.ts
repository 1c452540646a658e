import { mismatchSentence } from '../i18n/catalogue.ts'
import { catalogue } from '../i18n/catalogues.ts'
import { effectSentence } from '../i18n/effects.ts'
import type { Language } from '../i18n/language.ts'
import { flowAllowance } from '../forward/run/budget.ts'
import type { Flow, PredictedPath, Prediction } from '../forward/walk/predict.ts'
import { whyNot } from '../forward/explain/why-not.ts'
import type { Evidence, Finding } from '../model/result/finding.ts'
import { formatIp, isIp4, parseIp } from '../model/address/address.ts'
import { protocolTowards } from '../model/packet/packet.ts'
import type { Path } from '../model/path/path.ts'
import type { SaidDiagnosis } from '../model/diagnosis/said-diagnosis.ts'
import type { Endpoint, RunResult, SaidWhyNot, TraceResult } from '../model/result/result.ts'
import { Breath } from '../edge/breath.ts'
import { isDelivered, isLost } from '../diagnose/causes/trial.ts'
import { diagnoseDetour } from '../diagnose/diagnose-detour.ts'
import { diagnoseFlow } from '../diagnose/diagnose-flow.ts'
import { diagnoseMetadata } from '../diagnose/diagnose-metadata.ts'
import { diagnoseName } from '../diagnose/diagnose-name.ts'
import { diagnoseRedirect } from '../diagnose/diagnose-redirect.ts'
import { causeFinding, misledFinding, sayDiagnosis, tellable } from '../diagnose/findings/say-cause.ts'
import { unresolvedFindings } from '../diagnose/findings/loss-findings.ts'
import { makeFinding } from '../diagnose/findings/finding.ts'
import { refusedFinding } from '../diagnose/findings/refused-finding.ts'
import { likeliest, type Predictor } from '../forward/walk/predictor.ts'
import { overallVerdict } from '../diagnose/verdict.ts'

export interface ExplainInput {
  readonly predictor: Predictor
  readonly source: RunResult['source']
  readonly flow: Flow
  readonly from: Endpoint
  readonly to: Endpoint
  readonly language: Language
  /** The flow asks this resolver for the address of `to`, and nobody answered when it was tried. */
  readonly resolver?: string
  readonly started: number
  /** Also say which lines almost decided, and what they lacked. */
  readonly whyNot?: boolean
  readonly signal?: AbortSignal
}

/** One flow, predicted from a snapshot: nothing is sent. Rejects with the signal's reason when it is aborted. */
export async function explain(input: ExplainInput): Promise<RunResult> {
  const { predictor } = input
  const breath = new Breath(input.signal)
  const prediction = predictor.predict(input.flow)
  await breath.take()
  const trace = await predictedTrace(prediction, input, breath)
  const diagnosis = diagnosisOf(prediction, input, trace)
  const findings = predictedFindings(prediction, input, trace, diagnosis)
  await breath.take()
  return {
    version: 1,
    source: input.source,
    // What was lost is the question for its name.
    verdict: input.resolver === undefined ? overallVerdict([trace], [], findings) : 'dropped',
    startedAt: new Date(input.started).toISOString(),
    durationMs: Date.now() - input.started,
    traces: [trace],
    experiments: [],
    findings,
    ...(diagnosis === null ? {} : { diagnosis: [diagnosis] }),
    gaps: predictor.gaps,
  }
}

async function predictedTrace(
  prediction: Prediction,
  input: ExplainInput,
  breath: Breath,
): Promise<TraceResult> {
  const first = likeliest(prediction)
  const predicted = first.path()
  const { shown, leftOut } = await otherPaths(prediction.paths.slice(1), breath)
  return {
    from: inFamily(input, predicted),
    to: input.to,
    startedAt: new Date(input.started).toISOString(),
    probe: null,
    predicted,
    observed: null,
    translations: first.translations(),
    agrees: null,
    ...(input.whyNot === true ? { whyNot: saidWhyNot(first, predicted, input.language) } : {}),
    ...(shown.length === 0 ? {} : { alternatives: shown }),
    ...(leftOut.ways === 0 ? {} : { alternativesLeftOut: leftOut }),
  }
}

/**
 * An end is known by its first address, which is an IPv4 one where it has both: towards IPv6 it is the one that the packet has, or
 * could have.
 */
function inFamily({ from, flow, predictor }: ExplainInput, { forward }: Path): Endpoint {
  const known = parseIp(from.address)
  if (known === undefined || isIp4(known) === isIp4(flow.to)) return from
  const sent = forward.find(({ packetOut }) => packetOut !== null)?.packetOut?.src
  if (sent !== undefined) return { ...from, address: sent }
  const own = predictor.fabric.stacks
    .find(({ id }) => id === flow.from)
    ?.links.flatMap(({ addresses }) => addresses)
    .find(({ address, scope }) => scope === 'global' && isIp4(address) === isIp4(flow.to))
  return { ...from, address: own === undefined ? '' : formatIp(own.address) }
}

/** Ways that a result holds with all their hops, and about how many octets all of them together may be. */
const mostPaths = 1_000
const mostOctets = 10_000_000

/** Of a hop or a decision beside the lines that it quotes, as JSON. */
const octetsOfHop = 400
const octetsOfDecision = 100

const octetsOf = ({ forward, reply }: Path): number =>
  [...forward, ...reply].reduce(
    (sum, { decisions }) =>
      decisions.reduce(
        (more, { by, effect }) => more + octetsOfDecision + by.length + effect.length,
        sum + octetsOfHop,
      ),
    0,
  )

async function otherPaths(
  ways: readonly PredictedPath[],
  breath: Breath,
): Promise<{
  readonly shown: NonNullable<TraceResult['alternatives']>
  readonly leftOut: NonNullable<TraceResult['alternativesLeftOut']>
}> {
  const shown: { readonly probability: number; readonly predicted: Path }[] = []
  let octets = 0
  for (const way of ways) {
    if (shown.length >= mostPaths || octets >= mostOctets) break
    const predicted = way.path()
    octets += octetsOf(predicted)
    shown.push({ probability: way.probability, predicted })
    if (breath.isDue) await breath.take()
  }
  const rest = ways.slice(shown.length)
  const probability = rest.reduce((sum, way) => sum + way.probability, 0)
  return { shown, leftOut: { ways: rest.length, probability } }
}

function saidWhyNot(predicted: PredictedPath, path: Path, language: Language): readonly SaidWhyNot[] {
  const words = catalogue(language)
  return whyNot(predicted.evaluated(), path).map((one) => ({
    ...one,
    instead: one.instead.map((miss) => ({
      ...miss,
      because: miss.lacks.map((each) => mismatchSentence(words, each)).join('; '),
    })),
  }))
}

/** The likeliest way, and where that delivers one that does not: chance may choose it. */
const told = (prediction: Prediction): PredictedPath =>
  isDelivered(likeliest(prediction))
    ? (prediction.paths.find(isLost) ?? likeliest(prediction))
    : likeliest(prediction)

/** Null: every way delivers, as it should. */
function diagnosisOf(prediction: Prediction, input: ExplainInput, trace: TraceResult): SaidDiagnosis | null {
  const { predictor } = input
  const flow: Flow = { ...input.flow, protocol: protocolTowards(input.flow.to, input.flow.protocol) }
  // A question that was not answered may have gone another way than the likeliest.
  const isGood = isDelivered(told(prediction)) && input.resolver === undefined
  const { compiled, objects } = predictor
  const diagnosis = isGood
    ? (diagnoseDetour(compiled, objects, flow) ??
      diagnoseRedirect(compiled, objects, flow) ??
      diagnoseMetadata(compiled, flow))
    : input.resolver === undefined
      ? diagnoseFlow(compiled, objects, flow, flowAllowance())
      : diagnoseName(predictor, flow)
  const ends = { from: trace.from.name, to: trace.to.name }
  return diagnosis && sayDiagnosis(catalogue(input.language), diagnosis, predictor.fabric, ends)
}

/** A packet that would be lost, or of which that cannot be told, with the line that decides it. */
function predictedFindings(
  prediction: Prediction,
  input: ExplainInput,
  trace: TraceResult,
  diagnosis: SaidDiagnosis | null,
): readonly Finding[] {
  const { decision, stoppedAt, verdict, replyVerdict } = told(prediction)
  const words = catalogue(input.language)
  if (input.resolver !== undefined) {
    const ends = { from: trace.from.name, to: trace.to.name }
    return unresolvedFindings(words, ends, input.resolver, tellable(diagnosis))
  }
  if (diagnosis?.symptom.verdict === 'misled')
    return diagnosis.causes.map((cause) => misledFinding(words, cause))
  if (!decision || stoppedAt === null) return []
  const line: Evidence = { kind: 'line', at: stoppedAt, source: decision.stage, line: decision.by }
  const causes = tellable(diagnosis)
  if (causes.length > 0) return causes.map((cause) => causeFinding(words, cause, [line]))
  const refused = refusedFinding(trace, { decision, at: stoppedAt }, words)
  if (refused) return [refused]
  const unknown = verdict === 'unknown' || (verdict === 'delivered' && replyVerdict === 'unknown')
  return [
    makeFinding(
      words,
      unknown ? 'PREDICTION_UNKNOWN' : 'PREDICTED_DROP',
      {
        from: trace.from.name,
        to: trace.to.name,
        at: stoppedAt,
        because: effectSentence(input.language, decision.effect),
      },
      {
        at: stoppedAt,
        by: decision.by,
        evidence: [line],
      },
    ),
  ]
}
