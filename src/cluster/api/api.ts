import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { tooMuch } from '../../edge/budget.ts'
import { parseJson } from '../../edge/json.ts'
import { LineCutter } from '../../edge/lines.ts'
import type { Access } from '../access/access.ts'
import { ClusterError } from './cluster-error.ts'
import { connectionError, describeRequest, statusError } from './error.ts'
import { textAt } from '../../edge/fields.ts'
import { allPages, type ApiList, type Query } from './list-pages.ts'
import { checkPermitted } from './permissions.ts'
import { backOff, retryAfter } from './back-off.ts'

export interface ApiOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for one try; absent is the client's own limit. */
  readonly timeoutMs?: number
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: unknown
  /** About how many octets it takes. */
  readonly cost: number
}

/** The Kubernetes API as podpath uses it. Everything rejects with a ClusterError. */
export interface KubernetesApi {
  readonly access: Access
  get(path: string, query?: Query, options?: ApiOptions): Promise<unknown>
  /** All pages of a list. */
  list(path: string, query?: Query, options?: ApiOptions): Promise<ApiList>
  create(path: string, body: unknown, options?: ApiOptions): Promise<unknown>
  /** A JSON merge patch (RFC 7386). */
  patch(path: string, body: unknown, options?: ApiOptions): Promise<unknown>
  /** No error when it is gone already. */
  remove(path: string, options?: ApiOptions): Promise<void>
  /** Shows every event until the server ends the watch (it does, after minutes) or `onEvent` says stop by returning true. */
  watch(
    path: string,
    query: Query,
    onEvent: (event: WatchEvent) => boolean,
    options?: ApiOptions,
  ): Promise<void>
}

export interface ApiSettings {
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number
  /** Tries of one request, the first included. */
  readonly tries: number
}

const settingsByDefault: ApiSettings = { timeoutMs: 15_000, tries: 4 }

/** Characters of one answer; a page of 500 large pods has about 10 million. */
const mostAnswer = 64 * 1024 * 1024
/** Characters of one event of a watch: an object has at most 1.5 MiB (etcd.io, "System limits"). */
const mostEvent = 8 * 1024 * 1024
/** Milliseconds that we are ready to wait when the server says when to come back. */
const mostPatience = 10_000

interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query: Query
  readonly body?: unknown
  readonly options: ApiOptions
}

interface Answer {
  readonly status: number
  readonly retryAfterMs: number | null
  readonly body: unknown
  /** About how many octets the body takes as values. */
  readonly cost: number
}

/** A client for one API server. No request is sent before the first call. */
export function kubernetesApi(access: Access, settings: Partial<ApiSettings> = {}): KubernetesApi {
  const limits = { ...settingsByDefault, ...settings }
  const exchange = (request: Request): Promise<Answer> => sendPatiently(access, limits, request)
  const send = async (request: Request): Promise<unknown> => (await exchange(request)).body
  const api: KubernetesApi = {
    access,
    get: (path, query = {}, options = {}) => send({ method: 'GET', path, query, options }),
    create: (path, body, options = {}) => send({ method: 'POST', path, query: {}, body, options }),
    patch: (path, body, options = {}) => send({ method: 'PATCH', path, query: {}, body, options }),
    list: (path, query = {}, options = {}) =>
      allPages(answerTo({ method: 'GET', path }, access), (page) =>
        exchange({ method: 'GET', path, query: { ...page, ...query }, options }),
      ),
    remove: async (path, options = {}) => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' }
      try {
        await send({ method: 'DELETE', path, query: {}, body, options })
      } catch (error) {
        if (!(error instanceof ClusterError && error.code === 'not-found')) throw error
      }
    },
    watch: (path, query, onEvent, options = {}) => watch(access, limits, path, query, onEvent, options),
  }
  return api
}

/**
 * Tries again what may be tried again, for a bounded time: 429 when the server says so or with growing pauses,
 * 5xx and broken connections where repeating does no harm. A repeated create that finds its object there has
 * succeeded before: our names are unique.
 */
async function sendPatiently(access: Access, limits: ApiSettings, request: Request): Promise<Answer> {
  checkPermitted(request.method, request.path)
  const { signal } = request.options
  let renewed = false
  for (let tried = 1; ; tried++) {
    const last = tried >= limits.tries
    let answer: Answer
    try {
      answer = await sendOnce(access, limits, request)
    } catch (cause) {
      const error = connectionError(access, request, cause)
      const broken = error.code === 'unreachable' && textAt(cause, 'code') === 'ECONNRESET'
      if (last || !broken || request.method === 'POST') throw error
      await pause(backOff(tried), signal, access, request)
      continue
    }
    if (answer.status < 300) return answer
    const error = statusError(access, request, { status: answer.status, body: answer.body, tries: tried })
    if (tried > 1 && request.method === 'POST' && answer.status === 409) return answer
    // A token may have been withdrawn, or a program's idea of its end be wrong: a new one is asked for, once.
    if (answer.status === 401 && !renewed && (await access.renew())) {
      renewed = true
      continue
    }
    const throttled = answer.status === 429
    const failed = answer.status >= 500 && (request.method !== 'POST' || answer.status === 503)
    const wait = answer.retryAfterMs ?? backOff(tried)
    if (last || !(throttled || failed) || wait > mostPatience) throw error
    await pause(wait, signal, access, request)
  }
}

