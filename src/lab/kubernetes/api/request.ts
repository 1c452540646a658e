import type { IncomingMessage } from 'node:http'
import { findResource, type Resource, type Subresource } from '../resources.ts'
import { badRequest, StatusError } from '../status.ts'

/** What a path of the API means. */
export type Target =
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'resource'
      readonly resource: Resource
      readonly namespace: string | undefined
      readonly name: string | undefined
      readonly subresource: Subresource | undefined
      /** The old `/api/v1/watch/…` form. */
      readonly watch: boolean
    }

/** An object or a collection. */
export type ResourceTarget = Extract<Target, { kind: 'resource' }>

/** How the real server answers a path that it does not know. */
export const unknownPath = (): StatusError =>
  new StatusError('NotFound', 'the server could not find the requested resource', {})

/**
 * Reads `/api/v1/namespaces/default/pods/web/log` and its like.
 * A path that is not one of an object or a collection is left to others; one with an unknown resource is a 404.
 */
export function parseTarget(path: string): Target {
  const parts = path.split('/').filter((part) => part !== '')
  const [root] = parts
  const grouped = root === 'apis'
  if ((root !== 'api' && !grouped) || parts.length < (grouped ? 4 : 3)) return { kind: 'path', path }
  const [group, version] = grouped ? [parts[1] ?? '', parts[2] ?? ''] : ['', parts[1] ?? '']
  let rest = parts.slice(grouped ? 3 : 2).map(decodeSegment)
  const watch = rest[0] === 'watch'
  if (watch) rest = rest.slice(1)
  let namespace: string | undefined
  // `/namespaces/NAME` alone, or with a subresource of namespaces, is the namespace itself.
  const isNamespaceSubresource = rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize')
  if (rest[0] === 'namespaces' && rest.length > 2 && !isNamespaceSubresource) {
    namespace = rest[1]
    rest = rest.slice(2)
  }
  const [plural = '', name, subresource] = rest
  const resource = findResource(group, version, plural)
  if (resource === undefined || rest.length > 3) return { kind: 'path', path }
  if (resource.namespaced ? namespace === undefined && name !== undefined : namespace !== undefined) {
    throw unknownPath()
  }
  const known = resource.subresources.find((one) => one === subresource)
  if (subresource !== undefined && known === undefined) throw unknownPath()
  return { kind: 'resource', resource, namespace, name, subresource: known, watch }
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badRequest('the path is not properly encoded')
  }
}

/** Most octets of a request's body; the real server's limit (`--max-resource-write-bytes`). */
const bodyLimit = 3 * 1024 * 1024

/** The whole body, or 413 when it is longer than the limit. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= bodyLimit) chunks.push(chunk)
      else {
        chunks.length = 0
        request.pause()
        reject(
          new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${String(bodyLimit)}`),
        )
      }
    })
    request.on('end', () => {
      resolve(Buffer.concat(chunks))
    })
    request.on('error', reject)
    request.on('close', () => {
      reject(badRequest('the connection was closed before the body was complete'))
    })
  })
}

/** The media type of a body, without its parameters. */
export const mediaType = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? ''

/** A boolean of a query as strconv.ParseBool reads it; absent is false. */
export const flag = (query: URLSearchParams, name: string): boolean =>
  ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(query.get(name) ?? '')

/** A whole number of a query, or undefined when it is absent. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text.slice(0, 40))}: invalid syntax`)
  }
  return Number(text)
}
