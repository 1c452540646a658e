import { catalogue } from '../i18n/catalogue.ts'
import type { Language } from '../i18n/language.ts'
import type { Flow } from '../forward/predict.ts'
import type { Bundle } from '../bundle/bundle.ts'
import type { Finding } from '../model/finding.ts'
import type { Endpoint, RunResult, TraceResult } from '../model/result.ts'
import { makeFinding } from './finding.ts'
import { likeliest, predictorOf, type Predictor } from './predictor.ts'
import { overallVerdict } from './verdict.ts'

export interface ExplainInput {
  readonly bundle: Bundle
  readonly source: RunResult['source']
  readonly flow: Flow
  readonly from: Endpoint
  readonly to: Endpoint
  readonly language: Language
  readonly started: number
}

/** One flow, predicted from a snapshot: nothing is sent. Pure but for the clock that `started` brings. */
export function explain(input: ExplainInput): RunResult {
  const predictor = predictorOf(input.bundle)
  const trace = predictedTrace(predictor, input.flow, input.from, input.to, input.started)
  const findings = predictedFindings(predictor, input, trace)
  return {
    version: 1,
    source: input.source,
    verdict: overallVerdict([trace], [], findings),
    startedAt: new Date(input.started).toISOString(),
    durationMs: Date.now() - input.started,
    traces: [trace],
    experiments: [],
    findings,
    gaps: predictor.gaps,
  }
}

export function predictedTrace(
  predictor: Predictor,
  flow: Flow,
  from: Endpoint,
  to: Endpoint,
  started: number,
): TraceResult {
  const prediction = predictor.predict(flow)
  const first = likeliest(prediction)
  const others = prediction.paths.slice(1)
  return {
    from,
    to,
    startedAt: new Date(started).toISOString(),
    probe: null,
    predicted: first.path(),
    observed: null,
    translations: first.translations(),
    agrees: null,
    ...(others.length === 0
      ? {}
      : { alternatives: others.map((one) => ({ probability: one.probability, predicted: one.path() })) }),
  }
}

/** A packet that would be lost, or of which that cannot be told, with the line that decides it. */
function predictedFindings(
  predictor: Predictor,
  input: ExplainInput,
  trace: TraceResult,
): readonly Finding[] {
  const { decision, stoppedAt, verdict, replyVerdict } = likeliest(predictor.predict(input.flow))
  if (!decision || stoppedAt === null) return []
  const words = catalogue(input.language)
  const unknown = verdict === 'unknown' || (verdict === 'delivered' && replyVerdict === 'unknown')
  return [
    makeFinding(
      words,
      unknown ? 'PREDICTION_UNKNOWN' : 'PREDICTED_DROP',
      { from: trace.from.name, to: trace.to.name, at: stoppedAt, because: decision.effect },
      {
        at: stoppedAt,
        by: decision.by,
        evidence: [{ kind: 'line', at: stoppedAt, source: decision.stage, line: decision.by }],
      },
    ),
  ]
}
