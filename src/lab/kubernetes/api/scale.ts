import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
  type LabelSelector,
} from '../objects/meta.ts'
import { readObject } from '../schema/read-object.ts'
import { printSelector } from '../selector.ts'
import { badRequest } from '../status.ts'
import type { Context } from './context.ts'
import type { ResourceTarget } from './request.ts'
import { applyPatch, write, type WriteOptions } from './write.ts'

type Scalable = KubeObject & {
  readonly spec: { readonly replicas?: number; readonly selector: LabelSelector }
  readonly status?: { readonly replicas?: number }
}

/** The `scale` subresource: an autoscaling/v1 Scale in front of `spec.replicas`. */
export function handleScale(
  context: Context,
  { resource, namespace, name = '' }: ResourceTarget,
  method: 'GET' | 'PUT' | 'PATCH',
  type: string,
  body: Json,
  options: WriteOptions | undefined,
): JsonObject {
  const current = context.store.get(resource, namespace, name) as Scalable
  if (method === 'GET' || options === undefined) return scaleOf(current)
  const wanted =
    method === 'PUT' ? body : applyPatch({ message: 'autoscaling/v1.Scale' }, type, scaleOf(current), body)
  if (!isJsonObject(wanted)) throw badRequest('the body is not a Scale')
  const { object } = readObject('autoscaling/v1.Scale', wanted)
  const spec = object['spec']
  const replicas = isJsonObject(spec) && typeof spec['replicas'] === 'number' ? spec['replicas'] : 0
  const metadata = object['metadata']
  const version = isJsonObject(metadata) ? metadata['resourceVersion'] : undefined
  // A patch carries the version that it was computed from; only one that the client gave is a condition.
  const expected = method === 'PUT' && typeof version === 'string' ? version : undefined
  const scaled: Scalable = { ...current, spec: { ...current.spec, replicas } }
  return scaleOf(write(context, resource, current, scaled, 'main', options, expected) as Scalable)
}

function scaleOf({ metadata, spec, status }: Scalable): JsonObject {
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
    },
    spec: { ...(spec.replicas === undefined ? {} : { replicas: spec.replicas }) },
    status: { replicas: status?.replicas ?? 0, selector: printSelector(spec.selector) },
  }
}
