import { Duplex } from 'node:stream'
import {
  controlType,
  finFlag,
  frameLimit,
  FrameReader,
  resetStatus,
  SpdyError,
  type SpdyFrame,
  writeFrame,
} from './frame.ts'
import { type Headers, HeaderReader, HeaderWriter } from './header-block.ts'

/**
 * The server's side of SPDY/3.1 as Kubernetes' clients speak it (moby/spdystream): the client opens streams, and
 * flow-control windows are not used. So a stream that nobody reads stops its whole session, as it does there.
 */
export interface SpdyStream {
  readonly id: number
  readonly headers: Headers
  /** Octets both ways; its end is our FIN, its destruction a reset. */
  readonly duplex: Duplex
}

export interface SpdyOptions {
  /** Streams of the session at a time; further ones are refused. */
  readonly streamLimit: number
  /** Called for each stream of the client, in their order. */
  readonly opened: (stream: SpdyStream) => void
  /** Milliseconds between signs of life to a client that we do not read from at the moment. */
  readonly heartbeat?: number
  /** Milliseconds that a client may take to go after we have taken leave. */
  readonly farewell?: number
}

export interface SpdySession {
  /** Takes leave: the client goes when it has read all, and if it does not, the connection is closed. */
  leave(): void
  /** Ends all streams and the connection at once. */
  close(): void
  readonly closed: Promise<void>
}

/** Octets of one stream that may wait for who reads it here. */
const streamWindow = 256 * 1024
/** Octets of ours that may wait for a slow client before we read no further from it. */
const replyLimit = 1024 * 1024

interface Live {
  readonly duplex: Duplex
  /** Who has said that nothing more will come: the client, we, or one of both with a reset. */
  ended: boolean
  finished: boolean
  reset: boolean
}

