/** A flow that was tried in vain though the tables deliver it: what of them may be to blame all the same. */
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import { flowAllowance } from '../forward/run/budget.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import type { Cause, Diagnosis, Symptom } from '../model/diagnosis/diagnosis.ts'
import type { KubernetesObjects } from '../model/fabric/kubernetes.ts'
import { protocolName } from '../model/packet/packet.ts'
import { isRefused } from '../model/result/refusal.ts'
import { stackKind, type StackId } from '../model/stack/stack-id.ts'
import type { Flow } from '../forward/walk/predict.ts'
import type { Candidate } from './causes/candidate.ts'
import { causeOfDeviation } from './causes/candidates.ts'
import { isLost } from './causes/trial.ts'
import { nearestPath } from './compare/compare-paths.ts'
import type { Compared } from './compare/with-prediction.ts'
import { deviations } from './deviations/deviations.ts'
import { wrongTargetPorts } from './deviations/objects.ts'
import { diagnoseDetour } from './diagnose-detour.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { redirectsOf } from './diagnose-redirect.ts'

/**
 * Null: it was answered, the tables lose it anyhow, or nothing is known that would explain it. Tried in this order: what leads it
 * elsewhere than intended, what hands it to somebody who refuses, what is not as intended where it was lost.
 */
export function diagnoseUnforeseen(
  compared: Compared,
  { compiled, objects }: Pick<Predictor, 'compiled' | 'objects'>,
): Diagnosis | null {
  const { flow, trace, comparison, observation } = compared
  const { probe } = trace
  if (flow === null || probe === null) return null
  if (probe.unresolved === undefined && (probe.sent === 0 || probe.received >= probe.sent)) return null
  const foreseen = nearestPath(comparison)
  if (foreseen === null || isLost(foreseen)) return null
  // Chance may have chosen another way than the one that was seen.
  const byChance = diagnoseFlow(compiled, objects, flow, flowAllowance())
  if (byChance?.causes.some(({ kind }) => kind !== 'weakening') === true) return byChance
  const refused = isRefused(trace) || probe.unresolved !== undefined
  const lost = observation.probes.find(({ loss }) => loss?.certain === true)?.loss ?? null
  const path = foreseen.path()
  const where =
    lost === null ? path.forward.map(({ stack }) => stack) : [lost.at, lost.lastSeen?.point.stack ?? lost.at]
  const tries: readonly (() => readonly Cause[])[] = [
    () => diagnoseDetour(compiled, objects, flow)?.causes ?? [],
    () =>
      refused || path.forward.every(({ stack }) => stack === flow.from) ? redirectsOf(compiled, path) : [],
    () => (refused ? wrongPorts(objects, flow) : []),
    () => (refused ? [] : suspects(compiled, objects, new Set(where))),
  ]
  const causes = tries.reduce<readonly Cause[]>((found, look) => (found.length > 0 ? found : look()), [])
  const at = path.forward.at(-1)?.stack ?? flow.from
  return causes.length === 0
    ? null
    : untriedDiagnosis(causes, {
        direction: lost?.direction === 'reply' ? 'reply' : 'forward',
        at: lost?.at ?? at,
        by: null,
        effect: refused ? 'refused' : 'lost, which the tables do not foretell',
      })
}

/** Of causes that no edit of the tables could prove. */
const untriedDiagnosis = (
  causes: readonly Cause[],
  symptom: Pick<Symptom, 'direction' | 'at' | 'by' | 'effect'>,
): Diagnosis => ({
  symptom: { ...symptom, verdict: 'dropped', share: 1 },
  causes,
  ruledOut: [],
  tried: 0,
  notRead: [],
})

const untried = (candidate: Candidate): Cause => ({ ...candidate, proof: null })

/** It goes to a Service whose pods say that they listen elsewhere. Null: its Service leads to where its pods say that they listen, or it goes to none. */
export function toWrongPort(objects: KubernetesObjects | null, flow: Flow): Diagnosis | null {
  const causes = wrongPorts(objects, flow)
  const [first] = causes
  if (first === undefined) return null
  const { at, by } = first
  return untriedDiagnosis(causes, { direction: 'forward', at, by, effect: 'refused' })
}

const wrongPorts = (
  objects: KubernetesObjects | null,
  { to, protocol, destinationPort }: Flow,
): readonly Cause[] => {
  if (objects === null) return []
  const services = objects.services.filter(({ clusterAddresses }) => clusterAddresses.includes(to))
  return wrongTargetPorts({
    ...objects,
    services: services.map((service) => ({
      ...service,
      ports: service.ports.filter(
        (one) => one.port === destinationPort && one.protocol === protocolName(protocol).toUpperCase(),
      ),
    })),
  })
}

/** Later packets of a connection are not predicted: what is not as intended where one was lost is the nearest to a cause. */
const suspects = (
  { fabric }: CompiledFabric,
  objects: KubernetesObjects | null,
  at: ReadonlySet<StackId>,
): readonly Cause[] => {
  const nodes = new Set([...at].filter((stack) => stackKind(stack) === 'node'))
  if (nodes.size === 0) return []
  return deviations(fabric, objects, nodes)
    .found.filter(({ stack }) => at.has(stack))
    .map((deviation) => untried(causeOfDeviation(deviation)))
    .slice(0, 8)
}
