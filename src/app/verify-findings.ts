/** What verify finds: each fault once, with the flows and the statements that it breaks. */
import type { Breath } from '../edge/breath.ts'
import { foretoldBy, isForetoldToArrive, isLostOutOfSight } from '../diagnose/diagnose-compared.ts'
import { diagnoseUnforeseen, toWrongPort } from '../diagnose/diagnose-unforeseen.ts'
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
  resolver: Flow | null,
  words: Catalogue,
  breath: Breath,
): Promise<{ readonly findings: readonly Finding[]; readonly diagnosis: readonly SaidDiagnosis[] }> {
  const flows = seen.flatMap((compared): readonly TriedFlow[] =>
    compared.flow === null ? [] : [{ compared, flow: compared.flow }],
  )
  const lost = flows.filter(({ compared }) => foretoldBy(compared) !== null || isLostOutOfSight(compared))
  const foretold = [
    ...(await groupCauses(predictor, lost, breath, new Budget(matrixSteps(predictor.characters)))).groups,
    ...groupDetours(
      predictor,
      flows.filter(({ compared }) => isForetoldToArrive(compared)),
    ),
  ]
  const grouped = new Set(foretold.flatMap(({ items }) => items))
  const groups = [
    ...foretold,
    ...grouping(
      flows.filter((one) => !grouped.has(one)),
      ({ compared }) => diagnoseUnforeseen(compared, predictor),
    ),
  ]
  const known = groups.map((group): Caused => {
    const flows = group.items.map(({ compared }) => compared)
    return { group, flows, checks: brokenChecks(experiments, flows, seen) }
  })
  const caused = withUnnamed(known, unnamedChecks(experiments, known), predictor, resolver)
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
  return {
    findings: [
      ...said.flatMap(({ diagnosis, first }) =>
        diagnosis.causes.slice(0, 1).map((cause) => groupFinding(words, diagnosis, cause, first)),
      ),
      ...seen.flatMap((compared) =>
        told.has(compared)
          ? compared.comparison.kind === 'open'
            ? []
            : comparisonFindings(compared, words, true)
          : traceFindings({ compared, diagnosis: null }, words, []),
      ),
      ...findingsOf(
        experiments.flatMap(({ checks }) => checks).filter((check) => !explained.has(check)),
        words,
      ),
    ],
    diagnosis: said.map(({ diagnosis }) => diagnosis),
  }
}

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

/** Statements that fail because a name may not have resolved stand under the cause of that. */
function withUnnamed(
  caused: readonly Caused[],
  checks: readonly Check[],
  { compiled, objects }: Predictor,
  resolver: Flow | null,
): readonly Caused[] {
  const diagnosis =
    checks.length === 0 || resolver === null
      ? null
      : (diagnoseFlow(compiled, objects, resolver, flowAllowance()) ??
        diagnoseDetour(compiled, objects, resolver) ??
        toWrongPort(objects, resolver))
  const [cause, ...equals] = diagnosis?.causes ?? []
  if (diagnosis === null || cause === undefined || cause.kind === 'weakening') return caused
  const isSame = ({ group }: Caused): boolean => causeKey(group.cause) === causeKey(cause)
  return caused.some(isSame)
    ? caused.map((one) => (isSame(one) ? { ...one, checks: [...one.checks, ...checks] } : one))
    : [...caused, { group: { cause, equals, symptom: diagnosis.symptom, items: [] }, flows: [], checks }]
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
    ...(statements.length === 0
      ? []
      : [
          {
            kind: 'note' as const,
            text: `${causes.statements(statements.length)}: ${statements.join(', ')}`,
          },
        ]),
    ...(first === undefined ? [] : symptomOf(first, foretoldBy(first), [])),
  ]
  return symptom.verdict === 'misled'
    ? misledFinding(words, said, evidence)
    : causeFinding(words, said, evidence)
}