/** Serves SPDY over a connection until it ends. */
export function serveSpdy(connection: Duplex, options: SpdyOptions): SpdySession {
  const { streamLimit, opened, heartbeat = 5000, farewell = 30_000 } = options
  const streams = new Map<number, Live>()
  const frames = new FrameReader()
  const reader = new HeaderReader()
  const writer = new HeaderWriter()
  let wake: () => void = () => undefined
  let parting: NodeJS.Timeout | undefined

  const send = (frame: SpdyFrame, done?: (error?: Error | null) => void): void => {
    if (connection.writable) connection.write(writeFrame(frame), done)
    else done?.()
  }
  const control = (type: number, payload: Buffer): void => {
    send({ kind: 'control', type, flags: 0, payload })
  }
  const reset = (id: number, status: number): void => {
    control(controlType.rstStream, words(id, status))
  }

  const accept = (id: number, headers: Headers): void => {
    const live: Live = {
      ended: false,
      finished: false,
      reset: false,
      duplex: new Duplex({
        allowHalfOpen: true,
        readableHighWaterMark: streamWindow,
        read: () => {
          wake()
        },
        write: (chunk: Buffer, _encoding, done) => {
          const pieces = Math.max(1, Math.ceil(chunk.length / frameLimit))
          for (let piece = 0; piece < pieces; piece++) {
            const payload = chunk.subarray(piece * frameLimit, (piece + 1) * frameLimit)
            send({ kind: 'data', stream: id, flags: 0, payload }, piece === pieces - 1 ? done : undefined)
          }
        },
        final: (done) => {
          live.finished = true
          send({ kind: 'data', stream: id, flags: finFlag, payload: Buffer.alloc(0) }, done)
        },
        destroy: (_error, done) => {
          streams.delete(id)
          if (!live.reset && !(live.ended && live.finished)) reset(id, resetStatus.cancel)
          wake()
          done(null)
        },
      }),
    }
    live.duplex.on('error', () => undefined)
    streams.set(id, live)
    opened({ id, headers, duplex: live.duplex })
  }

  const end = (live: Live): void => {
    if (live.ended) return
    live.ended = true
    live.duplex.push(null)
  }

  const takeControl = async (type: number, flags: number, payload: Buffer): Promise<void> => {
    switch (type) {
      case controlType.synStream: {
        const id = numberAt(payload, 0)
        // Read in any case, for the sake of the compressor's state.
        const headers = await reader.read(payload.subarray(10))
        if (id % 2 === 0 || streams.has(id)) throw new SpdyError(`stream ${String(id)} cannot be opened`)
        if (streams.size >= streamLimit) {
          reset(id, resetStatus.refusedStream)
          return
        }
        control(controlType.synReply, Buffer.concat([words(id), await writer.write(new Map())]))
        accept(id, headers)
        const live = streams.get(id)
        if ((flags & finFlag) !== 0 && live !== undefined) end(live)
        return
      }
      case controlType.headers: {
        // No client sends headers that mean something.
        await reader.read(payload.subarray(4))
        const live = streams.get(numberAt(payload, 0))
        if ((flags & finFlag) !== 0 && live !== undefined) end(live)
        return
      }
      case controlType.rstStream: {
        const live = streams.get(numberAt(payload, 0))
        if (live === undefined) return
        live.reset = true
        live.duplex.destroy()
        return
      }
      case controlType.ping:
        if (payload.length !== 4) throw new SpdyError('a ping has four octets')
        // Numbers of ours would be even (section 2.6.5); we send none.
        if (payload.readUInt32BE(0) % 2 === 1) control(controlType.ping, payload)
        return
      default:
    }
  }

  /** Waits until a stream has room. */
  const room = async ({ duplex }: Live): Promise<void> => {
    // Who does not read does not see a client go either: writing does. Settings that set nothing need no answer, so a
    // client that is blocked itself is not blocked further.
    const beat = setInterval(() => {
      control(controlType.settings, words(0))
    }, heartbeat)
    try {
      while (!duplex.destroyed && duplex.readableLength >= streamWindow) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      clearInterval(beat)
    }
  }

  const take = async (frame: SpdyFrame): Promise<void> => {
    if (frame.kind === 'control') await takeControl(frame.type, frame.flags, frame.payload)
    else {
      const live = streams.get(frame.stream)
      if (live === undefined || live.ended) return
      if (frame.payload.length > 0 && !live.duplex.push(frame.payload)) await room(live)
      if ((frame.flags & finFlag) !== 0) end(live)
    }
    while (connection.writable && connection.writableLength > replyLimit) await drained(connection)
  }

  const close = (): void => {
    clearTimeout(parting)
    for (const live of streams.values()) {
      live.reset = true
      live.duplex.destroy()
    }
    reader.close()
    writer.close()
    connection.destroy()
  }
  const serve = async (): Promise<void> => {
    for await (const piece of connection) for (const frame of frames.read(piece as Buffer)) await take(frame)
  }
  connection.on('error', () => undefined)
  // Before the loop below notices: it may be waiting for a stream's reader.
  connection.on('close', close)
  // A client that breaks the rules, or the connection, is not answered: its session is over.
  serve().then(close, close)

  return {
    leave() {
      control(controlType.goAway, words(0, 0))
      parting = setTimeout(close, farewell)
    },
    close,
    closed: new Promise((resolve) => {
      connection.on('close', resolve)
      if (connection.destroyed) resolve()
    }),
  }
}

const drained = (connection: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      connection.off('drain', done)
      connection.off('close', done)
      resolve()
    }
    connection.on('drain', done)
    connection.on('close', done)
  })

/** Numbers of four octets each. */
function words(...numbers: readonly number[]): Buffer {
  const octets = Buffer.alloc(4 * numbers.length)
  for (const [index, number] of numbers.entries()) octets.writeUInt32BE(number, 4 * index)
  return octets
}

/** A stream's number: 31 bits. */
function numberAt(payload: Buffer, offset: number): number {
  if (payload.length < offset + 4) throw new SpdyError('a frame ends too early')
  return payload.readUInt32BE(offset) & 0x7fffffff
}
