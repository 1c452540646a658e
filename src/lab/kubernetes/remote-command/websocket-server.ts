import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import { webSocketLibrary } from '../late-libraries.ts'

/**
 * Messages whose first octet says which channel they are of (apimachinery/pkg/util/remotecommand). v5 differs from
 * v4 in one thing: a client can end a channel.
 */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

/** Largest message of a client; kubectl copies in pieces of 32 KiB. */
export const messageLimit = 4 * 1024 * 1024

/** Whether a request wants a WebSocket with channels. */
export function offersChannels(request: IncomingMessage): boolean {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
  return (
    (request.headers.upgrade ?? '').toLowerCase() === 'websocket' &&
    protocols.some((one) => offered.includes(one))
  )
}

/** Completes an upgrade to a WebSocket with channels. */
export type AcceptChannels = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  opened: (client: WebSocket) => void,
) => Promise<void>

export function createChannelServer(): AcceptChannels {
  let server: WebSocketServer | undefined
  return async (request, socket, head, opened) => {
    const { WebSocketServer } = await webSocketLibrary()
    server ??= new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: messageLimit,
      handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
    })
    server.handleUpgrade(request, socket, head, opened)
  }
}

export const octetsOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)

/** Milliseconds between signs of life to a client that we do not read from at the moment. */
const heartbeatPeriod = 5000

/** Stops reading from a client while somebody has no room for what it sends. */
export class Intake {
  readonly #client: WebSocket
  readonly #full = new Set<object>()
  readonly #period: number
  #beat: NodeJS.Timeout | undefined

  constructor(client: WebSocket, period = heartbeatPeriod) {
    this.#client = client
    this.#period = period
    client.on('close', () => {
      clearInterval(this.#beat)
    })
  }

  stop(reader: object): void {
    this.#full.add(reader)
    if (this.#beat !== undefined || this.#client.readyState !== this.#client.OPEN) return
    this.#client.pause()
    // Who does not read does not see a client go either: writing does. A pong that nobody asked for needs no answer
    // (RFC 6455, 5.5.3), and to kubectl, which gives up after a minute without one, it says that we are there.
    this.#beat = setInterval(() => {
      this.#client.pong()
    }, this.#period)
  }

  goOn(reader: object): void {
    if (!this.#full.delete(reader) || this.#full.size > 0) return
    clearInterval(this.#beat)
    this.#beat = undefined
    this.#client.resume()
  }

  /** Reads whatever comes from now on. */
  drain(): void {
    for (const reader of [...this.#full]) this.goOn(reader)
  }
}
