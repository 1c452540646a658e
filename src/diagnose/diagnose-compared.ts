/** Why a flow that was tried fails: what the tables say, where nothing that was seen speaks against it. */
import { flowAllowance } from '../forward/run/budget.ts'
import type { PredictedPath } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import type { Diagnosis } from '../model/diagnosis/diagnosis.ts'
import type { Decision, Path } from '../model/path/path.ts'
import type { ProbeOutcome } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { wasRefused } from '../observe/observe.ts'
import type { Compared } from './compare/with-prediction.ts'
import { isDelivered, isLost } from './causes/trial.ts'
import { diagnoseDetour } from './diagnose-detour.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { diagnoseMetadata } from './diagnose-metadata.ts'
import { diagnoseName } from './diagnose-name.ts'
import { diagnoseUnforeseen } from './diagnose-unforeseen.ts'

/** Where a prediction ends that what was seen bears out. */
export interface Foretold {
  readonly decision: Decision
  readonly at: StackId
  readonly direction: 'forward' | 'reply'
}

/** Null: it was answered, or what was seen is not what the tables foretell. */
export function foretoldBy({ trace, observation, comparison }: Compared): Foretold | null {
  const foreseen =
    comparison.kind === 'agrees' ? comparison.with : comparison.kind === 'open' ? comparison.predicted : null
  if (foreseen?.decision == null || foreseen.stoppedAt === null || !isLost(foreseen)) return null
  const isUnanswered = wasUnanswered(trace.probe)
  const isSeenLost = observation.probes.some(({ loss }) => loss?.certain === true)
  // Both say that it is lost at the same place; or nobody can capture where it went missing.
  if (!isUnanswered && !(comparison.kind === 'agrees' && isSeenLost)) return null
  if (comparison.kind === 'open' && isSeenBeyond(foreseen, trace.observed)) return null
  return {
    decision: foreseen.decision,
    at: foreseen.stoppedAt,
    direction: foreseen.verdict === 'delivered' ? 'reply' : 'forward',
  }
}

const wasUnanswered = (probe: ProbeOutcome | null): boolean =>
  probe !== null && (probe.received < probe.sent || probe.unresolved !== undefined || wasRefused(probe))

/** It was lost, and the tables lead it to where nothing was read. */
export function isLostOutOfSight({ trace, comparison }: Compared): boolean {
  if (comparison.kind !== 'open' || comparison.predicted === null || !wasUnanswered(trace.probe)) return false
  const { predicted } = comparison
  return !isLost(predicted) && !isDelivered(predicted) && !isSeenBeyond(predicted, trace.observed)
}

/** Null: it arrives as it should, or the tables do not tell why it does not. */
export function diagnoseCompared(
  compared: Compared,
  { compiled, objects }: Pick<Predictor, 'compiled' | 'objects'>,
): Diagnosis | null {
  const { flow } = compared
  if (flow === null) return null
  if (compared.trace.probe?.unresolved !== undefined) return diagnoseName({ compiled, objects }, flow)
  if (foretoldBy(compared) !== null) return diagnoseFlow(compiled, objects, flow, flowAllowance())
  if (isLostOutOfSight(compared)) {
    const diagnosis = diagnoseFlow(compiled, objects, flow, flowAllowance())
    return diagnosis === null || diagnosis.causes.length === 0 ? null : diagnosis
  }
  return isForetoldToArrive(compared)
    ? (diagnoseDetour(compiled, objects, flow) ?? diagnoseMetadata(compiled, flow))
    : (diagnoseUnforeseen(compared, { compiled, objects }) ?? diagnoseMetadata(compiled, flow))
}

/** The tables deliver it: it was answered, or it is the question for a name that was asked in vain, which may have been misled. */
export function isForetoldToArrive({ comparison, trace: { probe } }: Compared): boolean {
  if (probe?.unresolved !== undefined)
    return comparison.kind === 'open' && comparison.predicted !== null && isDelivered(comparison.predicted)
  return comparison.kind === 'agrees' && probe !== null && probe.sent > 0 && probe.received === probe.sent
}

/** What was seen to pass a place was not dropped there. */
function isSeenBeyond(foreseen: PredictedPath, observed: Path | null): boolean {
  const { verdict, stoppedAt, decision } = foreseen
  // A frame for a MAC address that nobody has is captured at the other end of the wire all the same.
  if (observed === null || decision?.stage === 'neighbour') return false
  const isReply = verdict === 'delivered'
  const predicted = foreseen.path()
  // A packet may come by a place twice, and die there the second time.
  const visits = (isReply ? predicted.reply : predicted.forward).filter(({ stack }) => stack === stoppedAt)
  const hops = isReply ? observed.reply : observed.forward
  const seen = hops.flatMap(({ stack }, index) => (stack === stoppedAt ? [index] : []))
  const at = seen[visits.length - 1]
  const [here, ...later] = at === undefined ? [] : hops.slice(at)
  return (
    (here?.evidence === 'captured' && here.out !== null && here.packetOut !== null) ||
    later.some(({ evidence }) => evidence === 'captured')
  )
}
