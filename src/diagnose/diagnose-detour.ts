/** A flow that arrives, but not as it should: by another path, or with another address than intended. */
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import { applyEdits } from '../forward/edit/apply-edits.ts'
import { predict, type Flow, type Prediction } from '../forward/walk/predict.ts'
import type { Deviation } from '../model/diagnosis/deviation.ts'
import type { Cause, Diagnosis } from '../model/diagnosis/diagnosis.ts'
import type { KubernetesObjects } from '../model/fabric/kubernetes.ts'
import { stackKind, type StackId } from '../model/stack/stack-id.ts'
import { causeOfDeviation } from './causes/candidates.ts'
import { isDelivered } from './causes/trial.ts'
import { deviations, type Deviations } from './deviations/deviations.ts'
import { pathText } from './effect/effect-of.ts'

/** Null: it is not delivered, or goes as intended. */
export function diagnoseDetour(
  compiled: CompiledFabric,
  objects: KubernetesObjects | null,
  flow: Flow,
): Diagnosis | null {
  const prediction = predict(compiled, flow)
  if (!prediction.paths.every(isDelivered)) return null
  const nodes = new Set([...stacksOf(prediction)].filter((stack) => stackKind(stack) === 'node'))
  return detoursOf(compiled, deviations(compiled.fabric, objects, nodes))(flow, prediction)
}

/**
 * The same for many flows of one fabric: what differs from intention is known, and each edit is made once.
 * @param seen the deviations of every node that the flows go by
 */
export function detoursOf(
  compiled: CompiledFabric,
  seen: Deviations,
): (flow: Flow, prediction: Prediction) => Diagnosis | null {
  const misleading = seen.found.filter(({ edits }) => edits.length > 0)
  const made = new Map<string, CompiledFabric>()
  const without = (some: readonly Deviation[]): CompiledFabric => {
    const key = some.map((one) => misleading.indexOf(one)).join()
    const known = made.get(key)
    if (known !== undefined) return known
    const edited = applyEdits(
      compiled,
      some.flatMap(({ edits }) => edits),
    )
    made.set(key, edited)
    return edited
  }
  return (flow, prediction) => {
    if (misleading.length === 0 || !prediction.paths.every(isDelivered)) return null
    const visited = stacksOf(prediction)
    const found = misleading.filter(({ stack }) => visited.has(stack))
    const was = pathText(prediction)
    const leads = (some: readonly Deviation[]): Prediction | null => {
      const after = predict(without(some), flow)
      return after.paths.every(isDelivered) && pathText(after) !== was ? after : null
    }
    // Most of what differs has nothing to do with the flow.
    if (found.length === 0 || leads(found) === null) return null
    const causes = found.flatMap((deviation): readonly Cause[] => {
      const after = leads([deviation])
      return after === null ? [] : [{ ...causeOfDeviation(deviation), proof: after.paths[0]?.path() ?? null }]
    })
    const [first] = causes
    if (first === undefined) return null
    return {
      symptom: {
        direction: 'forward',
        verdict: 'misled',
        at: first.at,
        by: first.by,
        effect: 'delivered by another way, or with another address, than intended',
        share: 1,
      },
      causes,
      ruledOut: found
        .filter((one) => !causes.some(isOf(one)))
        .map(({ stack, line, expected }) => `${stack}: ${line ?? expected ?? ''}`),
      tried: found.length,
      notRead: seen.notJudged,
    }
  }
}

const isOf =
  ({ stack, edits }: Deviation) =>
  (cause: Cause): boolean =>
    cause.at === stack && cause.edits === edits

const stacksOf = ({ paths }: Prediction): ReadonlySet<StackId> =>
  new Set(
    paths.flatMap((predicted) => {
      const { forward, reply } = predicted.path()
      return [...forward, ...reply].map(({ stack }) => stack)
    }),
  )
