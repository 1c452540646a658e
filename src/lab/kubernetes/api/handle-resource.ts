import type { IncomingMessage, ServerResponse } from 'node:http'
import { deleteObject, parseDeleteOptions } from '../deletion.ts'
import { isJsonObject, type Json, type JsonObject, type KubeObject } from '../objects/meta.ts'
import { pods } from '../resources.ts'
import { badRequest, StatusError, success } from '../status.ts'
import type { Context } from './context.ts'
import { decodeBody } from './decode-body.ts'
import { listPage, selection } from './list.ts'
import { bindPod, evictPod, requestToken } from './pods/pod-actions.ts'
import { serveLog } from './pods/pod-log.ts'
import { formOf, writeObject, writePage } from './representation.ts'
import { flag, mediaType, readBody, type ResourceTarget } from './request.ts'
import { respond } from './respond.ts'
import { createObject, patchObject, replaceObject, type WriteOptions } from './write.ts'
import { handleScale } from './scale.ts'
import { applyObject } from './server-side-apply.ts'
import { serveWatch } from './watch.ts'

/** Answers a request for an object or a collection. */
export async function handleResource(
  context: Context,
  target: ResourceTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const query = context.url.searchParams
  const { readOnly, plural } = target.resource
  if (readOnly && request.method !== 'GET' && request.method !== 'HEAD')
    throw new StatusError(
      'MethodNotAllowed',
      `the lab shows ${plural} and does nothing with them: nothing in it would act on one`,
      {},
    )
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      read(context, target, request, response)
      return
    case 'POST':
      await create(context, target, request, response)
      return
    case 'PUT':
    case 'PATCH': {
      if (target.name === undefined) throw methodNotAllowed()
      const body = await decodeBody(await readBody(request), mediaType(request))
      const options = writeOptions(query, request)
      if (target.subresource === 'scale') {
        const scale = handleScale(context, target, request.method, mediaType(request), body, options)
        respond(request, response, 200, JSON.stringify(scale))
        return
      }
      if (request.method === 'PATCH' && mediaType(request) === 'application/apply-patch+yaml') {
        if (target.subresource !== undefined) throw methodNotAllowed()
        const { object, warnings, created } = applyObject(
          context,
          target.resource,
          target.namespace,
          target.name,
          body,
          options,
        )
        answerWritten(context, target, request, response, created ? 201 : 200, object, warnings)
        return
      }
      const args = [context, target.resource, target.namespace, target.name, target.subresource] as const
      const written =
        request.method === 'PUT'
          ? replaceObject(...args, body, options)
          : patchObject(...args, mediaType(request), body, options)
      answerWritten(context, target, request, response, 200, written.object, written.warnings)
      return
    }
    case 'DELETE':
      await remove(context, target, request, response)
      return
    default:
      throw methodNotAllowed()
  }
}

export const methodNotAllowed = (): StatusError =>
  new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

function writeOptions(query: URLSearchParams, request: IncomingMessage): WriteOptions {
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((one) => one !== 'All'))
    throw badRequest(`Invalid value: [${dryRun.join(' ').slice(0, 60)}]: dryRun: Unsupported value`)
  const validation = query.get('fieldValidation')
  return {
    dryRun: dryRun.length > 0,
    validation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    fieldManager:
      query.get('fieldManager') ?? /^[^/\s]+/.exec(request.headers['user-agent'] ?? '')?.[0] ?? 'unknown',
    force: flag(query, 'force'),
  }
}

