import { Budget, matrixSteps } from '../forward/run/budget.ts'
import type { Flow, PredictedPath, Prediction } from '../forward/walk/predict.ts'
import { parseIp } from '../model/address/address.ts'
import type { MatrixCell, MatrixProbe, MatrixReason, MatrixResult } from '../model/result/matrix.ts'
import { protocolName, protocolTowards } from '../model/packet/packet.ts'
import type { Verdict } from '../model/path/path.ts'
import { isRejectedPair } from '../model/result/refusal.ts'
import type { Endpoint, OverallVerdict, RunResult } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { groupCauses, groupMisled } from '../diagnose/group-causes.ts'
import { sayGroup } from '../diagnose/findings/say-cause.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { Language } from '../i18n/language.ts'
import type { SaidDiagnosis } from '../model/diagnosis/said-diagnosis.ts'
import { Breath } from '../edge/breath.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import type { Progress } from '../session/progress.ts'
import { given } from '../edge/given.ts'

/** One end of the matrix: what it is called, and the network stack whose process it is; null: it only receives. */
export interface MatrixEnd {
  readonly endpoint: Endpoint
  readonly stack: StackId | null
  /** A service's own port, where the matrix was asked for none. */
  readonly port: number | null
}

export interface MatrixInput {
  readonly predictor: Predictor
  readonly source: RunResult['source']
  readonly from: readonly MatrixEnd[]
  readonly to: readonly MatrixEnd[]
  readonly flow: Pick<Flow, 'protocol' | 'destinationPort'>
  /** What was sent for the pair, if anything was. */
  readonly probe: (from: MatrixEnd, to: MatrixEnd) => MatrixProbe | null
  readonly language: Language
  readonly started: number
  readonly progress: Progress
  readonly signal?: AbortSignal
}

/** Milliseconds between two words of how far it has come; what is quicker needs none. */
const silence = 2_000

/**
 * Predicts every pair from one snapshot, and holds what was sent against it. Rejects with the signal's reason when it is
 * aborted.
 */
export async function matrixOf(input: MatrixInput): Promise<MatrixResult> {
  const reasons = new Reasons()
  const breath = new Breath(input.signal)
  const allowance = new Budget(matrixSteps(input.predictor.characters))
  const all = input.from.length * input.to.length
  let said = performance.now()
  const cells: (MatrixCell | null)[][] = []
  const failing: TriedPair[] = []
  const delivered: TriedPair[] = []
  for (const from of input.from) {
    const row: (MatrixCell | null)[] = []
    cells.push(row)
    for (const to of input.to) {
      const flow = flowOf(input, from, to)
      const cell = flow && cellOf(input, from, to, flow, reasons, allowance)
      row.push(cell)
      // What was answered was not dropped, whatever the tables say.
      if (cell !== null && flow !== null) {
        const pair = { flow, cell, from: from.endpoint.name, to: to.endpoint.name }
        if (cell.predicted === 'delivered') delivered.push(pair)
        else if (!isContradicted(cell)) failing.push(pair)
      }
      if (!breath.isDue) continue
      await breath.take()
      if (performance.now() - said < silence) continue
      said = performance.now()
      const done = (cells.length - 1) * input.to.length + row.length
      input.progress((say) => say.pairsPredicted(done, all))
    }
  }
  const { diagnosis, indexes, isMisled } = await diagnosed(
    input,
    failing,
    delivered,
    cells.flat().filter((cell) => cell !== null).length,
    breath,
    allowance,
  )
  return {
    version: 1,
    source: input.source,
    verdict: verdictOf(matrixVerdict(cells.flat(), reasons.all), isMisled),
    startedAt: new Date(input.started).toISOString(),
    durationMs: Date.now() - input.started,
    protocol: protocolName(input.flow.protocol),
    port: input.flow.destinationPort ?? null,
    from: input.from.map((end) => end.endpoint),
    to: input.to.map((end) => end.endpoint),
    cells: cells.map((row) => row.map((cell) => cell && { ...cell, diagnosis: indexes.get(cell) ?? null })),
    reasons: reasons.all,
    diagnosis,
    gaps: input.predictor.gaps,
  }
}

