import type { IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import type { Runtime } from '../kubelet/runtime.ts'
import type { Pod } from '../objects/pod.ts'
import { serveSpdy, type SpdyStream } from '../spdy/session.ts'
import { badRequest } from '../status.ts'
import type { AcceptChannels } from './exec.ts'

/** kubectl 1.31 and newer: SPDY frames inside the binary messages of a WebSocket (KEP-4006). */
const tunnel = 'SPDY/3.1+portforward.k8s.io'
/** kubectl 1.30 and older: SPDY on the connection itself. */
const bare = 'portforward.k8s.io'
/** @kubernetes/client-node and other WebSocket clients: a pair of channels for each port. */
const channels = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

/** Connections of one session at a time. */
const connectionLimit = 200

export interface ForwardedPod {
  readonly runtime: Runtime
  readonly pod: Pod
}

/** Answers an upgrade of `…/portforward`, in whichever of the three forms the client asks for. */
export function servePortForward(
  forwarded: ForwardedPod,
  request: IncomingMessage,
  query: URLSearchParams,
  socket: Duplex,
  head: Buffer,
  acceptChannels: AcceptChannels,
): void {
  const upgrade = (request.headers.upgrade ?? '').toLowerCase()
  const offered = listOf(request.headers['sec-websocket-protocol'])
  if (upgrade === 'spdy/3.1') {
    const versions = listOf(request.headers['x-stream-protocol-version'])
    if (!versions.includes(bare))
      throw badRequest('unable to negotiate protocol: client supports none of ours')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\nX-Stream-Protocol-Version: ${bare}\r\n\r\n`,
    )
    if (head.length > 0) socket.unshift(head)
    forwardSpdy(forwarded, socket)
  } else if (upgrade === 'websocket' && offered.includes(tunnel)) {
    void acceptTunnel(request, socket, head).then((connection) => {
      forwardSpdy(forwarded, connection)
    })
  } else if (upgrade === 'websocket' && offered.some((one) => channels.some((known) => known === one))) {
    const ports = query
      .getAll('ports')
      .flatMap((text) => text.split(','))
      .map(Number)
    if (ports.length === 0 || ports.some((port) => !isPort(port)))
      throw badRequest('query parameter "ports" is required')
    acceptChannels(request, socket, head, (client) => {
      forwardChannels(forwarded, client, ports)
    })
  } else throw badRequest('Upgrade request required')
}

const listOf = (header: string | readonly string[] | undefined): readonly string[] =>
  String(header ?? '')
    .split(',')
    .map((one) => one.trim())

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536

/**
 * Takes a tunnel. The protocol's name has a `/`, which RFC 6455 does not allow and ws refuses to read; so ws is not
 * shown it, and the answer that the client waits for is written into the response's headers here.
 */
function acceptTunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Duplex> {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false })
  server.on('headers', (headers) => {
    headers.push(`Sec-WebSocket-Protocol: ${tunnel}`)
  })
  delete request.headers['sec-websocket-protocol']
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (client) => {
      resolve(createWebSocketStream(client))
    })
  })
}

/** SPDY: for each connection an `error` and a `data` stream with the same requestID. */
function forwardSpdy({ runtime, pod }: ForwardedPod, connection: Duplex): void {
  const pairs = new Map<string, { error?: SpdyStream; data?: SpdyStream }>()
  serveSpdy(connection, (stream) => {
    const id = stream.headers.get('requestid') ?? ''
    const type = stream.headers.get('streamtype')
    const port = Number(stream.headers.get('port'))
    if ((type !== 'error' && type !== 'data') || !isPort(port) || pairs.size > connectionLimit) {
      stream.duplex.destroy()
      return
    }
    const pair = pairs.get(id) ?? {}
    pair[type] = stream
    pairs.set(id, pair)
    const { error, data } = pair
    if (error === undefined || data === undefined) return
    pairs.delete(id)
    error.duplex.resume()
    join(runtime, pod, port, data.duplex, (why) => {
      error.duplex.end(why)
    })
  })
}

/** Joins a client's stream with a port of the pod; says why when that is not possible, and ends both in any case. */
function join(
  runtime: Runtime,
  pod: Pod,
  port: number,
  client: Duplex,
  failed: (why?: string) => void,
): void {
  runtime.connect(pod, port).then(
    (target) => {
      client.pipe(target.writable)
      target.readable.pipe(client)
      const close = (): void => {
        target.close()
      }
      target.readable.on('end', () => {
        failed()
      })
      target.readable.on('error', close)
      target.writable.on('error', close)
      client.on('close', close)
      client.on('error', close)
    },
    (error: unknown) => {
      const { name, namespace, uid } = pod.metadata
      const why = error instanceof Error ? error.message : String(error)
      failed(
        `an error occurred forwarding ${String(port)} -> ${String(port)}: error forwarding port ${String(port)} to pod ${name}_${namespace ?? ''}, uid : ${uid}: ${why}`,
      )
      client.end()
    },
  )
}

/** Channels: twice the port's place is data, one more is its errors; each begins with the port's number. */
function forwardChannels({ runtime, pod }: ForwardedPod, client: WebSocket, ports: readonly number[]): void {
  const streams = ports.map((port, index) => {
    const send = (channel: number, chunk: Buffer, done: (error?: Error | null) => void): void => {
      if (client.readyState !== client.OPEN) done()
      else client.send(Buffer.concat([Buffer.from([channel]), chunk]), done)
    }
    const number = Buffer.alloc(2)
    number.writeUInt16LE(port)
    send(2 * index, number, () => undefined)
    send(2 * index + 1, number, () => undefined)
    const duplex = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        send(2 * index, chunk, done)
      },
      final: (done) => {
        client.close(1000)
        done()
      },
    })
    duplex.on('error', () => undefined)
    join(runtime, pod, port, duplex, (why) => {
      if (why !== undefined) send(2 * index + 1, Buffer.from(why), () => undefined)
    })
    return duplex
  })
  client.on('message', (data: Buffer) => {
    const [channel = 0] = data
    if (channel % 2 === 0 && data.length > 1) streams[channel / 2]?.push(Buffer.from(data.subarray(1)))
  })
  const end = (): void => {
    for (const stream of streams) stream.destroy()
  }
  client.on('close', end)
  client.on('error', end)
}
