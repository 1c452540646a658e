import { sayLack } from '../i18n/catalogue.ts'
import { catalogue } from '../i18n/catalogues.ts'
import { sayEffect } from '../i18n/effects.ts'
import type { Language } from '../i18n/language.ts'
import type { Flow, PredictedPath } from '../forward/predict.ts'
import { whyNot } from '../forward/why-not.ts'
import type { Evidence, Finding } from '../model/finding.ts'
import type { Path } from '../model/path.ts'
import type { Endpoint, RunResult, SaidWhyNot, TraceResult } from '../model/result.ts'
import { makeFinding } from './finding.ts'
import { missingFinding } from './missing-finding.ts'
import { missingLine } from './missing-line.ts'
import { likeliest, type Predictor } from './predictor.ts'
import { overallVerdict } from './verdict.ts'

export interface ExplainInput {
  readonly predictor: Predictor
  readonly source: RunResult['source']
  readonly flow: Flow
  readonly from: Endpoint
  readonly to: Endpoint
  readonly language: Language
  readonly started: number
  /** Also say which lines almost decided, and what they lacked. */
  readonly whyNot?: boolean
}

/** One flow, predicted from a snapshot: nothing is sent. Pure but for the clock that `started` brings. */
export function explain(input: ExplainInput): RunResult {
  const { predictor } = input
  const trace = predictedTrace(predictor, input)
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

function predictedTrace(predictor: Predictor, input: ExplainInput): TraceResult {
  const prediction = predictor.predict(input.flow)
  const first = likeliest(prediction)
  const others = prediction.paths.slice(1)
  const predicted = first.path()
  return {
    from: input.from,
    to: input.to,
    startedAt: new Date(input.started).toISOString(),
    probe: null,
    predicted,
    observed: null,
    translations: first.translations(),
    agrees: null,
    ...(input.whyNot === true ? { whyNot: saidWhyNot(first, predicted, input.language) } : {}),
    ...(others.length === 0
      ? {}
      : { alternatives: others.map((one) => ({ probability: one.probability, predicted: one.path() })) }),
  }
}

function saidWhyNot(predicted: PredictedPath, path: Path, language: Language): readonly SaidWhyNot[] {
  const words = catalogue(language)
  return whyNot(predicted.consulted(), path).map((one) => ({
    ...one,
    instead: one.instead.map((miss) => ({
      ...miss,
      because: miss.lacks.map((each) => sayLack(words, each)).join('; '),
    })),
  }))
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
  const missing =
    trace.predicted && missingLine({ ...predictor, path: trace.predicted, to: trace.to.address })
  const line: Evidence = { kind: 'line', at: stoppedAt, source: decision.stage, line: decision.by }
  if (missing) return [missingFinding(words, missing, { from: trace.from.name, to: trace.to.name }, [line])]
  const unknown = verdict === 'unknown' || (verdict === 'delivered' && replyVerdict === 'unknown')
  return [
    makeFinding(
      words,
      unknown ? 'PREDICTION_UNKNOWN' : 'PREDICTED_DROP',
      {
        from: trace.from.name,
        to: trace.to.name,
        at: stoppedAt,
        because: sayEffect(input.language, decision.effect),
      },
      {
        at: stoppedAt,
        by: decision.by,
        evidence: [line],
      },
    ),
  ]
}
