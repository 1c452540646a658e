import { isDeepStrictEqual } from 'node:util'
import { deleteObject } from '../deletion.ts'
import { timestamp } from '../clock.ts'
import { type Condition, controllerOf, type Labels, ownerReference } from '../objects/meta.ts'
import type { PodTemplate } from '../objects/pod.ts'
import type { Deployment, ReplicaSet } from '../objects/workload.ts'
import { podTemplateHash } from '../random.ts'
import { deployments, replicaSets } from '../resources.ts'
import { planRollout, portion, revisionOf } from './rollout.ts'
import { type Controller, createAdmitted, keyOf, splitKey, type Surroundings } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

const hashLabel = 'pod-template-hash'
const revisionKey = 'deployment.kubernetes.io/revision'
/** Annotations of a Deployment that its ReplicaSets do not get. */
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionKey,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
])

/** Rolls each Deployment's template out through its ReplicaSets. */
export function startDeploymentController(around: Surroundings): Controller {
  const { store, clock } = around
  const record = around.recorder('deployment-controller')

  const ownedSets = (deployment: Deployment): readonly ReplicaSet[] =>
    store
      .list(replicaSets, deployment.metadata.namespace)
      .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid)

  const queue = workQueue((key) => {
    const { namespace, name } = splitKey(key)
    const deployment = store.find(deployments, namespace, name)
    if (deployment === undefined) return
    if (deployment.metadata.deletionTimestamp === undefined) {
      const { current, old } = findOrCreateSet(deployment)
      if (current !== undefined) {
        const plan = planRollout(deployment, current, old)
        for (const { set, replicas } of plan) scale(deployment, set, replicas)
        forgetOld(deployment)
      }
    }
    report(deployment)
  }, around.failed)

  const findOrCreateSet = (
    deployment: Deployment,
  ): { current: ReplicaSet | undefined; old: readonly ReplicaSet[] } => {
    const sets = ownedSets(deployment)
    const found = sets.find((set) => sameTemplate(set.spec.template, deployment.spec.template))
    const old = sets.filter((set) => set !== found)
    const revision = Math.max(0, ...old.map(revisionOf)) + 1
    if (found !== undefined) {
      const kept = Math.max(revisionOf(found), revision)
      const current = store.change(replicaSets, found, (set) => annotate(set, deployment, kept)) ?? found
      setRevision(deployment, kept)
      return { current, old }
    }
    if (deployment.spec.paused === true) return { current: undefined, old }
    const hash = podTemplateHash(JSON.stringify([deployment.metadata.name, deployment.spec.template]))
    const labels = { ...deployment.spec.template.metadata?.labels, [hashLabel]: hash }
    const { selector, template, minReadySeconds } = deployment.spec
    const current = createAdmitted(around, replicaSets, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace ?? 'default',
        labels,
        annotations: { ...inherited(deployment), ...sizes(deployment), [revisionKey]: String(revision) },
        ownerReferences: [ownerReference(deployment)],
      },
      spec: {
        replicas: 0,
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    })
    setRevision(deployment, revision)
    return { current, old }
  }

  const setRevision = (deployment: Deployment, revision: number): void => {
    store.change(deployments, deployment, (current) =>
      current.metadata.annotations?.[revisionKey] === String(revision)
        ? current
        : {
            ...current,
            metadata: {
              ...current.metadata,
              annotations: { ...current.metadata.annotations, [revisionKey]: String(revision) },
            },
          },
    )
  }

  const scale = (deployment: Deployment, set: ReplicaSet, replicas: number): void => {
    const before = set.spec.replicas ?? 0
    if (before === replicas) return
    store.change(replicaSets, set, (current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        annotations: { ...current.metadata.annotations, ...sizes(deployment) },
      },
      spec: { ...current.spec, replicas },
    }))
    const direction = replicas > before ? 'up' : 'down'
    record(deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled ${direction} replica set ${set.metadata.name} from ${String(before)} to ${String(replicas)}`,
    })
  }

  const forgetOld = (deployment: Deployment): void => {
    const limit = deployment.spec.revisionHistoryLimit ?? 10
    const empty = ownedSets(deployment)
      .filter(
        (set) =>
          !sameTemplate(set.spec.template, deployment.spec.template) &&
          set.spec.replicas === 0 &&
          (set.status?.replicas ?? 0) === 0,
      )
      .sort((a, b) => revisionOf(b) - revisionOf(a))
    for (const set of empty.slice(limit)) {
      deleteObject(store, clock, replicaSets, set.metadata.namespace, set.metadata.name, {})
    }
  }

  const report = (deployment: Deployment): void => {
    store.change(deployments, deployment, (current) => ({
      ...current,
      status: statusOf(current, ownedSets(current), timestamp(clock.now())),
    }))
  }

  const stops = [
    store.subscribe(deployments, ({ object }) => {
      queue.add(keyOf(object))
    }),
    store.subscribe(replicaSets, ({ object }) => {
      const owner = controllerOf(object)
      if (owner?.kind === 'Deployment') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`)
    }),
  ]
  for (const deployment of store.list(deployments)) queue.add(keyOf(deployment))
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
    },
  }
}