export const isSameEnd = (from: MatrixEnd, to: MatrixEnd): boolean =>
  from.endpoint.kind === to.endpoint.kind && from.endpoint.name === to.endpoint.name

/** Each end once, where it came first. */
export function uniqueEndpoints<End extends MatrixEnd>(ends: readonly End[]): readonly End[] {
  const seen = new Set<string>()
  return ends.filter(({ endpoint: { kind, name } }) => {
    const key = `${kind} ${name}`
    return !seen.has(key) && seen.add(key)
  })
}

/** Rows and columns; more is no picture that a person can read, and is told by classes. */
const mostEndpoints = 200

export const isLarge = (senders: number, receivers: number): boolean =>
  senders > mostEndpoints || receivers > mostEndpoints

/** What to tell whoever wants to send for more pairs than a network should bear; null: it is few enough. */
export const tooManyToProbe = (senders: number, receivers: number): string | null =>
  isLarge(senders, receivers)
    ? `${senders} senders and ${receivers} receivers: --probe sends for at most ${mostEndpoints} of each; name fewer, for example deploy/NAME, or leave --probe out`
    : null

const isContradicted = ({ agrees, probe }: MatrixCell): boolean =>
  agrees === false || probe?.outcome === 'answered'

/** Null: sender and receiver are the same, or nothing can be sent. */
export function flowOf(input: Pick<MatrixInput, 'flow'>, from: MatrixEnd, to: MatrixEnd): Flow | null {
  const address = parseIp(to.endpoint.address)
  if (isSameEnd(from, to) || from.stack === null || address === undefined) return null
  return {
    from: from.stack,
    to: address,
    protocol: input.flow.protocol,
    fresh: true,
    ...given({ destinationPort: input.flow.destinationPort ?? to.port ?? undefined }),
  }
}

function cellOf(
  input: MatrixInput,
  from: MatrixEnd,
  to: MatrixEnd,
  flow: Flow,
  reasons: Reasons,
  allowance: Budget,
): MatrixCell {
  const prediction = input.predictor.predict(flow, allowance)
  const { verdict, probability, decisive } = summed(prediction)
  const probe = input.probe(from, to)
  return {
    predicted: verdict,
    probability,
    reason: decisive === null || verdict === 'delivered' ? null : reasons.indexOf(decisive, verdict),
    diagnosis: null,
    probe,
    agrees:
      probe === null || probe.outcome === 'not-sent' || verdict === 'unknown'
        ? null
        : agrees(verdict, probability, probe.outcome, decisive?.decision?.by ?? ''),
  }
}

interface TriedPair {
  readonly flow: Flow
  readonly cell: MatrixCell
  readonly from: string
  readonly to: string
}

/** Pairs of a cause that are told by name. */
export const mostNamed = 8

/** The causes of what fails, or goes astray, and which of them each cell does so for. */
async function diagnosed(
  { predictor, language }: MatrixInput,
  failing: readonly TriedPair[],
  delivered: readonly TriedPair[],
  of: number,
  breath: Breath,
  allowance: Budget,
): Promise<{
  readonly diagnosis: readonly SaidDiagnosis[]
  readonly indexes: ReadonlyMap<MatrixCell, number>
  /** Some go otherwise than those who own the lines would have it. */
  readonly isMisled: boolean
}> {
  const words = catalogue(language)
  const towards = (pairs: readonly TriedPair[]): readonly TriedPair[] =>
    pairs.map((pair) => ({
      ...pair,
      flow: { ...pair.flow, protocol: protocolTowards(pair.flow.to, pair.flow.protocol) },
    }))
  const lost = await groupCauses(predictor, towards(failing), breath, allowance)
  const misled = await groupMisled(predictor, towards(delivered), lost.groups, breath, allowance)
  const groups = [...lost.groups, ...misled]
  const indexes = new Map<MatrixCell, number>()
  const diagnosis = groups.map((group, index): SaidDiagnosis => {
    for (const { cell } of group.items) indexes.set(cell, index)
    const [first] = group.items
    const such = group.items.slice(0, mostNamed).map(({ from, to }) => `${from} → ${to}`)
    return sayGroup(
      words,
      group,
      predictor.fabric,
      { from: first?.from ?? '', to: first?.to ?? '' },
      { pairs: group.items.length, of, such },
    )
  })
  return { diagnosis, indexes, isMisled: misled.some(({ cause }) => cause.kind === 'intention') }
}

