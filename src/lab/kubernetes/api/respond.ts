import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { KubeObject } from '../objects/meta.ts'
import { StatusError } from '../status.ts'

const encoded = new WeakMap<object, string>()

/** The JSON of an object. Versions of objects never change, so each is written once for all who watch it. */
export function encode(object: KubeObject): string {
  let text = encoded.get(object)
  if (text === undefined) {
    text = JSON.stringify(object)
    encoded.set(object, text)
  }
  return text
}

/** Smaller answers are not worth the compression; the real server's threshold. */
const gzipThreshold = 128 * 1024

/** Answers with JSON, compressed when it is long and the client can read that. */
export function respond(
  request: IncomingMessage,
  response: ServerResponse,
  code: number,
  body: string | Buffer,
  type = 'application/json',
): void {
  const accepts = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const zip = accepts && body.length > gzipThreshold
  const bytes = zip ? gzipSync(body, { level: 1 }) : Buffer.from(body)
  response.writeHead(code, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-cache, private',
    ...(zip ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** Answers with what went wrong as a Status object. What is not a StatusError is our own mistake: a 500. */
export function respondError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status } =
    error instanceof StatusError
      ? error
      : new StatusError(
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        )
  if (status.reason === 'RequestEntityTooLarge') response.setHeader('connection', 'close')
  if (status.details?.retryAfterSeconds !== undefined) {
    response.setHeader('retry-after', String(status.details.retryAfterSeconds))
  }
  respond(request, response, status.code ?? 500, `${JSON.stringify(status)}\n`)
}
