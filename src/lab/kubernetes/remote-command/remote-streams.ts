import { Readable, Writable } from 'node:stream'
import type { Status } from '../status.ts'
import type { TerminalSizes } from './terminal-sizes.ts'

/** Which streams a client asked for. */
export interface AskedStreams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** Reads the query: `stdin=true`, as kubectl writes it, or `stdin=1`. On a terminal stderr is part of stdout. */
export function askedStreams(query: URLSearchParams): AskedStreams {
  const on = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '')
  const tty = on('tty')
  return { stdin: on('stdin'), stdout: on('stdout'), stderr: on('stderr') && !tty, tty }
}

/**
 * The streams of a remote command between a client and us, whatever carries them. Each holds back its sender as a pipe
 * does, and each is there: a stream that was not asked for has ended, or takes everything and keeps nothing.
 */
export interface RemoteStreams {
  /** What the client types or pipes in. Ends when the client ends it; is destroyed when the client goes. */
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly sizes: TerminalSizes
  /** Tells the client how it ended, behind everything that was written before, and takes leave of it. */
  finish(status: Status): void
  /** Resolves when the client has gone, whoever took leave. */
  readonly gone: Promise<void>
}

/** An input that has ended. */
export const noInput = (): Readable => Readable.from([])

/** An output that nobody asked for. */
export const noOutput = (): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })

/** Resolves when all that was written before has been handed to the connection, or cannot be any more. */
export const flushed = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    stream.write(Buffer.alloc(0), () => {
      resolve()
    })
  })