function read(
  context: Context,
  target: ResourceTarget,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { store, clock, runtime, url } = context
  const { resource, namespace, name, subresource } = target
  const query = url.searchParams
  const form = formOf(request)
  if (target.watch || (name === undefined && flag(query, 'watch'))) {
    const ended = context.hold(response)
    serveWatch({ store, clock, resource, namespace, name, query, form }, response, ended)
    return
  }
  if (name === undefined) {
    const page = listPage(store, resource, namespace, query)
    respond(request, response, 200, writePage(form, resource, page, clock.now(), query.get('includeObject')))
    return
  }
  const object = store.get(resource, namespace, name)
  switch (subresource) {
    case 'log': {
      const pod = store.get(pods, namespace, name)
      response.on('close', context.hold(response))
      serveLog(runtime, clock, pod, query, response)
      return
    }
    case 'scale':
      respond(
        request,
        response,
        200,
        JSON.stringify(handleScale(context, target, 'GET', '', null, undefined)),
      )
      return
    case 'exec':
    case 'attach':
    case 'portforward':
      throw badRequest('Upgrade request required')
    case 'token':
    case 'eviction':
    case 'binding':
    case 'finalize':
      throw methodNotAllowed()
    case undefined:
    case 'status':
    case 'ephemeralcontainers':
      respond(
        request,
        response,
        200,
        writeObject(form, resource, object, clock.now(), query.get('includeObject')),
      )
  }
}

async function create(
  context: Context,
  target: ResourceTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { resource, namespace } = target
  if (target.name !== undefined) {
    const body = await decodeBody(await readBody(request), mediaType(request))
    respond(request, response, 201, JSON.stringify(act(context, target, target.name, body)))
    return
  }
  if (resource.namespaced && namespace === undefined) throw methodNotAllowed()
  const body = await decodeBody(await readBody(request), mediaType(request))
  const written = createObject(
    context,
    resource,
    namespace,
    body,
    writeOptions(context.url.searchParams, request),
  )
  answerWritten(context, target, request, response, 201, written.object, written.warnings)
}

/** A POST to a subresource: something to be done with the object. */
function act(context: Context, target: ResourceTarget, name: string, body: Json): unknown {
  const namespace = target.namespace ?? ''
  switch (target.subresource) {
    case 'eviction':
      return evictPod(context, namespace, name, body)
    case 'binding':
      return bindPod(context, namespace, name, body)
    case 'token':
      return requestToken(context, namespace, name, body)
    case 'exec':
    case 'attach':
    case 'portforward':
      throw badRequest('Upgrade request required')
    default:
      throw methodNotAllowed()
  }
}

function answerWritten(
  { clock }: Context,
  { resource }: ResourceTarget,
  request: IncomingMessage,
  response: ServerResponse,
  code: number,
  object: KubeObject,
  warnings: readonly string[],
): void {
  // Warning headers, RFC 7234 5.5, as kubectl prints them.
  if (warnings.length > 0) {
    response.setHeader(
      'warning',
      warnings.slice(0, 20).map((text) => `299 - ${JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, '?'))}`),
    )
  }
  respond(request, response, code, writeObject(formOf(request), resource, object, clock.now()))
}

async function remove(
  context: Context,
  target: ResourceTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { store, clock, url } = context
  const { resource, namespace, name } = target
  const query = url.searchParams
  const body = await readBody(request)
  const read: Json = body.length === 0 ? {} : await decodeBody(body, mediaType(request))
  const options = parseDeleteOptions(isJsonObject(read) ? read : ({} satisfies JsonObject), query)
  const dryRun =
    query.get('dryRun') === 'All' ||
    (isJsonObject(read) && Array.isArray(read['dryRun']) && read['dryRun'].includes('All'))
  if (name === undefined) {
    const chosen = store.list(resource, namespace).filter(selection(resource, query))
    const page = { items: chosen, metadata: { resourceVersion: String(store.revision) } }
    if (!dryRun) {
      for (const { metadata } of chosen) {
        deleteObject(store, clock, resource, metadata.namespace, metadata.name, options)
      }
    }
    respond(request, response, 200, writePage('object', resource, page, clock.now(), null))
    return
  }
  if (target.subresource !== undefined) throw methodNotAllowed()
  const { deleted, gone } = dryRun
    ? { deleted: store.get(resource, namespace, name), gone: true }
    : deleteObject(store, clock, resource, namespace, name, options)
  const details = {
    name,
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
    uid: deleted.metadata.uid,
  }
  // Pods and services are answered with the object itself, gone or not, as their storage says.
  const whole = !gone || resource.kind === 'Pod' || resource.kind === 'Service'
  respond(
    request,
    response,
    200,
    whole ? writeObject('object', resource, deleted, clock.now()) : JSON.stringify(success(details)),
  )
}