/** What nobody of the cluster's wrote may be meant so. */
const verdictOf = (verdict: OverallVerdict, isMisled: boolean): OverallVerdict =>
  verdict === 'delivered' && isMisled ? 'disagrees' : verdict

/** The worst that may happen, how probable it is, and the likeliest way on which it does. */
export function summed(prediction: Prediction): {
  readonly verdict: Verdict
  readonly probability: number
  readonly decisive: PredictedPath | null
} {
  const worst = (['dropped', 'unknown'] as const).find((verdict) =>
    prediction.paths.some((path) => bothLegs(path) === verdict),
  )
  if (worst === undefined) return { verdict: 'delivered', probability: 1, decisive: null }
  const ways = prediction.paths.filter((path) => bothLegs(path) === worst)
  return {
    verdict: worst,
    probability: ways.reduce((sum, way) => sum + way.probability, 0),
    decisive: ways[0] ?? null,
  }
}

/** A request whose reply is lost has reached nobody, as far as its sender can tell. */
const bothLegs = (path: PredictedPath): Verdict =>
  path.verdict === 'delivered' ? (path.replyVerdict ?? 'delivered') : path.verdict

/** Where chance decides, a loss and an answer both agree with the prediction; a REJECT refuses as a closed port does. */
function agrees(
  verdict: 'delivered' | 'dropped',
  probability: number,
  outcome: Exclude<MatrixProbe['outcome'], 'not-sent'>,
  by: string,
): boolean {
  if (verdict === 'delivered') return outcome !== 'silent'
  return probability < 1 || outcome === 'silent' || (outcome === 'refused' && /reject/i.test(by))
}

/** A disagreement says that model or snapshot is wrong, which is worse to know late than that a packet is lost. */
function matrixVerdict(
  cells: readonly (MatrixCell | null)[],
  reasons: readonly MatrixReason[],
): OverallVerdict {
  const some = (test: (cell: MatrixCell) => boolean): boolean =>
    cells.some((cell) => cell !== null && test(cell))
  if (some((cell) => cell.agrees === false)) return 'disagrees'
  const isRejected = (cell: MatrixCell): boolean => isRejectedPair(cell, reasons)
  if (some((cell) => (cell.predicted === 'dropped' && !isRejected(cell)) || cell.probe?.outcome === 'silent'))
    return 'dropped'
  if (some((cell) => isRejected(cell) || cell.probe?.outcome === 'refused')) return 'refused'
  if (some((cell) => cell.predicted === 'unknown' && !isTried(cell))) return 'unknown'
  return cells.some((cell) => cell !== null) ? 'delivered' : 'unknown'
}

const isTried = (cell: MatrixCell): boolean => cell.probe !== null && cell.probe.outcome !== 'not-sent'

/** Where and by what a pair fails. */
export const reasonOf = (path: PredictedPath, verdict: Exclude<Verdict, 'delivered'>): MatrixReason => ({
  at: path.stoppedAt ?? '',
  verdict,
  ofReply: path.verdict === 'delivered',
  stage: path.decision?.stage ?? '',
  by: path.decision?.by ?? '',
  effect: path.decision?.effect ?? '',
})

/** Each reason once: a network policy may stop a thousand pairs. */
class Reasons {
  readonly all: MatrixReason[] = []
  readonly #known = new Map<string, number>()

  indexOf(path: PredictedPath, verdict: Exclude<Verdict, 'delivered'>): number {
    const reason = reasonOf(path, verdict)
    const key = JSON.stringify([reason.at, reason.ofReply, reason.stage, reason.by, reason.effect])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#known.set(key, this.all.length)
    return this.all.push(reason) - 1
  }
}
