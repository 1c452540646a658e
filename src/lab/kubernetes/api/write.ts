import { isDeepStrictEqual } from 'node:util'
import { type Admission, admit } from '../admission/admit.ts'
import { timestamp } from '../clock.ts'
import type { Draft, Json, JsonObject, KubeObject } from '../objects/meta.ts'
import { isJsonObject } from '../objects/meta.ts'
import type { Pod } from '../objects/pod.ts'
import { apiVersionOf, type Resource, type Subresource } from '../resources.ts'
import { readObject } from '../schema/read-object.ts'
import { message } from '../schema/schema.ts'
import { badRequest, StatusError } from '../status.ts'
import { jsonPatch } from './patch/json-patch.ts'
import { mergePatch } from './patch/merge-patch.ts'
import { strategicMerge } from './patch/strategic-merge.ts'

/** How a request wants its object written. */
export interface WriteOptions {
  readonly dryRun: boolean
  readonly validation: 'Strict' | 'Warn' | 'Ignore'
  readonly fieldManager: string
  readonly force: boolean
}

export interface Written {
  readonly object: KubeObject
  readonly warnings: readonly string[]
}

/** Which of an object's parts a request may change. */
type Part = 'main' | 'status' | 'ephemeralcontainers' | 'finalize'

/** Checks a body against the kind's fields; what it does not know is an error, a warning or nothing, as asked. */
export function decode(
  of: Resource,
  body: Json,
  options: WriteOptions,
): { draft: Draft<KubeObject>; warnings: string[] } {
  if (!isJsonObject(body))
    throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal into Go value`)
  const { apiVersion, kind } = body
  if (
    (kind !== undefined && kind !== of.kind) ||
    (apiVersion !== undefined && apiVersion !== apiVersionOf(of))
  ) {
    throw badRequest(
      `${of.kind} in version "${of.version}" cannot be handled as a ${of.kind}: no kind "${String(kind).slice(0, 60)}" is registered for version "${String(apiVersion).slice(0, 60)}"`,
    )
  }
  const { object, strict } = readObject(of.message, body)
  if (strict.length > 0 && options.validation === 'Strict') {
    throw badRequest(
      `${of.kind} in version "${of.version}" cannot be handled as a ${of.kind}: strict decoding error: ${strict.join(', ')}`,
    )
  }
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
  return {
    draft: { ...object, apiVersion: apiVersionOf(of), kind: of.kind, metadata } as Draft<KubeObject>,
    warnings: options.validation === 'Warn' ? [...strict] : [],
  }
}

/** POST: a new object. What the server decides (uid, version, times, status) is not taken from the client. */
export function createObject(
  admission: Admission,
  of: Resource,
  namespace: string | undefined,
  body: Json,
  options: WriteOptions,
): Written {
  const { draft, warnings } = decode(of, body, options)
  const metadata = clientMetadata(of, draft, namespace)
  const { status, ...withoutStatus } = { ...draft, metadata } as Draft<KubeObject> & { status?: Json }
  const fresh =
    of.subresources.includes('status') || status === undefined ? withoutStatus : { ...withoutStatus, status }
  const admitted = admit(admission, of, fresh, undefined)
  if (!options.dryRun) return { object: admission.store.create(of, admitted), warnings }
  const name = admitted.metadata.name ?? `${admitted.metadata.generateName ?? ''}xxxxx`
  const creationTimestamp = timestamp(admission.clock.now())
  const uid = '00000000-0000-4000-8000-000000000000'
  const object = {
    ...admitted,
    metadata: { ...admitted.metadata, name, uid, resourceVersion: '', creationTimestamp },
  }
  return { object: object as KubeObject, warnings }
}

function clientMetadata(
  of: Resource,
  draft: Draft<KubeObject>,
  namespace: string | undefined,
): Draft<KubeObject>['metadata'] {
  const {
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    resourceVersion,
    managedFields: _managed,
    ...kept
  } = draft.metadata
  if (resourceVersion !== undefined && resourceVersion !== '') {
    throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created')
  }
  if (
    kept.namespace !== undefined &&
    kept.namespace !== '' &&
    namespace !== undefined &&
    kept.namespace !== namespace
  ) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
  }
  if (!of.namespaced) {
    const { namespace: _namespace, ...clusterWide } = kept
    return clusterWide
  }
  return { ...kept, namespace: namespace ?? 'default' }
}

/** PUT: the object as a whole, or the part of it that the subresource is. */
export function replaceObject(
  admission: Admission,
  of: Resource,
  namespace: string | undefined,
  name: string,
  subresource: Subresource | undefined,
  body: Json,
  options: WriteOptions,
): Written {
  const { draft, warnings } = decode(of, body, options)
  if (draft.metadata.name !== undefined && draft.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${draft.metadata.name}) does not match the name on the URL (${name})`,
    )
  }
  const current = admission.store.get(of, namespace, name)
  if (draft.metadata.uid !== undefined && draft.metadata.uid !== current.metadata.uid) {
    throw new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on ${of.plural} "${name}": StorageError: invalid object, Code: 4, UID in precondition: ${draft.metadata.uid}, UID in object meta: ${current.metadata.uid}`,
    )
  }
  const expected = draft.metadata.resourceVersion
  return {
    object: write(admission, of, current, draft as KubeObject, partOf(subresource), options, expected),
    warnings,
  }
}

const partOf = (subresource: Subresource | undefined): Part => {
  switch (subresource) {
    case 'status':
    case 'ephemeralcontainers':
    case 'finalize':
      return subresource
    default:
      return 'main'
  }
}

/** PATCH with one of the three merge types; server-side apply has a file of its own. */
export function patchObject(
  admission: Admission,
  of: Resource,
  namespace: string | undefined,
  name: string,
  subresource: Subresource | undefined,
  type: string,
  patch: Json,
  options: WriteOptions,
): Written {
  const current = admission.store.get(of, namespace, name)
  const patched = applyPatch(of, type, current as unknown as JsonObject, patch)
  const { draft, warnings } = decode(of, patched, options)
  const given =
    isJsonObject(patch) && isJsonObject(patch['metadata']) ? patch['metadata']['resourceVersion'] : undefined
  const expected = typeof given === 'string' ? given : undefined
  return {
    object: write(admission, of, current, draft as KubeObject, partOf(subresource), options, expected),
    warnings,
  }
}

export function applyPatch(
  of: Pick<Resource, 'message'>,
  type: string,
  current: JsonObject,
  patch: Json,
): Json {
  switch (type) {
    case 'application/json-patch+json':
      return jsonPatch(current, patch)
    case 'application/merge-patch+json':
      return mergePatch(current, patch)
    case 'application/strategic-merge-patch+json':
      return strategicMerge(current, patch, message(of.message))
    default:
      throw new StatusError(
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml`,
      )
  }
}

