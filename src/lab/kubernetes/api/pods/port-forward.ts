import type { IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Runtime } from '../../kubelet/runtime.ts'
import { webSocketLibrary } from '../../late-libraries.ts'
import type { Pod } from '../../objects/pod.ts'
import {
  type AcceptChannels,
  Intake,
  messageLimit,
  offersChannels,
} from '../../remote-command/websocket-server.ts'
import { serveSpdy, type SpdyStream } from '../../spdy/session.ts'
import { asksSpdy, negotiate, switchToSpdy } from '../../spdy/upgrade.ts'
import { badRequest } from '../../status.ts'

/** kubectl 1.31 and newer: SPDY frames inside the binary messages of a WebSocket (KEP-4006). */
const tunnel = 'SPDY/3.1+portforward.k8s.io'
/** kubectl 1.30 and older: SPDY on the connection itself. */
const bare = 'portforward.k8s.io'
/** Streams of one session at a time, two for each connection. */
const streamLimit = 512
/** Ports of one session in channels: the number of a channel is one octet. */
const portLimit = 100

export interface ForwardedPod {
  readonly runtime: Runtime
  readonly pod: Pod
}

/** Answers an upgrade of `…/portforward`, in whichever of the three forms the client asks for. */
export async function servePortForward(
  forwarded: ForwardedPod,
  request: IncomingMessage,
  query: URLSearchParams,
  socket: Duplex,
  head: Buffer,
  acceptChannels: AcceptChannels,
): Promise<void> {
  const tunnelled = listOf(request.headers['sec-websocket-protocol']).includes(tunnel)
  if (asksSpdy(request)) {
    switchToSpdy(socket, head, negotiate(request, [bare]))
    forwardSpdy(forwarded, socket)
  } else if ((request.headers.upgrade ?? '').toLowerCase() === 'websocket' && tunnelled) {
    forwardSpdy(forwarded, await acceptTunnel(request, socket, head))
  } else if (offersChannels(request)) {
    // @kubernetes/client-node and other WebSocket clients: a pair of channels for each port.
    const ports = query
      .getAll('ports')
      .flatMap((text) => text.split(','))
      .map(Number)
    if (ports.length === 0 || ports.length > portLimit || ports.some((port) => !isPort(port)))
      throw badRequest('query parameter "ports" is required')
    await acceptChannels(request, socket, head, (client) => {
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
async function acceptTunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Duplex> {
  const { createWebSocketStream, WebSocketServer } = await webSocketLibrary()
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageLimit,
  })
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
  const opened = (stream: SpdyStream): void => {
    const { headers, duplex } = stream
    const id = headers.get('requestid') ?? ''
    const type = headers.get('streamtype')
    const port = Number(headers.get('port'))
    const pair = pairs.get(id) ?? {}
    if ((type !== 'error' && type !== 'data') || !isPort(port) || pair[type] !== undefined) {
      duplex.destroy()
      return
    }
    pair[type] = stream
    pairs.set(id, pair)
    duplex.on('close', () => {
      if (pairs.get(id) === pair) pairs.delete(id)
    })
    const { error, data } = pair
    if (error === undefined || data === undefined) return
    pairs.delete(id)
    error.duplex.resume()
    join(runtime, pod, port, data.duplex, (why) => {
      error.duplex.end(why)
    })
  }
  serveSpdy(connection, { streamLimit, opened })
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
      // It may have gone while we asked the pod.
      if (client.destroyed) {
        target.close()
        return
      }
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
  const intake = new Intake(client)
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
      read() {
        intake.goOn(this)
      },
      write: (chunk: Buffer, _encoding, done) => {
        send(2 * index, chunk, done)
      },
      final: (done) => {
        client.close(1000)
        done()
      },
      destroy(_error, done) {
        intake.goOn(this)
        done(null)
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
    const stream = channel % 2 === 0 && data.length > 1 ? streams[channel / 2] : undefined
    if (stream === undefined || stream.destroyed) return
    if (!stream.push(Buffer.from(data.subarray(1)))) intake.stop(stream)
  })
  const end = (): void => {
    for (const stream of streams) stream.destroy()
  }
  client.on('close', end)
  client.on('error', end)
}
