import { deleteObject } from '../deletion.ts'
import { controllerOf, type Draft, ownerReference } from '../objects/meta.ts'
import type { Node } from '../objects/node.ts'
import { isFinished, isReady, type Pod, type Toleration } from '../objects/pod.ts'
import type { DaemonSet } from '../objects/workload.ts'
import { podTemplateHash, safeString } from '../random.ts'
import { daemonSets, nodes, pods } from '../resources.ts'
import { matchesNode, untolerated } from './node-fit.ts'
import { portion } from './rollout.ts'
import { type Controller, createAdmitted, keyOf, splitKey, type Surroundings } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

const hashLabel = 'controller-revision-hash'
const generationLabel = 'pod-template-generation'

/** Taints that a DaemonSet's pods bear because the controller says so (pkg/controller/daemon/util). */
const always: readonly Toleration[] = [
  ...['not-ready', 'unreachable'].map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: 'NoExecute',
  })),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
]
const onHostNetwork: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
}

/** Keeps one pod of each DaemonSet on every node that it fits. */
export function startDaemonSetController(around: Surroundings): Controller {
  const { store, clock } = around
  const record = around.recorder('daemonset-controller')

  const queue = workQueue((key) => {
    const { namespace, name } = splitKey(key)
    const set = store.find(daemonSets, namespace, name)
    if (set === undefined) return
    if (set.metadata.deletionTimestamp === undefined) reconcile(set)
    report(set)
  }, around.failed)

  const owned = (set: DaemonSet): readonly Pod[] =>
    store.list(pods, set.metadata.namespace).filter((pod) => controllerOf(pod)?.uid === set.metadata.uid)

  const reconcile = (set: DaemonSet): void => {
    const hash = hashOf(set)
    const byNode = new Map<string, Pod[]>()
    for (const pod of owned(set)) {
      const node = targetOf(pod)
      byNode.set(node, [...(byNode.get(node) ?? []), pod])
    }
    let outOfOrder = 0
    const stale: Pod[] = []
    for (const node of store.list(nodes)) {
      const there = byNode.get(node.metadata.name) ?? []
      byNode.delete(node.metadata.name)
      if (!wants(set, node)) {
        for (const pod of there) remove(set, pod)
        continue
      }
      for (const pod of there.filter(isFinished)) remove(set, pod)
      const active = there.filter((pod) => !isFinished(pod))
      const [first, ...extra] = active.filter((pod) => pod.metadata.deletionTimestamp === undefined)
      for (const pod of extra) remove(set, pod)
      if (active.length === 0) {
        create(set, node, hash)
        outOfOrder++
      } else if (first === undefined || !isReady(first)) outOfOrder++
      if (first !== undefined && first.metadata.labels?.[hashLabel] !== hash) stale.push(first)
    }
    for (const pods of byNode.values()) for (const pod of pods) remove(set, pod)
    if (set.spec.updateStrategy?.type === 'OnDelete') return
    const wanted = store.list(nodes).filter((node) => wants(set, node)).length
    const most = Math.max(
      1,
      portion(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted, true),
    )
    // A pod of the old template that is not ready is replaced at once: nothing is lost by it.
    const broken = stale.filter((pod) => !isReady(pod))
    const healthy = stale.filter(isReady).slice(0, Math.max(0, most - outOfOrder))
    for (const pod of [...broken, ...healthy]) remove(set, pod)
  }

  const create = (set: DaemonSet, node: Node, hash: string): void => {
    const { template } = set.spec
    const name = `${set.metadata.name}-${safeString(around.random, 5)}`
    const draft: Draft<Pod> = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        generateName: `${set.metadata.name}-`,
        namespace: set.metadata.namespace ?? 'default',
        labels: {
          ...template.metadata?.labels,
          [hashLabel]: hash,
          [generationLabel]: String(set.metadata.generation ?? 1),
        },
        ...(template.metadata?.annotations === undefined
          ? {}
          : { annotations: template.metadata.annotations }),
        ownerReferences: [ownerReference(set)],
      },
      spec: {
        ...template.spec,
        affinity: {
          ...template.spec.affinity,
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node.metadata.name] }] },
              ],
            },
          },
        },
        tolerations: tolerationsOf(set),
      },
    }
    createAdmitted(around, pods, draft)
    record(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` })
  }

  const remove = (set: DaemonSet, pod: Pod): void => {
    if (pod.metadata.deletionTimestamp !== undefined) return
    deleteObject(store, clock, pods, pod.metadata.namespace, pod.metadata.name, {})
    record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` })
  }

  const report = (set: DaemonSet): void => {
    const hash = hashOf(set)
    const wanting = store.list(nodes).filter((node) => wants(set, node))
    const placed = owned(set).filter((pod) => pod.spec.nodeName !== undefined)
    const first = wanting.flatMap(
      (node) => placed.find((pod) => pod.spec.nodeName === node.metadata.name) ?? [],
    )
    const ready = first.filter(isReady).length
    const updated = first.filter((pod) => pod.metadata.labels?.[hashLabel] === hash).length
    const misplaced = placed.filter(
      (pod) => !wanting.some((node) => node.metadata.name === pod.spec.nodeName),
    )
    store.change(daemonSets, set, (current) => ({
      ...current,
      status: {
        currentNumberScheduled: first.length,
        numberMisscheduled: misplaced.length,
        desiredNumberScheduled: wanting.length,
        numberReady: ready,
        observedGeneration: current.metadata.generation ?? 1,
        ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
        ...(ready > 0 ? { numberAvailable: ready } : {}),
        ...(wanting.length > ready ? { numberUnavailable: wanting.length - ready } : {}),
      },
    }))
  }

  const all = (): void => {
    for (const set of store.list(daemonSets)) queue.add(keyOf(set))
  }
  const stops = [
    store.subscribe(daemonSets, ({ object }) => {
      queue.add(keyOf(object))
    }),
    store.subscribe(nodes, all),
    store.subscribe(pods, ({ object }) => {
      const owner = controllerOf(object)
      if (owner?.kind === 'DaemonSet') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`)
    }),
  ]
  all()
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
    },
  }
}

const hashOf = (set: DaemonSet): string =>
  podTemplateHash(JSON.stringify([set.metadata.name, set.spec.template]))

const tolerationsOf = ({ spec }: DaemonSet): readonly Toleration[] => [
  ...(spec.template.spec.tolerations ?? []),
  ...always,
  ...(spec.template.spec.hostNetwork === true ? [onHostNetwork] : []),
]

/** The node that a DaemonSet's pod is for, bound or not yet. */
const targetOf = ({ spec }: Pod): string =>
  spec.nodeName ??
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.[0]
    ?.matchFields?.[0]?.values?.[0] ??
  ''

function wants(set: DaemonSet, node: Node): boolean {
  const template = set.spec.template
  const pod = { spec: { ...template.spec, tolerations: tolerationsOf(set) } } as unknown as Pod
  return matchesNode(pod, node) && untolerated(pod, node) === undefined
}
