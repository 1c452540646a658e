import { type Clock, microTimestamp } from '../clock.ts'
import type { KubeEvent, Namespace, Secret } from '../objects/configuration.ts'
import type { Draft, KubeObject } from '../objects/meta.ts'
import type { Container, Pod, PodSpec } from '../objects/pod.ts'
import type { EndpointSlice, Service } from '../objects/service.ts'
import type { DaemonSet, Deployment, ReplicaSet } from '../objects/workload.ts'
import type { Random } from '../random.ts'
import { namespaces, type Resource, serviceAccounts } from '../resources.ts'
import { notFound, StatusError } from '../status.ts'
import type { Store } from '../store.ts'
import { allocateService } from './allocate-service.ts'
import { withAccountVolume } from './service-account-volume.ts'
import { admitPodSpec, defaultPodSpec, defaultTemplate } from './default-pod.ts'
import { validate } from './validate.ts'

/** What admission needs to see. */
export interface Admission {
  readonly store: Store
  readonly random: Random
  readonly clock: Clock
}

/**
 * What happens to an object between the request and the store: defaults, allocation of addresses and ports,
 * the checks of its namespace, validation. `current` is the version that it replaces.
 */
export function admit<T extends KubeObject>(
  { store, random, clock }: Admission,
  of: Resource<T>,
  draft: Draft<T>,
  current: T | undefined,
): Draft<T> {
  if (current === undefined) checkNamespace(store, of, draft)
  const defaulted = applyDefaults(store, random, clock, of, draft, current)
  validate(of, defaulted, current)
  return defaulted as Draft<T>
}

function checkNamespace(store: Store, of: Resource, { metadata }: Draft<KubeObject>): void {
  if (!of.namespaced) return
  const name = metadata.namespace ?? ''
  const namespace = store.find(namespaces, undefined, name)
  if (namespace === undefined) throw notFound(namespaces, name)
  if (namespace.metadata.deletionTimestamp !== undefined) {
    const what = `${of.plural}${of.group === '' ? '' : `.${of.group}`} "${metadata.name ?? ''}"`
    const why = `unable to create new content in namespace ${name} because it is being terminated`
    throw new StatusError('Forbidden', `${what} is forbidden: ${why}`, {
      name: metadata.name ?? '',
      kind: of.plural,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${name} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    })
  }
}

