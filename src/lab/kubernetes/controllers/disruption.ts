import type { PodDisruptionBudget } from '../objects/configuration.ts'
import { controllerOf } from '../objects/meta.ts'
import { isFinished, isReady, type Pod } from '../objects/pod.ts'
import { podDisruptionBudgets, pods, replicaSets } from '../resources.ts'
import { matchesSelector } from '../selector.ts'
import { portion } from './rollout.ts'
import { type Controller, keyOf, splitKey, type Surroundings } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

/** Keeps count of how many pods of each disruption budget may go now. */
export function startDisruptionController(around: Surroundings): Controller {
  const { store } = around
  const queue = workQueue((key) => {
    const { namespace, name } = splitKey(key)
    const budget = store.find(podDisruptionBudgets, namespace, name)
    if (budget === undefined) return
    const chosen = store
      .list(pods, namespace)
      .filter((pod) => !isFinished(pod) && matchesSelector(budget.spec?.selector, pod.metadata.labels))
    store.change(podDisruptionBudgets, budget, (current) => ({
      ...current,
      status: budgetStatus(current, chosen, wantedBy(chosen)),
    }))
  }, around.failed)

  /** Pods that their controllers want in all; a pod without one counts itself. */
  const wantedBy = (chosen: readonly Pod[]): number => {
    const owners = new Map(chosen.map((pod) => [controllerOf(pod)?.uid ?? pod.metadata.uid, pod]))
    return [...owners.values()].reduce((sum, pod) => {
      const owner = controllerOf(pod)
      const set = store.find(replicaSets, pod.metadata.namespace, owner?.name ?? '')
      return sum + (set === undefined ? 1 : (set.spec.replicas ?? 1))
    }, 0)
  }
  const stops = [
    store.subscribe(podDisruptionBudgets, ({ object }) => {
      queue.add(keyOf(object))
    }),
    store.subscribe(pods, ({ object }) => {
      for (const budget of store.list(podDisruptionBudgets, object.metadata.namespace))
        queue.add(keyOf(budget))
    }),
  ]
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
    },
  }
}

function budgetStatus(
  budget: PodDisruptionBudget,
  chosen: readonly Pod[],
  expected: number,
): NonNullable<PodDisruptionBudget['status']> {
  const healthy = chosen.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length
  const { minAvailable, maxUnavailable } = budget.spec ?? {}
  const desired =
    minAvailable !== undefined
      ? portion(minAvailable, expected, true)
      : Math.max(0, expected - portion(maxUnavailable ?? 1, expected, true))
  return {
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: Math.max(0, healthy - desired),
    expectedPods: expected,
    observedGeneration: budget.metadata.generation ?? 1,
  }
}
