import type { RequestListener, ServerResponse } from 'node:http'
import type { Answering } from './answering.ts'
import type { Problem } from './contract/problem.ts'
import type { Guard } from './guard.ts'
import { securityHeaders } from './headers.ts'
import type { PageFile } from './page-files.ts'

/**
 * Admits or refuses, and hands out the page itself. What the page asks goes on to what answers, which may still be being
 * read: a browser that has the page reads it in the meantime.
 */
export const frontDoor =
  (guard: Guard, page: ReadonlyMap<string, PageFile>, answering: () => Promise<Answering>): RequestListener =>
  (request, response) => {
    for (const [name, value] of securityHeaders) response.setHeader(name, value)
    const { path, token } = targetOf(request.url ?? '/')
    const { method = 'GET', headers } = request
    const admission = guard({ method, path, token, headers })
    if (admission.cookie !== null) response.setHeader('Set-Cookie', admission.cookie)
    if (admission.kind === 'refused') {
      refuse(response, path, 403, admission)
      return
    }
    if (admission.kind === 'lead') {
      end(response, 200, 'text/html; charset=utf-8', leading)
      return
    }
    if (isAsked(path)) {
      answering().then(
        ({ listener }) => {
          listener(request, response)
        },
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error)
          refuse(response, path, 500, { code: 'failed', message: `podpath ui cannot answer: ${message}` })
        },
      )
      return
    }
    const file = method === 'GET' || method === 'HEAD' ? page.get(path) : undefined
    if (file) end(response, 200, file.type, file.octets)
    else refuse(response, path, 404, { code: 'not-found', message: `there is no ${path} here` })
  }

/** Not a redirection: whoever followed a link from elsewhere has a Strict cookie sent only on the next step. */
const leading =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>podpath</title><link rel="icon" href="/icon.svg">'

const isAsked = (path: string): boolean => path.startsWith('/api/')

/** A request target in origin form (RFC 9112, section 3.2.1); in any other form it is no path of ours. */
function targetOf(url: string): { readonly path: string; readonly token: string | null } {
  const [path = '', query = ''] = url.split('?', 2)
  return { path, token: new URLSearchParams(query).get('token') }
}

/** JSON for the page, one line of text for whoever opened the address. */
function refuse(response: ServerResponse, path: string, status: number, problem: Problem): void {
  const { code, message } = problem
  if (isAsked(path)) end(response, status, 'application/json', JSON.stringify({ code, message }))
  else end(response, status, 'text/plain; charset=utf-8', `podpath: ${message}\n`)
}

function end(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