/** Puts the wanted object in place of the current one, as far as the part reaches. */
export function write(
  admission: Admission,
  of: Resource,
  current: KubeObject,
  wanted: KubeObject,
  part: Part,
  options: Pick<WriteOptions, 'dryRun'>,
  expected: string | undefined,
): KubeObject {
  const { namespace, name } = current.metadata
  const next = (now: KubeObject): KubeObject => {
    const merged = partial(of, now, wanted, part)
    const admitted = part === 'status' ? merged : admit(admission, of, merged, now)
    return withoutAbsent(admitted as KubeObject)
  }
  if (options.dryRun) {
    const object = next(current)
    return isDeepStrictEqual(object, current) ? current : object
  }
  return admission.store.update(of, namespace, name, next, expected)
}

/** The current object with the wanted part in it. */
function partial(of: Resource, now: KubeObject, wanted: KubeObject, part: Part): KubeObject {
  switch (part) {
    case 'status':
      return { ...now, status: statusOf(wanted) } as KubeObject
    case 'ephemeralcontainers': {
      const { ephemeralContainers = [] } = (wanted as Pod).spec
      const pod = now as Pod
      return { ...pod, spec: { ...pod.spec, ephemeralContainers } } as Pod
    }
    case 'finalize':
      return { ...now, spec: (wanted as { readonly spec?: unknown }).spec } as KubeObject
    case 'main':
      return mainOf(of, now, wanted)
  }
}

const statusOf = (object: KubeObject): unknown => (object as { readonly status?: unknown }).status

/** Everything but the status and the metadata that only the server sets. */
function mainOf(of: Resource, now: KubeObject, wanted: KubeObject): KubeObject {
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = now.metadata
  const {
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...rest
  } = wanted.metadata
  const metadata = {
    ...rest,
    name: now.metadata.name,
    ...(now.metadata.namespace === undefined ? {} : { namespace: now.metadata.namespace }),
    uid: now.metadata.uid,
    creationTimestamp: now.metadata.creationTimestamp,
    resourceVersion: now.metadata.resourceVersion,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
    ...(generation === undefined ? {} : { generation }),
  }
  return of.subresources.includes('status')
    ? ({ ...wanted, metadata, status: statusOf(now) } as KubeObject)
    : { ...wanted, metadata }
}

const withoutAbsent = (object: KubeObject): KubeObject =>
  Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as unknown as KubeObject
