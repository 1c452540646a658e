/** What is wrong in a cluster, without a flow: pairs that fail, grouped by what mends them, and whatever differs from intention. */
import type { Breath } from '../edge/breath.ts'
import { isDelivered, isLost, tried } from '../diagnose/causes/trial.ts'
import { codeOfDeviation } from '../diagnose/catalogue/code-of-deviation.ts'
import { deviations } from '../diagnose/deviations/deviations.ts'
import { diagnoseFlow } from '../diagnose/diagnose-flow.ts'
import { effectOf } from '../diagnose/effect/effect-of.ts'
import { causeFinding, sayCause } from '../diagnose/findings/say-cause.ts'
import type { Prediction } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { Language } from '../i18n/language.ts'
import type { Deviation } from '../model/diagnosis/deviation.ts'
import type { Cause, Diagnosis, Symptom } from '../model/diagnosis/diagnosis.ts'
import type { Finding } from '../model/result/finding.ts'
import type { Gap, RunResult } from '../model/result/result.ts'
import type { SaidCause, SaidDiagnosis } from '../model/diagnosis/said-diagnosis.ts'
import { usualPairs, type Pair } from './usual-pairs.ts'

export interface DiagnoseInput {
  readonly predictor: Predictor
  readonly source: RunResult['source']
  readonly language: Language
  readonly started: number
  /** Pauses between pairs. Rejects with its signal's reason. */
  readonly breath: Breath
}

/** One cause with the pairs that it breaks. */
interface Group {
  readonly cause: Cause
  readonly symptom: Symptom
  readonly pairs: Pair[]
}

/** Searching takes some hundredth of a second: enough different causes are found by then. */
const mostSearches = 200
const mostEffects = 20
const mostNamed = 8
const mostHarmless = 50

/** Predicts the usual pairs of the cluster, and tells what breaks those that fail. */
export async function diagnose(input: DiagnoseInput): Promise<RunResult> {
  const { predictor, language, started, breath } = input
  const { compiled, objects, fabric } = predictor
  const words = catalogue(language)
  const pairs = usualPairs(predictor)
  const before: Prediction[] = []
  for (const { flow } of pairs) {
    before.push(predictor.predict(flow))
    if (breath.isDue) await breath.take()
  }
  const failing = pairs.filter((_, index) => before[index]?.paths.some(isLost) === true)
  const open = pairs.filter(
    (_, index) =>
      before[index]?.paths.every((way) => !isLost(way)) === true &&
      before[index].paths.some((way) => !isDelivered(way)),
  )
  const { groups, unexplained, left } = await groupsOf(input, failing)
  const seen = deviations(fabric, objects)
  const sorted = groups.toSorted((a, b) => b.pairs.length - a.pairs.length)
  const causes: { readonly group: Group; readonly said: SaidCause }[] = []
  for (const [index, group] of sorted.entries()) {
    const effect =
      index < mostEffects && group.cause.edits.length > 0
        ? effectOf(
            compiled,
            group.cause.edits,
            pairs.map(({ flow }) => flow),
            before,
          )
        : null
    const named = (indexes: readonly number[]): readonly string[] =>
      indexes.flatMap((one) => pairs[one]?.name ?? [])
    const such = group.pairs.map(({ name }) => name).slice(0, mostNamed)
    const said: SaidCause = {
      ...sayCause(words, group.cause, fabric),
      breaks: { pairs: group.pairs.length, of: pairs.length, such },
      ...(effect === null
        ? {}
        : {
            effect: {
              opens: named(effect.opens),
              closes: named(effect.closes),
              moves: named(effect.moves),
            },
          }),
    }
    causes.push({ group, said })
    await breath.take()
  }
  const explained = new Set(
    groups.flatMap(({ cause }) => cause.edits.map((edit) => JSON.stringify(edit, plain))),
  )
  const harmless = seen.found.filter(
    ({ edits }) => !edits.some((edit) => explained.has(JSON.stringify(edit, plain))),
  )
  const findings: readonly Finding[] = [
    ...causes.map(({ group, said }) => findingOf(input, group, said, pairs.length)),
    ...unexplained.map(({ pair, diagnosis }) => unexplainedFinding(input, pair, diagnosis)),
    ...harmless.slice(0, mostHarmless).map((deviation) => harmlessFinding(input, deviation)),
  ]
  return {
    version: 1,
    source: input.source,
    verdict: findings.some(({ severity }) => severity === 'error')
      ? 'dropped'
      : open.length > 0 || pairs.length === 0 || left > 0
        ? 'unknown'
        : 'delivered',
    startedAt: new Date(started).toISOString(),
    durationMs: Date.now() - started,
    traces: [],
    experiments: [],
    findings,
    diagnosis: causes.map(({ group, said }) => saidOf(group, said, seen.notJudged)),
    gaps: [
      ...predictor.gaps,
      ...seen.notJudged.map(({ at, what, because }): Gap => ({ at, what, because })),
      ...(left > 0
        ? [{ at: 'pairs', what: `${left} pairs that fail`, because: 'too many to look into' }]
        : []),
    ],
  }
}

