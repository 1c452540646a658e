import type { Duplex } from 'node:stream'
import { controlType, finFlag, FrameReader, writeFrame } from './frame.ts'
import { type Headers, HeaderReader, HeaderWriter } from './header-block.ts'

/** The client's side of SPDY/3.1, as little of it as the tests need. For tests only. */

export interface ClientStream {
  readonly id: number
  /** What has come so far. */
  readonly received: Buffer[]
  /** How the server's side ended: with a FIN, with a reset and its status, or with the connection. */
  readonly ended: Promise<'fin' | 'closed' | number>
  write(chunk: Buffer): void
  end(): void
}

interface Open {
  readonly received: Buffer[]
  readonly replied: () => void
  readonly end: (how: 'fin' | 'closed' | number) => void
}

export class SpdyClient {
  readonly connection: Duplex
  /** Numbers of the pings that were answered. */
  readonly pongs: number[] = []
  readonly closed: Promise<void>
  readonly #streams = new Map<number, Open>()
  readonly #writer = new HeaderWriter()
  #next = 1
  #held: Promise<void> = Promise.resolve()
  #release: () => void = () => undefined

  constructor(connection: Duplex) {
    this.connection = connection
    connection.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      connection.on('close', () => {
        for (const stream of this.#streams.values()) stream.end('closed')
        resolve()
      })
    })
    // It ends with the connection, however that ends.
    this.#read().catch(() => connection.destroy())
  }

  /** Opens a stream and waits for its reply, as kubectl does; a refusal ends it. */
  async open(headers: Readonly<Record<string, string>>): Promise<ClientStream> {
    const id = this.#next
    this.#next += 2
    const received: Buffer[] = []
    let end: Open['end'] = () => undefined
    const ended = new Promise<'fin' | 'closed' | number>((resolve) => {
      end = resolve
    })
    const replied = new Promise<void>((resolve) => {
      this.#streams.set(id, { received, replied: resolve, end })
    })
    await this.openAs(id, new Map(Object.entries(headers)))
    await Promise.race([replied, ended])
    const data = (flags: number, payload: Buffer): void => {
      this.connection.write(writeFrame({ kind: 'data', stream: id, flags, payload }))
    }
    return {
      id,
      received,
      ended,
      write: (chunk) => {
        // As kubectl copies.
        for (let at = 0; at < chunk.length; at += 32_768) data(0, chunk.subarray(at, at + 32_768))
      },
      end: () => {
        data(finFlag, Buffer.alloc(0))
      },
    }
  }

  /** Sends SYN_STREAM with any number. */
  async openAs(id: number, headers: Headers): Promise<void> {
    const head = Buffer.alloc(10)
    head.writeUInt32BE(id)
    this.control(controlType.synStream, Buffer.concat([head, await this.#writer.write(headers)]))
  }

  control(type: number, payload: Buffer): void {
    this.connection.write(writeFrame({ kind: 'control', type, flags: 0, payload }))
  }

  /** Reads nothing, until `resume`. */
  pause(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  resume(): void {
    this.#release()
  }

  async #read(): Promise<void> {
    const frames = new FrameReader()
    const reader = new HeaderReader()
    for await (const piece of this.connection) {
      await this.#held
      for (const frame of frames.read(piece as Buffer)) {
        const { payload } = frame
        if (frame.kind === 'data') {
          const stream = this.#streams.get(frame.stream)
          if (payload.length > 0) stream?.received.push(payload)
          if (frame.flags === finFlag) stream?.end('fin')
        } else if (frame.type === controlType.synReply) {
          await reader.read(payload.subarray(4))
          this.#streams.get(payload.readUInt32BE(0))?.replied()
        } else if (frame.type === controlType.rstStream) {
          this.#streams.get(payload.readUInt32BE(0))?.end(payload.readUInt32BE(4))
        } else if (frame.type === controlType.ping) this.pongs.push(payload.readUInt32BE(0))
      }
    }
  }
}
