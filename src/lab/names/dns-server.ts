import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'

export type DnsHandler = (query: Uint8Array, overTcp: boolean) => Uint8Array | Promise<Uint8Array>

export interface DnsServer {
  /** The port that was asked for, or that the kernel chose for 0. */
  readonly port: number
  close(): Promise<void>
}

export interface DnsServerOptions {
  readonly address: string
  /** 0: the kernel chooses. */
  readonly port: number
  readonly handle: DnsHandler
  /** A query that could not be answered; the server goes on. */
  readonly onError: (error: unknown) => void
}

/** Idle TCP connections are ended after this, RFC 7766 section 6.2.3; milliseconds. */
const idleMs = 10_000
const mostConnections = 256

/** DNS over UDP and TCP on one port. Rejects when a port cannot be had. */
export async function serveDns(options: DnsServerOptions): Promise<DnsServer> {
  const connections = new Set<Socket>()
  const tcp = createServer((socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    serveConnection(socket, options)
  })
  tcp.maxConnections = mostConnections
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject)
    tcp.listen(options.port, options.address, resolve)
  })
  tcp.on('error', options.onError)
  const bound = tcp.address()
  const port = typeof bound === 'object' && bound ? bound.port : options.port

  const udp = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  udp.on('message', (query, from) => {
    Promise.resolve()
      .then(() => options.handle(query, false))
      .then((answer) => {
        if (answer.length > 0)
          udp.send(answer, from.port, from.address, (error) => error && options.onError(error))
      })
      .catch(options.onError)
  })
  try {
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject)
      udp.bind(port, options.address, resolve)
    })
  } catch (error) {
    tcp.close()
    throw error
  }
  udp.on('error', options.onError)
  return {
    port,
    close: async () => {
      for (const socket of connections) socket.destroy()
      await Promise.all([
        new Promise<void>((resolve) => tcp.close(() => resolve())),
        new Promise<void>((resolve) => udp.close(() => resolve())),
      ])
    },
  }
}

/** Messages with two octets of length before each, RFC 1035 section 4.2.2, answered in order. */
function serveConnection(socket: Socket, { handle, onError }: DnsServerOptions): void {
  let held = new Uint8Array(0)
  let last = Promise.resolve()
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    held = Uint8Array.from([...held, ...chunk])
    for (let query = takeMessage(); query; query = takeMessage()) {
      const asked = query
      last = last
        .then(async () => {
          const answer = await handle(asked, true)
          if (answer.length > 0 && socket.writable) socket.write(framed(answer))
        })
        .catch(onError)
    }
  })
  const takeMessage = (): Uint8Array | undefined => {
    const length = ((held[0] ?? 0) << 8) | (held[1] ?? 0)
    if (held.length < 2 || held.length < 2 + length) return undefined
    const message = held.slice(2, 2 + length)
    held = held.slice(2 + length)
    return message
  }
}

/** A message with its length before it, as TCP carries it. */
export function framed(message: Uint8Array): Uint8Array {
  const octets = new Uint8Array(message.length + 2)
  new DataView(octets.buffer).setUint16(0, message.length)
  octets.set(message, 2)
  return octets
}
