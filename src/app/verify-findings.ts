/** What verify finds: each fault once, with the flows and the statements that it breaks. */
import type { Breath } from '../edge/breath.ts'
import { foretoldBy, isForetoldToArrive, isLostOutOfSight } from '../diagnose/diagnose-compared.ts'
import { diagnoseName } from '../diagnose/diagnose-name.ts'
import { diagnoseRedirect } from '../diagnose/diagnose-redirect.ts'
import { diagnoseUnforeseen } from '../diagnose/diagnose-unforeseen.ts'
import { diagnoseDetour } from '../diagnose/diagnose-detour.ts'
import { diagnoseFlow } from '../diagnose/diagnose-flow.ts'
import { causeKey, groupCauses, groupDetours, grouping, type CauseGroup } from '../diagnose/group-causes.ts'
import type { Compared } from '../diagnose/compare/with-prediction.ts'
import { symptomOf } from '../diagnose/findings/loss-findings.ts'
import { causeFinding, misledFinding, sayGroup } from '../diagnose/findings/say-cause.ts'
import { findingsOf } from '../diagnose/findings/statement-findings.ts'
import { comparisonFindings, traceFindings } from '../diagnose/findings/trace-findings.ts'
import { Budget, flowAllowance, matrixSteps } from '../forward/run/budget.ts'
import type { Flow } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import type { Diagnosis } from '../model/diagnosis/diagnosis.ts'
import type { SaidCause, SaidDiagnosis } from '../model/diagnosis/said-diagnosis.ts'
import type { Evidence, Finding } from '../model/result/finding.ts'
import type { Check, Experiment } from '../model/result/result.ts'

interface TriedFlow {
  readonly flow: Flow
  readonly compared: Compared
}

const mostNamed = 8

export async function verifyFindings(
  seen: readonly Compared[],
  experiments: readonly Experiment[],
  predictor: Predictor,
  asked: readonly AskedInVain[],
  words: Catalogue,
  breath: Breath,
): Promise<{ readonly findings: readonly Finding[]; readonly diagnosis: readonly SaidDiagnosis[] }> {
  const flows = seen.flatMap((compared): readonly TriedFlow[] =>
    compared.flow === null ? [] : [{ compared, flow: compared.flow }],
  )
  const isNamed = ({ compared: { trace } }: TriedFlow): boolean => trace.probe?.unresolved !== undefined
  const lost = flows.filter(
    (one) => !isNamed(one) && (foretoldBy(one.compared) !== null || isLostOutOfSight(one.compared)),
  )
  const foretold = [
    ...(await groupCauses(predictor, lost, breath, new Budget(matrixSteps(predictor.characters)))).groups,
    ...groupDetours(
      predictor,
      flows.filter((one) => !isNamed(one) && isForetoldToArrive(one.compared)),
    ),
  ]
  const grouped = new Set(foretold.flatMap(({ items }) => items))
  const groups = [
    ...foretold,
    ...grouping(
      flows.filter((one) => !grouped.has(one)),
      (one) =>
        isNamed(one) ? diagnoseName(predictor, one.flow) : diagnoseUnforeseen(one.compared, predictor),
    ),
  ]
  const known = groups.map((group): Caused => {
    const flows = group.items.map(({ compared }) => compared)
    return { group, flows, checks: brokenChecks(experiments, flows, seen) }
  })
  const caused = withUnnamed(known, unnamedChecks(experiments, known), predictor, asked)
  const told = new Set(caused.flatMap(({ flows }) => flows))
  const explained = new Set(caused.flatMap(({ checks }) => checks))
  const said = caused.map(({ group, flows, checks }) => {
    const [first] = flows
    const diagnosis = sayGroup(
      words,
      group,
      predictor.fabric,
      { from: first?.trace.from.name ?? seen[0]?.trace.from.name ?? '', to: first?.trace.to.name ?? '' },
      {
        pairs: flows.length,
        of: seen.length,
        such: flows.map(({ trace }) => `${trace.from.name} → ${trace.to.name}`).slice(0, mostNamed),
        statements: checks.map(({ id }) => id),
      },
    )
    return { diagnosis, first }
  })
  const uncaused = seen.flatMap((compared) => {
    if (told.has(compared)) return []
    const found = traceFindings({ compared, diagnosis: null }, words, [])
    const checks = found.some(({ severity }) => severity === 'error')
      ? brokenChecks(experiments, [compared], seen).filter((check) => !explained.has(check))
      : []
    for (const check of checks) explained.add(check)
    return found.map((finding, index) => (index === 0 ? withChecks(finding, checks, words) : finding))
  })
  return {
    findings: [
      ...said.flatMap(({ diagnosis, first }) =>
        diagnosis.causes.slice(0, 1).map((cause) => groupFinding(words, diagnosis, cause, first)),
      ),
      ...seen.flatMap((compared) =>
        told.has(compared) && compared.comparison.kind !== 'open'
          ? comparisonFindings(compared, words, true)
          : [],
      ),
      ...uncaused,
      ...findingsOf(
        experiments.flatMap(({ checks }) => checks).filter((check) => !explained.has(check)),
        words,
      ),
    ],
    diagnosis: said.map(({ diagnosis }) => diagnosis),
  }
}