function applyDefaults(
  store: Store,
  random: Random,
  clock: Clock,
  of: Resource,
  draft: Draft<KubeObject>,
  current: KubeObject | undefined,
): Draft<KubeObject> {
  switch (of.kind) {
    case 'Pod':
      return defaultPod(store, draft as Draft<Pod>, current as Pod | undefined)
    case 'Deployment': {
      const deployment = draft as Draft<Deployment>
      const { spec } = deployment
      if (spec?.template === undefined) return draft
      const type = spec.strategy?.type ?? 'RollingUpdate'
      const rolling = spec.strategy?.rollingUpdate
      const out: Draft<Deployment> = {
        ...deployment,
        spec: {
          ...spec,
          replicas: spec.replicas ?? 1,
          template: templateOf(spec.template),
          strategy:
            type === 'RollingUpdate'
              ? {
                  type,
                  rollingUpdate: {
                    maxUnavailable: rolling?.maxUnavailable ?? '25%',
                    maxSurge: rolling?.maxSurge ?? '25%',
                  },
                }
              : { type },
          revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
          progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
        },
      }
      return out
    }
    case 'ReplicaSet': {
      const { spec, ...rest } = draft as Draft<ReplicaSet>
      if (spec?.template === undefined) return draft
      const template = templateOf(spec.template)
      const set: Draft<ReplicaSet> = { ...rest, spec: { ...spec, replicas: spec.replicas ?? 1, template } }
      return set
    }
    case 'DaemonSet': {
      const { spec, ...rest } = draft as Draft<DaemonSet>
      if (spec?.template === undefined) return draft
      const type = spec.updateStrategy?.type ?? 'RollingUpdate'
      const set: Draft<DaemonSet> = {
        ...rest,
        spec: {
          ...spec,
          template: templateOf(spec.template),
          updateStrategy:
            type === 'RollingUpdate'
              ? {
                  type,
                  rollingUpdate: { maxSurge: 0, maxUnavailable: 1, ...spec.updateStrategy?.rollingUpdate },
                }
              : { type },
          revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
        },
      }
      return set
    }
    case 'Service': {
      const service = draft as Draft<Service>
      if (service.spec === undefined) return draft
      const allocated = allocateService(store, random, service as Service, current as Service | undefined)
      const status = (current as Service | undefined)?.status ?? { loadBalancer: {} }
      return { ...allocated, status } as Draft<Service>
    }
    case 'Namespace': {
      const namespace = draft as Draft<Namespace>
      const { metadata } = namespace
      const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name ?? '' }
      const out: Draft<Namespace> = {
        ...namespace,
        metadata: { ...metadata, labels },
        spec: { finalizers: ['kubernetes'], ...namespace.spec },
        status: namespace.status ?? { phase: 'Active' },
      }
      return out
    }
    case 'Secret': {
      const { stringData, ...secret } = draft as Draft<Secret>
      const added = Object.entries(stringData ?? {}).map(([key, text]) => [
        key,
        Buffer.from(text).toString('base64'),
      ])
      const data = { ...secret.data, ...Object.fromEntries(added) }
      return {
        ...secret,
        ...(Object.keys(data).length > 0 ? { data } : {}),
        type: secret.type ?? 'Opaque',
      } as Draft<Secret>
    }
    case 'EndpointSlice': {
      const slice = draft as Draft<EndpointSlice>
      return { ...slice, endpoints: slice.endpoints ?? [] } as Draft<EndpointSlice>
    }
    case 'Event': {
      const event = draft as Draft<KubeEvent>
      return {
        ...event,
        firstTimestamp: event.firstTimestamp ?? null,
        lastTimestamp: event.lastTimestamp ?? null,
        eventTime:
          event.eventTime ?? (event.firstTimestamp === undefined ? microTimestamp(clock.now()) : null),
      } as Draft<KubeEvent>
    }
    default:
      return draft
  }
}

/** A template without a spec is left for validation to name. */
const templateOf = (template: Deployment['spec']['template']): Deployment['spec']['template'] =>
  (template.spec as PodSpec | undefined) === undefined ? template : defaultTemplate(template)

function defaultPod(store: Store, pod: Draft<Pod>, current: Pod | undefined): Draft<Pod> {
  if ((pod.spec as PodSpec | undefined) === undefined) return pod
  const spec = defaultPodSpec(pod.spec)
  if (current !== undefined) return { ...pod, spec }
  const account = spec.serviceAccountName ?? 'default'
  const found = store.find(serviceAccounts, pod.metadata.namespace, account)
  const name = pod.metadata.name ?? pod.metadata.generateName ?? ''
  if (found === undefined) {
    throw new StatusError(
      'Forbidden',
      `pods "${name}" is forbidden: error looking up service account ${pod.metadata.namespace ?? ''}/${account}: serviceaccount "${account}" not found`,
      { name, kind: 'pods' },
    )
  }
  const admitted = admitPodSpec(spec)
  const automount = spec.automountServiceAccountToken ?? found.automountServiceAccountToken ?? true
  return {
    ...pod,
    spec: automount
      ? withAccountVolume(admitted, `${pod.metadata.namespace ?? ''}/${name}/${store.revision}`)
      : admitted,
    status: { phase: 'Pending', qosClass: qosClass(spec.containers) },
  }
}

/** Guaranteed, Burstable or BestEffort: how a pod's requests and limits stand to each other. */
function qosClass(containers: readonly Container[]): string {
  const all = containers.map(({ resources }) => resources ?? {})
  if (all.every(({ requests, limits }) => requests === undefined && limits === undefined)) return 'BestEffort'
  const guaranteed = all.every(({ requests, limits }) =>
    ['cpu', 'memory'].every(
      (name) => limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name],
    ),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