async function pause(
  ms: number,
  signal: AbortSignal | undefined,
  access: Access,
  request: Request,
): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {})
  } catch (cause) {
    throw connectionError(access, request, cause)
  }
}

async function sendOnce(access: Access, limits: ApiSettings, request: Request): Promise<Answer> {
  const timeout = AbortSignal.timeout(request.options.timeoutMs ?? limits.timeoutMs)
  const signal = request.options.signal ? AbortSignal.any([request.options.signal, timeout]) : timeout
  const response = await open(access, request, signal)
  const what = answerTo(request, access)
  const text = await readText(response, what).catch((error: unknown) => {
    // What an abort does to a response looks like a broken connection.
    throw signal.aborted ? signal.reason : error
  })
  const status = response.statusCode ?? 0
  const retryAfterMs = retryAfter(response.headers['retry-after'], Date.now())
  if (text === '') return { status, retryAfterMs, body: undefined, cost: 0 }
  const read = parseJson(text)
  if ('value' in read) return { status, retryAfterMs, body: read.value, cost: read.cost }
  if (status < 300)
    throw new ClusterError(
      'unexpected-answer',
      read.excess === undefined
        ? `${access.server} answers with something that is not JSON: is it a Kubernetes API server?`
        : `${what} cannot be read: ${read.problem}: is it a Kubernetes API server?`,
    )
  return { status, retryAfterMs, body: text, cost: text.length }
}

/** As the beginning of a sentence. */
const answerTo = (asked: { readonly method: string; readonly path: string }, access: Access): string =>
  `the answer of ${access.server} (${describeRequest(asked)})`

async function open(access: Access, request: Request, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(access.server + request.path)
  for (const [key, value] of Object.entries(request.query))
    if (value !== undefined) url.searchParams.set(key, String(value))
  const body = request.body === undefined ? undefined : JSON.stringify(request.body)
  const headers = {
    Accept: 'application/json',
    'User-Agent': 'podpath',
    ...(await access.headers()),
    ...(body === undefined
      ? {}
      : {
          'Content-Type': request.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          'Content-Length': Buffer.byteLength(body),
        }),
  }
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method: request.method, agent: access.agent, headers, signal })
    outgoing.once('response', resolve)
    outgoing.once('error', (error) => reject(signal.aborted ? signal.reason : error))
    outgoing.end(body)
  })
}

function readText(response: IncomingMessage, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.length <= mostAnswer) return
      text = ''
      response.destroy(new ClusterError('unexpected-answer', tooMuch(what, 'octets', mostAnswer)))
    })
    response.once('end', () => resolve(text))
    response.once('error', reject)
  })
}

async function watch(
  access: Access,
  limits: ApiSettings,
  path: string,
  query: Query,
  onEvent: (event: WatchEvent) => boolean,
  options: ApiOptions,
): Promise<void> {
  const request: Request = { method: 'GET', path, query: { ...query, watch: true }, options }
  checkPermitted('GET', `${path}?watch=true`)
  const opening = new AbortController()
  const timer = setTimeout(
    () => opening.abort(new DOMException('no answer', 'TimeoutError')),
    options.timeoutMs ?? limits.timeoutMs,
  )
  const signal = options.signal ? AbortSignal.any([options.signal, opening.signal]) : opening.signal
  try {
    const response = await open(access, request, signal)
    const status = response.statusCode ?? 0
    if (status >= 300)
      throw statusError(
        access,
        { method: 'GET', path: `${path}?watch=true` },
        { status, body: readBody(await readText(response, answerTo(request, access))), tries: 1 },
      )
    clearTimeout(timer)
    await readEvents(response, answerTo({ method: 'GET', path: `${path}?watch=true` }, access), onEvent)
  } catch (cause) {
    throw connectionError(access, request, signal.aborted ? signal.reason : cause)
  } finally {
    clearTimeout(timer)
  }
}

/** A watch is one JSON object a line (Kubernetes API concepts, "Efficient detection of changes"). */
async function readEvents(
  response: IncomingMessage,
  what: string,
  onEvent: (event: WatchEvent) => boolean,
): Promise<void> {
  const cutter = new LineCutter(mostEvent)
  response.setEncoding('utf8')
  for await (const piece of response as AsyncIterable<string>) {
    for (const line of cutter.cut(piece)) {
      if ('tooLong' in line)
        throw new ClusterError('unexpected-answer', tooMuch(`an event in ${what}`, 'octets', mostEvent))
      const read = parseJson(line.text)
      if ('problem' in read && read.excess !== undefined)
        throw new ClusterError('unexpected-answer', `an event in ${what} cannot be read: ${read.problem}`)
      const event = 'value' in read ? read.value : undefined
      const type = textAt(event, 'type')
      if (type === undefined || !('cost' in read)) continue
      const object = (event as { object?: unknown }).object
      // Leaving the loop destroys the response, which ends the watch.
      if (onEvent({ type: type as WatchEvent['type'], object, cost: read.cost })) return
    }
    if (cutter.tooLong)
      throw new ClusterError('unexpected-answer', tooMuch(`an event in ${what}`, 'octets', mostEvent))
  }
}

/** What a refusal says: a Status object, or whatever else came. */
function readBody(text: string): unknown {
  const read = parseJson(text)
  return 'value' in read ? read.value : text
}
