import type { RequestListener, ServerResponse } from 'node:http'
import type { Problem } from './contract/problem.ts'
import type { FirstAnswers } from './first-page.ts'
import type { Guard } from './guard.ts'
import { securityHeaders } from './headers.ts'
import type { PageFile } from './page-files.ts'
import { problemOf } from './problem-of.ts'
import { statusOf } from './status-of.ts'

export interface BehindTheDoor {
  /** By the path of a request. */
  readonly page: ReadonlyMap<string, PageFile>
  readonly first: FirstAnswers
  /** All else that a page asks: read when it is needed. */
  readonly rest: () => Promise<RequestListener>
}

/**
 * Milliseconds after the first answers in which a page comes to stand. A page that stands at once is worth more than one that
 * can trace at once: what answers the rest is read after it.
 */
const untilIdle = 500

/** Admits or refuses; hands out the page and the answers that it begins with. */
export const frontDoor =
  (guard: Guard, { page, first, rest }: BehindTheDoor): RequestListener =>
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
    const reads = method === 'GET' || method === 'HEAD'
    const answer = reads ? first.get(path) : undefined
    const file = reads ? page.get(path) : undefined
    const failed = (error: unknown): void => {
      const problem = problemOf(error)
      refuse(response, path, statusOf(problem.code), problem)
    }
    if (answer)
      answer().then((body) => {
        end(response, 200, json, JSON.stringify(body))
        setTimeout(() => void rest().catch(() => undefined), untilIdle).unref()
      }, failed)
    else if (isAsked(path))
      rest().then((listener) => {
        listener(request, response)
      }, failed)
    else if (file) end(response, 200, file.type, file.octets)
    else refuse(response, path, 404, { code: 'not-found', message: `there is no ${path} here` })
  }

/** Not a redirection: whoever followed a link from elsewhere has a Strict cookie sent only on the next step. */
const leading =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>podpath</title><link rel="icon" href="/icon.svg">'

const json = 'application/json'

const isAsked = (path: string): boolean => path.startsWith('/api/')

/** A request target in origin form (RFC 9112, section 3.2.1); in any other form it is no path of ours. */
function targetOf(url: string): { readonly path: string; readonly token: string | null } {
  const [path = '', query = ''] = url.split('?', 2)
  return { path, token: new URLSearchParams(query).get('token') }
}

/** JSON for the page, one line of text for whoever opened the address. */
function refuse(response: ServerResponse, path: string, status: number, problem: Problem): void {
  const { code, message } = problem
  if (isAsked(path)) end(response, status, json, JSON.stringify({ code, message }))
  else end(response, status, 'text/plain; charset=utf-8', `podpath: ${message}\n`)
}

function end(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