interface Grouped {
  readonly groups: readonly Group[]
  readonly unexplained: readonly { readonly pair: Pair; readonly diagnosis: Diagnosis }[]
  readonly left: number
}

/** A cause that is known is tried first: most pairs that fail do so for the same one. */
async function groupsOf({ predictor, breath }: DiagnoseInput, failing: readonly Pair[]): Promise<Grouped> {
  const { compiled, objects } = predictor
  const groups: Group[] = []
  const unexplained: { pair: Pair; diagnosis: Diagnosis }[] = []
  let searches = 0
  let left = 0
  for (const pair of failing) {
    if (breath.isDue) await breath.take()
    const known = groups.find(
      ({ cause }) =>
        cause.edits.length > 0 && tried(compiled, pair.flow, cause.edits).paths.every(isDelivered),
    )
    if (known !== undefined) {
      known.pairs.push(pair)
      continue
    }
    if (searches++ >= mostSearches) {
      left++
      continue
    }
    const diagnosis = diagnoseFlow(compiled, objects, pair.flow)
    if (diagnosis === null) continue
    const { causes, symptom } = diagnosis
    const [cause] = causes
    if (cause === undefined) {
      unexplained.push({ pair, diagnosis })
      continue
    }
    const same = groups.find((group) => keyOf(group.cause) === keyOf(cause))
    if (same === undefined) groups.push({ cause, symptom, pairs: [pair] })
    else same.pairs.push(pair)
  }
  return { groups, unexplained: unexplained.slice(0, mostNamed), left }
}

const keyOf = ({ code, at, by, missing }: Cause): string => JSON.stringify([code, at, by, missing])

/** Addresses of IPv6 are bigints, which JSON has not. */
const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** A policy of Kubernetes' is no fault; what AWS was told may be one. */
const severityOf = ({ code }: Cause): Finding['severity'] =>
  code === 'NETWORK_POLICY_DENIES' ? 'info' : 'error'

function findingOf({ language }: DiagnoseInput, group: Group, said: SaidCause, of: number): Finding {
  const words = catalogue(language)
  const { causes } = words
  const { effect } = said
  const finding = causeFinding(words, said, [
    { kind: 'note', text: `${causes.pairs(group.pairs.length, of)}: ${said.breaks?.such.join(', ') ?? ''}` },
    ...(effect === undefined
      ? []
      : [
          {
            kind: 'note' as const,
            text:
              effect.opens.length + effect.closes.length + effect.moves.length === 0
                ? causes.effectless
                : causes.effect(effect.opens.length, effect.closes.length, effect.moves.length),
          },
        ]),
  ])
  return { ...finding, severity: severityOf(group.cause) }
}

function unexplainedFinding(
  { language }: DiagnoseInput,
  pair: Pair,
  { symptom, tried: count }: Diagnosis,
): Finding {
  const words = catalogue(language)
  return {
    code: 'PREDICTED_DROP',
    severity: 'error',
    at: symptom.at,
    by: symptom.by,
    message: words.findings.PREDICTED_DROP.message({
      from: pair.from,
      to: pair.to,
      at: symptom.at,
      because: symptom.effect,
    }),
    remedy: words.causes.none(count),
    evidence: [],
  }
}

/** It differs, and breaks none of the pairs that were looked at. */
function harmlessFinding({ language, predictor }: DiagnoseInput, deviation: Deviation): Finding {
  const words = catalogue(language)
  const said = sayCause(
    words,
    {
      code: codeOfDeviation(deviation),
      kind: deviation.kind === 'foreign' ? 'foreign' : 'intention',
      at: deviation.stack,
      by: deviation.line,
      missing: deviation.expected,
      author: deviation.author,
      edits: deviation.edits,
      proof: null,
    },
    predictor.fabric,
  )
  return { ...causeFinding(words, said, [{ kind: 'note', text: words.causes.harmless }]), severity: 'info' }
}

const saidOf = (group: Group, said: SaidCause, notRead: SaidDiagnosis['notRead']): SaidDiagnosis => ({
  from: group.pairs[0]?.from ?? '',
  to: group.pairs[0]?.to ?? '',
  symptom: group.symptom,
  causes: [said],
  ruledOut: [],
  tried: 0,
  notRead,
})
