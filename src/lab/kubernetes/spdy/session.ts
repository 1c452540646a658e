import { Duplex } from 'node:stream'
import { type Headers, HeaderReader, HeaderWriter } from './header-block.ts'

/**
 * The server's side of SPDY/3.1 as Kubernetes' clients speak it (moby/spdystream): the client opens streams, and
 * flow-control windows are not used. https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
 */
const frame = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const
const version = 3
const fin = 0x01

/** Octets of one frame; the clients send no more than 32 KiB at a time. */
const frameLimit = 1024 * 1024
/** Streams of one session at a time. */
const streamLimit = 256

export interface SpdyStream {
  readonly id: number
  readonly headers: Headers
  /** Octets both ways; its end is our FIN. */
  readonly duplex: Duplex
}

/** Serves SPDY over a connection until it ends. `opened` is called for each stream of the client, in their order. */
export function serveSpdy(connection: Duplex, opened: (stream: SpdyStream) => void): { close(): void } {
  const streams = new Map<number, Duplex>()
  const reader = new HeaderReader()
  const writer = new HeaderWriter()
  let waiting: Buffer = Buffer.alloc(0)
  let work: Promise<void> = Promise.resolve()

  const close = (): void => {
    for (const stream of streams.values()) stream.destroy()
    streams.clear()
    connection.destroy()
  }
  const control = (type: number, flags: number, payload: Buffer): void => {
    const head = Buffer.alloc(8)
    head.writeUInt16BE(0x8000 | version, 0)
    head.writeUInt16BE(type, 2)
    head.writeUInt32BE(payload.length, 4)
    head.writeUInt8(flags, 4)
    if (connection.writable) connection.write(Buffer.concat([head, payload]))
  }
  const data = (id: number, flags: number, payload: Buffer, done: (error?: Error | null) => void): void => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(id, 0)
    head.writeUInt32BE(payload.length, 4)
    head.writeUInt8(flags, 4)
    if (connection.writable) connection.write(Buffer.concat([head, payload]), done)
    else done()
  }

  const open = (id: number, headers: Headers): void => {
    const duplex = new Duplex({
      allowHalfOpen: true,
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        data(id, 0, chunk, done)
      },
      final: (done) => {
        data(id, fin, Buffer.alloc(0), done)
      },
    })
    duplex.on('close', () => streams.delete(id))
    duplex.on('error', () => undefined)
    streams.set(id, duplex)
    opened({ id, headers, duplex })
  }

  const takeControl = async (type: number, flags: number, payload: Buffer): Promise<void> => {
    switch (type) {
      case frame.synStream: {
        const id = payload.readUInt32BE(0) & 0x7fffffff
        const headers = await reader.read(payload.subarray(10))
        if (streams.size >= streamLimit || streams.has(id)) throw new Error('too many streams')
        const reply = Buffer.alloc(4)
        reply.writeUInt32BE(id)
        control(frame.synReply, 0, Buffer.concat([reply, await writer.write(new Map())]))
        open(id, headers)
        if ((flags & fin) !== 0) streams.get(id)?.push(null)
        return
      }
      case frame.headers:
        // Read for the sake of the compressor's state; no client sends headers that mean something.
        await reader.read(payload.subarray(4))
        return
      case frame.rstStream:
        streams.get(payload.readUInt32BE(0) & 0x7fffffff)?.destroy()
        return
      case frame.ping:
        control(frame.ping, 0, payload)
        return
      case frame.goAway:
      case frame.settings:
      case frame.windowUpdate:
      case frame.synReply:
      default:
    }
  }
  const takeFrame = async (head: Buffer, payload: Buffer): Promise<void> => {
    const flags = head.readUInt8(4)
    if ((head.readUInt8(0) & 0x80) !== 0) {
      await takeControl(head.readUInt16BE(2), flags, payload)
      return
    }
    const stream = streams.get(head.readUInt32BE(0))
    if (payload.length > 0) stream?.push(payload)
    if ((flags & fin) !== 0) stream?.push(null)
  }

  connection.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    while (waiting.length >= 8) {
      const length = waiting.readUInt32BE(4) & 0xffffff
      if (length > frameLimit) {
        close()
        return
      }
      if (waiting.length < 8 + length) break
      const head = waiting.subarray(0, 8)
      const payload = waiting.subarray(8, 8 + length)
      waiting = waiting.subarray(8 + length)
      work = work.then(() => takeFrame(head, payload)).catch(close)
    }
  })
  connection.on('close', close)
  connection.on('end', close)
  connection.on('error', close)
  return { close }
}
