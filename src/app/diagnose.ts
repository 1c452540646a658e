/** What is wrong in a cluster, without a flow: pairs that fail, grouped by what mends them, and whatever differs from intention. */
import type { Breath } from '../edge/breath.ts'
import { Budget, matrixSteps } from '../forward/run/budget.ts'
import { isDelivered, isLost } from '../diagnose/causes/trial.ts'
import { codeOfDeviation } from '../diagnose/catalogue/code-of-deviation.ts'
import { deviations } from '../diagnose/deviations/deviations.ts'
import { objectFaults } from '../diagnose/deviations/objects.ts'
import { groupCauses, groupMisled, type CauseGroup } from '../diagnose/group-causes.ts'
import { effectOf } from '../diagnose/effect/effect-of.ts'
import { causeFinding, misledFinding, sayCause } from '../diagnose/findings/say-cause.ts'
import type { Prediction } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { Language } from '../i18n/language.ts'
import type { Deviation } from '../model/diagnosis/deviation.ts'
import type { Cause, Diagnosis } from '../model/diagnosis/diagnosis.ts'
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

type Group = CauseGroup<Pair>

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
  // As for a matrix of as much text: pairs, causes and effects together.
  const allowance = new Budget(matrixSteps(predictor.characters))
  for (const { flow } of pairs) {
    before.push(predictor.predict(flow, allowance))
    if (breath.isDue) await breath.take()
  }
  const failing = pairs.filter((_, index) => before[index]?.paths.some(isLost) === true)
  const open = pairs.filter(
    (_, index) =>
      before[index]?.paths.every((path) => !isLost(path)) === true &&
      before[index].paths.some((path) => !isDelivered(path)),
  )
  const failed = [...failing, ...open]
  const { groups, unexplained, left } = await groupCauses(predictor, failed, breath, allowance)
  const fine = pairs.filter((_, index) => before[index]?.paths.every(isDelivered) === true)
  const misled = await groupMisled(predictor, fine, groups, breath, allowance)
  const seen = deviations(fabric, objects)
  const causes: { readonly group: Group; readonly said: SaidCause }[] = []
  for (const [index, group] of [...groups, ...misled].entries()) {
    const effect =
      index < mostEffects && group.cause.edits.length > 0
        ? effectOf(
            compiled,
            group.cause.edits,
            pairs.map(({ flow }) => flow),
            before,
            allowance,
          )
        : null
    const named = (indexes: readonly number[]): readonly string[] =>
      indexes.flatMap((one) => pairs[one]?.name ?? [])
    const such = group.items.map(({ name }) => name).slice(0, mostNamed)
    const said: SaidCause = {
      ...sayCause(words, group.cause, fabric),
      breaks: { pairs: group.items.length, of: pairs.length, such },
      // What was not looked at to its end is no "nothing else changes".
      ...(effect === null || effect.left > 0
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
    [...groups, ...misled].flatMap(({ cause }) => cause.edits.map((edit) => JSON.stringify(edit, plain))),
  )
  const harmless = seen.found.filter(
    ({ edits }) => !edits.some((edit) => explained.has(JSON.stringify(edit, plain))),
  )
  const caused = causes.map(({ group, said }) => ({
    finding: findingOf(input, group, said, pairs.length),
    isMisled: isMisled(group),
  }))
  const astray = new Set(caused.filter((one) => one.isMisled).map(({ finding }) => finding))
  const findings: readonly Finding[] = [
    ...caused.map(({ finding }) => finding),
    ...unexplained
      .filter(({ diagnosis }) => diagnosis.symptom.verdict === 'dropped')
      .slice(0, mostNamed)
      .map(({ item, diagnosis }) => unexplainedFinding(input, item, diagnosis)),
    ...objectFaults(fabric, objects, seen.nodes)
      .slice(0, mostHarmless)
      .map((cause) => objectFinding(input, cause)),
    ...harmless.slice(0, mostHarmless).map((deviation) => harmlessFinding(input, deviation)),
  ]
  return {
    version: 1,
    source: input.source,
    verdict: findings.some((finding) => finding.severity === 'error' && !astray.has(finding))
      ? 'dropped'
      : findings.some(({ severity }) => severity === 'error')
        ? 'disagrees'
        : open.length > 0 || pairs.length === 0 || left.length > 0
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
      ...(left.length > 0
        ? [{ at: 'pairs', what: `${left.length} pairs that fail`, because: 'too many to look into' }]
        : []),
    ],
  }
}

/** Addresses of IPv6 are bigints, which JSON has not. */
const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** A policy of Kubernetes' is no fault; what AWS was told may be one. */
const severityOf = ({ code }: Cause): Finding['severity'] =>
  code === 'NETWORK_POLICY_DENIES' ? 'info' : 'error'

/** Its pairs arrive, and not as intended. */
const isMisled = ({ symptom }: Group): boolean => symptom.verdict === 'misled'

function findingOf({ language }: DiagnoseInput, group: Group, said: SaidCause, of: number): Finding {
  const words = catalogue(language)
  const { causes } = words
  const { effect } = said
  const finding = (isMisled(group) ? misledFinding : causeFinding)(words, said, [
    {
      kind: 'note',
      text: `${isMisled(group) ? causes.misleads(group.items.length, of) : causes.pairs(group.items.length, of)}: ${said.breaks?.such.join(', ') ?? ''}`,
    },
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
  return isMisled(group) ? finding : { ...finding, severity: severityOf(group.cause) }
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

/** An object that cannot work as it is: of the pairs that were looked at it may break none. */
function objectFinding({ language, predictor }: DiagnoseInput, cause: Cause): Finding {
  const words = catalogue(language)
  return { ...causeFinding(words, sayCause(words, cause, predictor.fabric), []), severity: 'warning' }
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
  from: group.items[0]?.from ?? '',
  to: group.items[0]?.to ?? '',
  symptom: group.symptom,
  causes: [said],
  ruledOut: [],
  tried: 0,
  notRead,
})
