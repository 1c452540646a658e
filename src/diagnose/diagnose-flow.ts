/** Why a flow fails: what it comes to, and the smallest edits after which it does not. Pure: the same snapshot, the same answer. */
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import { Budget, trialSteps } from '../forward/run/budget.ts'
import { predict, type Flow, type PredictedPath } from '../forward/walk/predict.ts'
import type { Diagnosis, Symptom } from '../model/diagnosis/diagnosis.ts'
import type { NotJudged } from '../model/diagnosis/deviation.ts'
import type { KubernetesObjects } from '../model/fabric/kubernetes.ts'
import { stackKind, type StackId } from '../model/stack/stack-id.ts'
import { candidatesFor, causeOfDeviation } from './causes/candidates.ts'
import { concernedBy, ownerOf } from './causes/concerned.ts'
import type { Candidate } from './causes/candidate.ts'
import { findCauses, type Found } from './causes/find-causes.ts'
import { toldCauses } from './causes/told-causes.ts'
import { isDelivered, isLost, share } from './causes/trial.ts'
import { deviations } from './deviations/deviations.ts'

const mostRuledOut = 20

/**
 * Null: the flow is delivered, there and back, whatever chance decides.
 * @param allowance the steps that are left for this flow and for others after it
 */
export function diagnoseFlow(
  compiled: CompiledFabric,
  objects: KubernetesObjects | null,
  flow: Flow,
  allowance: Budget,
): Diagnosis | null {
  const { paths } = predict(compiled, flow, allowance)
  const failing = paths.filter((path) => !isDelivered(path))
  const [worst] = [...failing.filter(isLost), ...failing]
  if (worst === undefined) return null
  const lost = failing.filter(isLost)
  const symptom = symptomOf(worst, failing)
  const intended = ownerOf(compiled.fabric, flow.to)
  const concerned = concernedBy(compiled, flow, lost.length === 0 ? failing : lost)
  const seen = deviations(compiled.fabric, objects, nodesOf(concerned))
  const unjudged = new Set(seen.notJudged.map(({ at }) => at))
  const judged = new Set([...concerned].filter((stack) => ofCluster(stack) && !unjudged.has(stack)))
  const before = share({ paths }, intended)
  const causesAmong = (candidates: readonly Candidate[]): Found => {
    const trials = new Budget(Math.min(trialSteps, allowance.left))
    const whole = trials.left
    const found = findCauses(compiled, flow, candidates, intended, before, trials)
    allowance.left -= whole - trials.left
    return found
  }
  // Where nothing is known to be lost, only what is not as intended may have led it to where nothing was read.
  if (lost.length === 0) {
    const deviating = seen.found.filter(({ stack }) => concerned.has(stack)).map(causeOfDeviation)
    const found = causesAmong(deviating)
    return {
      symptom,
      causes: found.causes,
      ruledOut: [],
      tried: found.trials,
      notRead: [{ at: symptom.at, what: symptom.by ?? symptom.at, because: symptom.effect }],
    }
  }
  const candidates = candidatesFor(
    compiled,
    lost,
    seen.found.filter(({ stack }) => concerned.has(stack)),
    judged,
    intended,
    seen.nodes,
  )
  const found = causesAmong(candidates)
  // What only weakens a protection explains nothing that somebody says outright.
  const isOpen = found.causes.every(({ kind }) => kind === 'weakening')
  const told = isOpen ? toldCauses(compiled.fabric, objects, flow, lost) : []
  return {
    symptom,
    causes: told.length > 0 ? told : found.causes,
    ruledOut: ruledOutOf(found.inVain.map(({ at, by, missing }) => `${at}: ${by ?? missing ?? ''}`)),
    tried: found.trials,
    notRead: [...seen.notJudged, ...untriedOf(found.untried, symptom.at)],
  }
}

const untriedOf = (untried: number, at: StackId): readonly NotJudged[] =>
  untried === 0
    ? []
    : [{ at, what: `${untried} more edits`, because: 'to try them takes more steps than a diagnosis may' }]

const ofCluster = (stack: StackId): boolean => stackKind(stack) === 'node' || stackKind(stack) === 'pod'

const nodesOf = (stacks: ReadonlySet<StackId>): ReadonlySet<StackId> =>
  new Set([...stacks].filter((stack) => stackKind(stack) === 'node'))

const ruledOutOf = (lines: readonly string[]): readonly string[] => [...new Set(lines)].slice(0, mostRuledOut)

function symptomOf(path: PredictedPath, failing: readonly PredictedPath[]): Symptom {
  const { decision } = path
  return {
    direction: path.verdict === 'delivered' ? 'reply' : 'forward',
    verdict: isLost(path) ? 'dropped' : 'unknown',
    at: path.stoppedAt ?? '',
    by: decision?.by ?? null,
    effect: decision?.effect ?? '',
    share: failing.reduce((sum, { probability }) => sum + probability, 0),
  }
}