/** What fails because of a loss is told with it, and not as another fault. */
const withChecks = (finding: Finding, checks: readonly Check[], words: Catalogue): Finding =>
  checks.length === 0
    ? finding
    : {
        ...finding,
        evidence: [
          ...finding.evidence,
          statementsNote(
            checks.map(({ id }) => id),
            words,
          ),
        ],
      }

const statementsNote = (ids: readonly string[], { causes }: Catalogue): Evidence => ({
  kind: 'note',
  text: `${causes.statements(ids.length)}: ${ids.join(', ')}`,
})

interface Caused {
  readonly group: CauseGroup<TriedFlow>
  readonly flows: readonly Compared[]
  readonly checks: readonly Check[]
}

/** Whoever tells the public address is asked by name: of that no packet is followed. */
const unnamedChecks = (experiments: readonly Experiment[], caused: readonly Caused[]): readonly Check[] =>
  experiments
    .filter(({ id }) => id === 'public-address')
    .flatMap(({ checks }) => checks)
    .filter((check) => check.state === 'failed' && !caused.some(({ checks }) => checks.includes(check)))

/** What was asked of the internet, and not answered: of it no packet is followed. */
export interface AskedInVain {
  readonly flow: Flow
  /** It is the question for the name. */
  readonly isName: boolean
}

/** Statements that fail because nobody answered stand under the cause of that. */
function withUnnamed(
  caused: readonly Caused[],
  checks: readonly Check[],
  predictor: Predictor,
  asked: readonly AskedInVain[],
): readonly Caused[] {
  const { compiled, objects } = predictor
  const causesOf = ({ flow, isName }: AskedInVain): Diagnosis | null =>
    isName
      ? diagnoseName(predictor, flow)
      : (diagnoseFlow(compiled, objects, flow, flowAllowance()) ??
        diagnoseDetour(compiled, objects, flow) ??
        asLost(diagnoseRedirect(compiled, objects, flow)))
  const diagnosis = checks.length === 0 ? null : firstOf(asked, causesOf)
  const [cause, ...equals] = diagnosis?.causes ?? []
  if (diagnosis === null || cause === undefined || cause.kind === 'weakening') return caused
  const isSame = ({ group }: Caused): boolean => causeKey(group.cause) === causeKey(cause)
  return caused.some(isSame)
    ? caused.map((one) => (isSame(one) ? { ...one, checks: [...one.checks, ...checks] } : one))
    : [...caused, { group: { cause, equals, symptom: diagnosis.symptom, items: [] }, flows: [], checks }]
}

/** Nobody answered: it is no detour. */
const asLost = (diagnosis: Diagnosis | null): Diagnosis | null =>
  diagnosis && { ...diagnosis, symptom: { ...diagnosis.symptom, verdict: 'dropped' } }

function firstOf<T>(list: readonly T[], ask: (one: T) => Diagnosis | null): Diagnosis | null {
  for (const one of list) {
    const found = ask(one)
    if (found !== null && found.causes.length > 0) return found
  }
  return null
}

/** The statements of an experiment are made of its first flow; what the internet saw of a pod, of the flow that goes there. */
function brokenChecks(
  experiments: readonly Experiment[],
  flows: readonly Compared[],
  seen: readonly Compared[],
): readonly Check[] {
  const outward = experiments.find(({ id }) => id === 'pod-to-internet')?.traces[0]
  return experiments.flatMap(({ id, traces, checks }) => {
    const compared = seen[(id === 'public-address' ? outward : traces[0]) ?? -1]
    return compared !== undefined && flows.includes(compared)
      ? checks.filter(({ state }) => state === 'failed')
      : []
  })
}

function groupFinding(
  words: Catalogue,
  { symptom }: SaidDiagnosis,
  said: SaidCause,
  first: Compared | undefined,
): Finding {
  const { causes } = words
  const { pairs = 0, of = 0, such = [], statements = [] } = said.breaks ?? {}
  const unresolved = first?.trace.probe?.unresolved
  const evidence: readonly Evidence[] = [
    ...(first === undefined || unresolved === undefined
      ? []
      : [
          {
            kind: 'note' as const,
            text: words.findings.NAME_UNRESOLVED.message({
              from: first.trace.from.name,
              to: first.trace.to.name,
              server: unresolved.server,
            }),
          },
        ]),
    ...(pairs === 0
      ? []
      : [{ kind: 'note' as const, text: `${causes.flows(pairs, of)}: ${such.join(', ')}` }]),
    ...(statements.length === 0 ? [] : [statementsNote(statements, words)]),
    ...(first === undefined ? [] : symptomOf(first, foretoldBy(first), [])),
  ]
  return symptom.verdict === 'misled'
    ? misledFinding(words, said, evidence)
    : causeFinding(words, said, evidence)
}
