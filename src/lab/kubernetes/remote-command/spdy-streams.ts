import type { Duplex } from 'node:stream'
import { serveSpdy } from '../spdy/session.ts'
import type { Status } from '../status.ts'
import { type AskedStreams, flushed, noInput, noOutput, type RemoteStreams } from './remote-streams.ts'
import { SizeReader, TerminalSizes } from './terminal-sizes.ts'

/**
 * The versions of remote commands over SPDY. From v3 on a client tells its terminal's size, from v4 on it is told the
 * outcome as a Status (apimachinery/pkg/util/remotecommand).
 */
export const spdyProtocols = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const
export type SpdyProtocol = (typeof spdyProtocols)[number]

const streamTypes = ['error', 'stdin', 'stdout', 'stderr', 'resize'] as const
type StreamType = (typeof streamTypes)[number]

/** Streams of a session at a time: those above and a few that are refused. */
const streamLimit = 16

export interface SpdyPatience {
  /** Milliseconds in which a client has to open its streams. */
  readonly opening?: number
  /** See SpdyOptions. */
  readonly heartbeat?: number
}
/** A kubelet's own limit. */
const openingLimit = 30_000

function expected(protocol: SpdyProtocol, asked: AskedStreams): readonly StreamType[] {
  const resizes = protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io'
  return streamTypes.filter((type) => {
    switch (type) {
      case 'error':
        return true
      case 'resize':
        return asked.tty && resizes
      case 'stdin':
      case 'stdout':
      case 'stderr':
        return asked[type]
    }
  })
}

/** What the error stream says: nothing of a success before v4, which says it with the stream's end. */
const told = (protocol: SpdyProtocol, status: Status): string =>
  protocol === 'v4.channel.k8s.io'
    ? JSON.stringify(status)
    : status.status === 'Success'
      ? ''
      : (status.message ?? '')

/**
 * A remote command's streams over SPDY, as soon as the client has opened them all. Rejects, with the connection
 * closed, when it does not.
 */
export function spdyStreams(
  connection: Duplex,
  protocol: SpdyProtocol,
  asked: AskedStreams,
  patience: SpdyPatience = {},
): Promise<RemoteStreams> {
  return new Promise((resolve, reject) => {
    const wanted = expected(protocol, asked)
    const opened = new Map<StreamType, Duplex>()
    const session = serveSpdy(connection, {
      streamLimit,
      ...(patience.heartbeat === undefined ? {} : { heartbeat: patience.heartbeat }),
      opened: ({ headers, duplex }) => {
        const type = wanted.find((one) => one === headers.get('streamtype'))
        if (type === undefined || opened.has(type)) {
          duplex.destroy()
          return
        }
        opened.set(type, duplex)
        if (opened.size < wanted.length) return
        clearTimeout(timer)
        resolve(streamsOf(opened, session, protocol))
      },
    })
    const timer = setTimeout(() => {
      session.close()
    }, patience.opening ?? openingLimit)
    void session.closed.then(() => {
      clearTimeout(timer)
      reject(new Error('the client did not open its streams'))
    })
  })
}

function streamsOf(
  opened: ReadonlyMap<StreamType, Duplex>,
  session: ReturnType<typeof serveSpdy>,
  protocol: SpdyProtocol,
): RemoteStreams {
  const stdin = opened.get('stdin') ?? noInput()
  const stdout = opened.get('stdout') ?? noOutput()
  const stderr = opened.get('stderr') ?? noOutput()
  const sizes = new TerminalSizes()
  const sizeReader = new SizeReader()
  opened.get('resize')?.on('data', (chunk: Buffer) => {
    for (const size of sizeReader.read(chunk)) sizes.tell(size)
  })
  // Only we have something to say in these.
  for (const type of ['error', 'stdout', 'stderr'] as const) opened.get(type)?.resume()

  const gone = session.closed.then(() => {
    sizes.end()
  })
  const finish: RemoteStreams['finish'] = (status) => {
    stdin.resume()
    void Promise.all([flushed(stdout), flushed(stderr)]).then(() => {
      // The first version's client does not wait for what stands here once its other streams have ended.
      opened.get('error')?.end(told(protocol, status))
      for (const type of ['stdout', 'stderr', 'stdin', 'resize'] as const) opened.get(type)?.end()
      session.leave()
    })
  }
  return { stdin, stdout, stderr, sizes, finish, gone }
}
