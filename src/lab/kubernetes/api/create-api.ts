import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Attributes, forbidden, isAllowed } from '../authorization.ts'
import type { Clock } from '../clock.ts'
import type { Runtime } from '../kubelet/runtime.ts'
import { openRemoteCommand } from '../remote-command/open-remote-command.ts'
import { createChannelServer } from '../remote-command/websocket-server.ts'
import { pods } from '../resources.ts'
import { badRequest, StatusError } from '../status.ts'
import type { Random } from '../random.ts'
import type { Store } from '../store.ts'
import { anonymous, type AccountToken, type TokenAuthenticator, type User } from '../tokens.ts'
import { answerQuestion, questionOf } from './answer-question.ts'
import { decodeBody } from './decode-body.ts'
import { discover } from './discovery.ts'
import { handleResource, methodNotAllowed } from './handle-resource.ts'
import { chooseContainer } from './pods/pod-log.ts'
import { openapiDocument, openapiIndex } from './openapi/openapi.ts'
import { openapiV2 } from './openapi/openapi-v2.ts'
import { openapiV2Asked, openapiV2Protobuf, writeOpenapiV2 } from './openapi/openapi-v2-message.ts'
import { attributesOf } from './attributes.ts'
import type { Context } from './context.ts'
import { servePortForward } from './pods/port-forward.ts'
import { mediaType, parseTarget, readBody, unknownPath } from './request.ts'
import { respond, respondError } from './respond.ts'

const isLoopback = (address: string): boolean => /^(::1$|(::ffff:)?127\.)/.test(address)

export interface ApiOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly runtime: Runtime
  readonly tokens: TokenAuthenticator
  /** Signs a service account's token. */
  issueToken(token: AccountToken): string
  /** `v1.32.9-eks-113cf36` */
  readonly version: string
  /** Names and addresses that a request's Host header may have, beside those of a loopback. */
  readonly hosts?: readonly string[]
}

