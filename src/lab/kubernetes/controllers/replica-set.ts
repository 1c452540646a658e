import { deleteObject } from '../deletion.ts'
import { controllerOf, type Draft, ownerReference } from '../objects/meta.ts'
import { isFinished, isReady, type Pod } from '../objects/pod.ts'
import type { ReplicaSet } from '../objects/workload.ts'
import { safeString } from '../random.ts'
import { pods, replicaSets } from '../resources.ts'
import { type Controller, createAdmitted, keyOf, splitKey, type Surroundings } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

/** Pods made or deleted in one go; the rest follows, as the real controller's slow start. */
const burst = 500

/** Keeps as many pods of each ReplicaSet as it wants. */
export function startReplicaSetController(around: Surroundings): Controller {
  const { store, clock } = around
  const record = around.recorder('replicaset-controller')

  const queue = workQueue((key) => {
    const { namespace, name } = splitKey(key)
    const set = store.find(replicaSets, namespace, name)
    if (set === undefined) return
    const owned = store
      .list(pods, namespace)
      .filter((pod) => controllerOf(pod)?.uid === set.metadata.uid && !isFinished(pod))
    const active = owned.filter((pod) => pod.metadata.deletionTimestamp === undefined)
    const wanted = set.spec.replicas ?? 1
    if (set.metadata.deletionTimestamp === undefined) {
      if (active.length < wanted) create(set, Math.min(wanted - active.length, burst))
      else if (active.length > wanted) remove(set, active, Math.min(active.length - wanted, burst))
      if (Math.abs(wanted - active.length) > burst) queue.add(key)
    }
    report(set)
  }, around.failed)

  const create = (set: ReplicaSet, count: number): void => {
    const { template } = set.spec
    const base = `${set.metadata.name}-`.slice(0, 58)
    // Names in order of creation: placement by the lab's plan then goes by name, too.
    const names = Array.from({ length: count }, () => base + safeString(around.random, 5)).sort()
    for (const name of names) {
      const draft: Draft<Pod> = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name,
          generateName: base,
          namespace: set.metadata.namespace ?? 'default',
          ...(template.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
          ...(template.metadata?.annotations === undefined
            ? {}
            : { annotations: template.metadata.annotations }),
          ownerReferences: [ownerReference(set)],
        },
        spec: template.spec,
      }
      try {
        createAdmitted(around, pods, draft)
        record(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` })
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        record(set, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${why}` })
        return
      }
    }
  }

  const remove = (set: ReplicaSet, active: readonly Pod[], count: number): void => {
    const perNode = new Map<string, number>()
    for (const { spec } of active) {
      perNode.set(spec.nodeName ?? '', (perNode.get(spec.nodeName ?? '') ?? 0) + 1)
    }
    // kubernetes/pkg/controller ActivePodsWithRanks: unassigned, pending, not ready, crowded and young ones first.
    const rank = (pod: Pod): readonly number[] => [
      pod.spec.nodeName === undefined ? 0 : 1,
      pod.status?.phase === 'Running' ? 1 : 0,
      isReady(pod) ? 1 : 0,
      -(perNode.get(pod.spec.nodeName ?? '') ?? 0),
      -Date.parse(pod.metadata.creationTimestamp),
    ]
    const compare = (a: Pod, b: Pod): number => {
      const [left, right] = [rank(a), rank(b)]
      const at = left.findIndex((value, index) => value !== right[index])
      return at < 0 ? (a.metadata.name < b.metadata.name ? 1 : -1) : (left[at] ?? 0) - (right[at] ?? 0)
    }
    for (const pod of [...active].sort(compare).slice(0, count)) {
      deleteObject(store, clock, pods, pod.metadata.namespace, pod.metadata.name, {})
      record(set, {
        type: 'Normal',
        reason: 'SuccessfulDelete',
        message: `Deleted pod: ${pod.metadata.name}`,
      })
    }
  }

  const report = (set: ReplicaSet): void => {
    const owned = store
      .list(pods, set.metadata.namespace)
      .filter(
        (pod) =>
          controllerOf(pod)?.uid === set.metadata.uid &&
          !isFinished(pod) &&
          pod.metadata.deletionTimestamp === undefined,
      )
    const ready = owned.filter(isReady).length
    store.change(replicaSets, set, (current) => ({
      ...current,
      status: {
        replicas: owned.length,
        ...(owned.length > 0 ? { fullyLabeledReplicas: owned.length } : {}),
        ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
        observedGeneration: current.metadata.generation ?? 1,
      },
    }))
  }

  const stops = [
    store.subscribe(replicaSets, ({ object }) => {
      queue.add(keyOf(object))
    }),
    store.subscribe(pods, ({ object }) => {
      const owner = controllerOf(object)
      if (owner?.kind === 'ReplicaSet') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`)
    }),
  ]
  for (const set of store.list(replicaSets)) queue.add(keyOf(set))
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
    },
  }
}
