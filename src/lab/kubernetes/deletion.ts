import { type Clock, timestamp } from './clock.ts'
import { isJsonObject, type JsonObject, type KubeObject } from './objects/meta.ts'
import { isFinished, type Pod } from './objects/pod.ts'
import { type Resource } from './resources.ts'
import { conflict, StatusError } from './status.ts'
import type { Store } from './store.ts'

/** metav1.DeleteOptions, from the body or the query. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

/** plugin/pkg/admission/namespace/lifecycle of the API server. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

/** Reads the options of a request; what has another shape is left out. */
export function parseDeleteOptions(body: JsonObject, query: URLSearchParams): DeleteOptions {
  const grace = body['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds')
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy')
  const orphans = body['orphanDependents'] ?? query.get('orphanDependents')
  const conditions = body['preconditions']
  const uid = isJsonObject(conditions) ? conditions['uid'] : undefined
  const version = isJsonObject(conditions) ? conditions['resourceVersion'] : undefined
  const chosen =
    policy === 'Orphan' || policy === 'Background' || policy === 'Foreground'
      ? policy
      : orphans === true || orphans === 'true'
        ? 'Orphan'
        : undefined
  return {
    ...(grace === null || grace === undefined || !Number.isFinite(Number(grace))
      ? {}
      : { gracePeriodSeconds: Math.max(0, Number(grace)) }),
    ...(chosen === undefined ? {} : { propagationPolicy: chosen }),
    preconditions: {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof version === 'string' ? { resourceVersion: version } : {}),
    },
  }
}

/**
 * Deletes as the API server does: at once where nothing holds the object; otherwise it gets a deletionTimestamp,
 * and goes when its finalizers are gone (foreground, orphan, namespaces) or the kubelet has ended it (pods).
 * Returns the object that is on its way out, or undefined when it is gone.
 */
export function deleteObject<T extends KubeObject>(
  store: Store,
  clock: Clock,
  of: Resource<T>,
  namespace: string | undefined,
  name: string,
  options: DeleteOptions,
): { readonly deleted: T; readonly gone: boolean } {
  const current = store.get(of, namespace, name)
  if (of.kind === 'Namespace' && immortal.has(name))
    throw new StatusError(
      'Forbidden',
      `namespaces ${JSON.stringify(name)} is forbidden: this namespace may not be deleted`,
      { name, kind: 'namespaces' },
    )
  const { uid, resourceVersion } = options.preconditions ?? {}
  if (uid !== undefined && uid !== current.metadata.uid) {
    throw conflict(
      of,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(
      of,
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${current.metadata.resourceVersion}`,
    )
  }
  const finalizers = [...(current.metadata.finalizers ?? []), ...policyFinalizer(options.propagationPolicy)]
  const grace = graceOf(of, current, options)
  const held = finalizers.length > 0 || grace > 0 || of.kind === 'Namespace'
  if (!held) {
    store.remove(of, current)
    return { deleted: current, gone: true }
  }
  const before = current.metadata.deletionGracePeriodSeconds
  // A grace period may be cut short by asking again, never made longer.
  const seconds = before === undefined ? grace : Math.min(before, grace)
  const deleted = store.update(of, namespace, name, (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      ...(finalizers.length > 0 ? { finalizers: [...new Set(finalizers)] } : {}),
      deletionTimestamp:
        object.metadata.deletionTimestamp !== undefined && seconds === before
          ? object.metadata.deletionTimestamp
          : timestamp(clock.now() + seconds * 1000),
      deletionGracePeriodSeconds: seconds,
    },
    ...(of.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {}),
  }))
  return { deleted, gone: false }
}

function policyFinalizer(policy: DeleteOptions['propagationPolicy']): readonly string[] {
  switch (policy) {
    case 'Foreground':
      return ['foregroundDeletion']
    case 'Orphan':
      return ['orphan']
    case 'Background':
    case undefined:
      return []
  }
}

/** Seconds that a pod has to end; nothing else has any. A pod on no node, or one that has ended, needs none. */
function graceOf(of: Resource, object: KubeObject, options: DeleteOptions): number {
  if (of.kind !== 'Pod') return 0
  const pod = object as Pod
  if (pod.spec.nodeName === undefined || pod.spec.nodeName === '' || isFinished(pod)) return 0
  return options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30
}
