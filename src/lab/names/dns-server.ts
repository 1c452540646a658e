import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { boundConnections } from '../../edge/bound-connections.ts'

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
  // Who has asked may say that nothing more comes, and still reads.
  const tcp = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    void serveConnection(socket, options)
  })
  boundConnections(tcp, mostConnections)
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

/**
 * Messages with two octets of length before each, RFC 1035 section 4.2.2, answered in order. The next one is read when the answer before it
 * is on its way: a client that does not read holds up itself, until its idle connection is ended.
 */
async function serveConnection(socket: Socket, { handle, onError }: DnsServerOptions): Promise<void> {
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  const answered = async (query: Uint8Array): Promise<Uint8Array | undefined> => {
    try {
      return await handle(query, true)
    } catch (error) {
      onError(error)
      return undefined
    }
  }
  try {
    for await (const query of messagesOf(socket)) {
      const answer = await answered(query)
      if (answer !== undefined && answer.length > 0 && !socket.write(framed(answer))) await room(socket)
      if (socket.destroyed) return
    }
    socket.end()
  } catch {
    // It broke off, and whoever asked is gone.
    socket.destroy()
  }
}

/** Settles when a connection takes more, or is closed. */
const room = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('drain', resolve)
    socket.once('close', resolve)
  })

async function* messagesOf(socket: Socket): AsyncGenerator<Uint8Array> {
  let parts: Buffer[] = []
  let held = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    parts.push(chunk)
    held += chunk.length
    // Put together when it is whole: who sends it octet by octet has it copied once.
    if (held < 2 || held < 2 + lengthIn(parts)) continue
    let all = Buffer.concat(parts)
    for (
      ;
      all.length >= 2 && all.length >= 2 + all.readUInt16BE(0);
      all = all.subarray(2 + all.readUInt16BE(0))
    )
      yield all.subarray(2, 2 + all.readUInt16BE(0))
    parts = all.length === 0 ? [] : [Buffer.from(all)]
    held = all.length
  }
}

/** The length of the first message, of which two octets are there. */
function lengthIn([first, second]: readonly Buffer[]): number {
  const low = first !== undefined && first.length > 1 ? first[1] : second?.[0]
  return ((first?.[0] ?? 0) << 8) | (low ?? 0)
}

/** A message with its length before it, as TCP carries it. */
export function framed(message: Uint8Array): Uint8Array {
  const octets = new Uint8Array(message.length + 2)
  new DataView(octets.buffer).setUint16(0, message.length)
  octets.set(message, 2)
  return octets
}