export interface Api {
  handle(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends all watches, logs and sessions that are open. */
  stop(): void
}

/** Watches, logs and sessions at a time; a client that loses count gets 429. */
const longRunningLimit = 2000

/** The API server over a store, as functions for any number of https servers. */
export function createApi(options: ApiOptions): Api {
  const { store, clock, random, runtime, tokens } = options
  const hosts = new Set([
    '127.0.0.1',
    'localhost',
    '[::1]',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    '10.100.0.1',
    ...(options.hosts ?? []).map((host) => host.toLowerCase()),
  ])
  const open = new Set<ServerResponse | Duplex>()
  const openChannels = createChannelServer()

  const hold = (one: ServerResponse | Duplex): (() => void) => {
    if (open.size >= longRunningLimit) {
      throw new StatusError('TooManyRequests', 'Too many requests, please try again later.', {
        retryAfterSeconds: 1,
      })
    }
    open.add(one)
    return () => {
      open.delete(one)
    }
  }

  const contextOf = (request: IncomingMessage): Context => {
    // A page in a browser that was led here by its own name has another Host: DNS rebinding ends here.
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
    if (!hosts.has(host))
      throw new StatusError(
        'Forbidden',
        `the Host header ${JSON.stringify(host.slice(0, 100))} is not one of this server`,
      )
    const { authorization } = request.headers
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/.exec(authorization ?? '')?.[1]
    // On the machine itself nobody without credentials is told anything; inside the lab it is as on EKS.
    const stranger = isLoopback(request.socket.localAddress ?? '') ? undefined : anonymous
    const user =
      authorization === undefined ? stranger : token === undefined ? undefined : tokens.identify(token)
    if (user === undefined) throw new StatusError('Unauthorized', 'Unauthorized')
    const acting = impersonated(store, user, request)
    const url = parseUrl(request.url ?? '/')
    return {
      store,
      clock,
      random,
      runtime,
      user: acting,
      tokens,
      issueToken: (token) => options.issueToken(token),
      url,
      hold,
    }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const context = contextOf(request)
    const path = context.url.pathname
    const target = parseTarget(path)
    const attributes = attributesOf(request, context.url, target)
    if (!isAllowed(store, context.user, attributes)) throw forbidden(context.user, attributes)
    if (target.kind === 'resource') {
      await handleResource(context, target, request, response)
      return
    }
    const asked = questionOf(path)
    if (asked !== undefined) {
      if (request.method !== 'POST') throw methodNotAllowed()
      const body = await decodeBody(await readBody(request), mediaType(request))
      respond(request, response, 201, JSON.stringify(answerQuestion(context, asked.question, body)))
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw unknownPath()
    if (['/healthz', '/livez', '/readyz'].includes(path)) {
      respond(request, response, 200, 'ok', 'text/plain; charset=utf-8')
      return
    }
    if (path === '/version') {
      respond(request, response, 200, JSON.stringify(versionInfo(options.version), null, 2))
      return
    }
    if (path === '/openapi/v2') {
      const accepted = String(request.headers.accept ?? '')
      if (accepted.includes(openapiV2Asked) || accepted.includes(openapiV2Protobuf))
        respond(request, response, 200, writeOpenapiV2(openapiV2()), openapiV2Protobuf)
      else respond(request, response, 200, JSON.stringify(openapiV2()))
      return
    }
    if (path === '/openapi/v3') {
      respond(request, response, 200, JSON.stringify(openapiIndex()))
      return
    }
    if (path.startsWith('/openapi/v3/')) {
      const document = openapiDocument(path.slice('/openapi/v3/'.length))
      if (document === undefined) throw unknownPath()
      respond(request, response, 200, JSON.stringify(document))
      return
    }
    const found = discover(request, path, request.headers.host ?? '')
    if (found === undefined) throw unknownPath()
    respond(request, response, 200, `${JSON.stringify(found.body)}\n`, found.type)
  }

  const openSession = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const context = contextOf(request)
    const target = parseTarget(context.url.pathname)
    if (target.kind !== 'resource' || target.resource !== pods || target.name === undefined)
      throw unknownPath()
    const attributes = attributesOf(request, context.url, target)
    // The old way in over WebSocket needed `get`, the new one `create`, as SPDY did: either will do.
    const either = { ...attributes, verb: 'create' }
    if (!isAllowed(store, context.user, attributes) && !isAllowed(store, context.user, either)) {
      throw forbidden(context.user, either)
    }
    const pod = store.get(pods, target.namespace, target.name)
    const query = context.url.searchParams
    socket.on('close', hold(socket))
    if (target.subresource === 'portforward') {
      await servePortForward({ runtime, pod }, request, query, socket, head, openChannels)
      return
    }
    const kind = target.subresource
    if (kind !== 'exec' && kind !== 'attach') throw unknownPath()
    const container = chooseContainer(pod, query.get('container'))
    await openRemoteCommand({ runtime, pod, container, kind }, request, query, socket, head, openChannels)
  }

  return {
    handle(request, response) {
      answer(request, response).catch((error: unknown) => {
        respondError(request, response, error)
      })
    },
    upgrade(request, socket, head) {
      socket.on('error', () => {
        socket.destroy()
      })
      openSession(request, socket, head).catch((error: unknown) => {
        refuseUpgrade(socket, error)
      })
    },
    stop() {
      for (const one of open) one.destroy()
      open.clear()
    },
  }
}

/** Who the request is to be taken for: `kubectl --as`, for those who may. */
function impersonated(store: Store, user: User, request: IncomingMessage): User {
  const username = request.headers['impersonate-user']
  if (typeof username !== 'string' || username === '') return user
  const attributes: Attributes = {
    kind: 'resource',
    verb: 'impersonate',
    group: '',
    resource: 'users',
    subresource: '',
    namespace: '',
    name: username,
  }
  if (!isAllowed(store, user, attributes)) throw forbidden(user, attributes)
  const groups = String(request.headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
  const implied = username === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return { username, groups: [...new Set([...groups, ...accountGroups(username), implied])] }
}

function accountGroups(username: string): readonly string[] {
  const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username)?.[1]
  return namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
}

function parseUrl(text: string): URL {
  try {
    return new URL(text, 'https://kubernetes')
  } catch {
    throw badRequest('the request URI is not valid')
  }
}

/** Answers an upgrade that is refused as an ordinary request would be. */
function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status } =
    error instanceof StatusError
      ? error
      : new StatusError('InternalError', error instanceof Error ? error.message : String(error))
  const body = `${JSON.stringify(status)}\n`
  socket.end(
    `HTTP/1.1 ${String(status.code)} ${status.reason ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function versionInfo(version: string): Readonly<Record<string, string>> {
  const [, major = '1', minor = '32'] = /^v(\d+)\.(\d+)/.exec(version) ?? []
  return {
    major,
    minor,
    gitVersion: version,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '2025-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'podpath',
    platform: 'linux/amd64',
  }
}