/** A ReplicaSet's template is its Deployment's, but for the hash label. */
function sameTemplate(ofSet: PodTemplate, wanted: PodTemplate): boolean {
  const { [hashLabel]: _hash, ...labels } = ofSet.metadata?.labels ?? {}
  const plain = (template: PodTemplate, of: Labels): unknown => [
    of,
    template.metadata?.annotations ?? {},
    template.spec,
  ]
  return isDeepStrictEqual(plain(ofSet, labels), plain(wanted, wanted.metadata?.labels ?? {}))
}

const inherited = ({ metadata }: Deployment): Labels =>
  Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key)))

function sizes({ spec }: Deployment): Labels {
  const wanted = spec.replicas ?? 1
  const surge =
    spec.strategy?.type === 'Recreate' ? 0 : portion(spec.strategy?.rollingUpdate?.maxSurge, wanted, true)
  return {
    'deployment.kubernetes.io/desired-replicas': String(wanted),
    'deployment.kubernetes.io/max-replicas': String(wanted + surge),
  }
}

const annotate = (set: ReplicaSet, deployment: Deployment, revision: number): ReplicaSet => {
  const annotations = { ...inherited(deployment), ...sizes(deployment), [revisionKey]: String(revision) }
  return isDeepStrictEqual(set.metadata.annotations, annotations)
    ? set
    : { ...set, metadata: { ...set.metadata, annotations } }
}

function statusOf(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  now: string,
): NonNullable<Deployment['status']> {
  const sum = (of: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
    of.reduce((total, set) => total + count(set), 0)
  const current = sets.filter((set) => sameTemplate(set.spec.template, deployment.spec.template))
  const wanted = deployment.spec.replicas ?? 1
  const replicas = sum(sets, (set) => set.status?.replicas ?? 0)
  const updated = sum(current, (set) => set.status?.replicas ?? 0)
  const available = sum(sets, (set) => set.status?.availableReplicas ?? 0)
  const unavailable = Math.max(
    0,
    Math.max(
      wanted,
      sum(sets, (set) => set.spec.replicas ?? 0),
    ) - available,
  )
  const most = portion(deployment.spec.strategy?.rollingUpdate?.maxUnavailable, wanted, false)
  const enough = available >= wanted - (deployment.spec.strategy?.type === 'Recreate' ? 0 : most)
  const complete = updated === wanted && replicas === wanted && available >= wanted
  const [newest] = current
  const name = newest?.metadata.name ?? ''
  const progressing: Omit<Condition, 'lastTransitionTime'> = {
    type: 'Progressing',
    status: 'True',
    ...(complete
      ? { reason: 'NewReplicaSetAvailable', message: `ReplicaSet "${name}" has successfully progressed.` }
      : replicas === 0
        ? { reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` }
        : { reason: 'ReplicaSetUpdated', message: `ReplicaSet "${name}" is progressing.` }),
  }
  const availability: Omit<Condition, 'lastTransitionTime'> = {
    type: 'Available',
    status: enough ? 'True' : 'False',
    ...(enough
      ? { reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
      : { reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' }),
  }
  const before = deployment.status?.conditions ?? []
  const dated = (condition: Omit<Condition, 'lastTransitionTime'>): Condition => {
    const old = before.find(({ type }) => type === condition.type)
    const same = old?.status === condition.status && old.reason === condition.reason
    return {
      ...condition,
      lastUpdateTime: same ? (old.lastUpdateTime ?? now) : now,
      lastTransitionTime: old?.status === condition.status ? (old.lastTransitionTime ?? now) : now,
    }
  }
  const order = enough ? [availability, progressing] : [progressing, availability]
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(replicas > 0 ? { replicas } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    ...(available > 0
      ? { readyReplicas: sum(sets, (set) => set.status?.readyReplicas ?? 0), availableReplicas: available }
      : {}),
    ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
    conditions: order.map(dated),
  }
}
