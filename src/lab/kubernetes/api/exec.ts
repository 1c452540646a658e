import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { SandboxProcess } from '../../sandbox.ts'
import type { ContainerRun } from '../kubelet/container-run.ts'
import { isJsonObject, type Json } from '../objects/meta.ts'
import type { Status } from '../status.ts'

/** The channels of a remote command: the first octet of each message (apimachinery/pkg/util/remotecommand). */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

/** Octets of output that may wait for a slow client before the program has to wait for it. */
const backlogLimit = 1024 * 1024

/** Largest message of a client; kubectl copies in pieces of 32 KiB. */
const messageLimit = 4 * 1024 * 1024

export interface Streams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** Which streams the client asked for; `stdin=true`, as kubectl writes it, or `stdin=1`. */
export const streamsOf = (query: URLSearchParams): Streams => {
  const on = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '')
  const tty = on('tty')
  return { stdin: on('stdin'), stdout: on('stdout'), stderr: on('stderr') && !tty, tty }
}

/** Whether the client offers a protocol of remote commands that this server speaks. */
export const offersChannels = (request: IncomingMessage): boolean => {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
  return protocols.some((one) => offered.includes(one))
}

/** Completes an upgrade to the remote command protocol. */
export type AcceptChannels = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  opened: (client: WebSocket) => void,
) => void

export function createChannelServer(): AcceptChannels {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageLimit,
    handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
  })
  return (request, socket, head, opened) => {
    server.handleUpgrade(request, socket, head, opened)
  }
}

/** What a client has sent before there was a program. */
export interface Opening {
  readonly messages: readonly Buffer[]
  readonly size: { readonly columns: number; readonly rows: number } | undefined
}

/** Milliseconds that a program on a terminal waits for the size of the client's window, which comes at once or never. */
const sizePatience = 250

/** Reads a client until it has told the size of its terminal, so that a program finds the right one when it starts. */
export function readOpening(client: WebSocket): Promise<Opening> {
  return new Promise((resolve) => {
    const messages: Buffer[] = []
    const done = (size: Opening['size']): void => {
      clearTimeout(timer)
      client.off('message', read)
      resolve({ messages, size })
    }
    const read = (data: RawData): void => {
      const message = bytesOf(data)
      const size = message[0] === channel.resize ? parseSize(message.subarray(1)) : undefined
      if (size !== undefined) done(size)
      else messages.push(message)
    }
    const timer = setTimeout(done, sizePatience, undefined)
    client.on('message', read)
  })
}

/**
 * Joins a client and a program that was started for it; the program ends when the client goes. `early` is what the
 * client has sent already.
 */
export function serveExec(
  client: WebSocket,
  process: SandboxProcess,
  streams: Streams,
  early: readonly Buffer[] = [],
): void {
  const send = sender(client, (full) => {
    if (full) {
      process.stdout.pause()
      process.stderr?.pause()
    } else {
      process.stdout.resume()
      process.stderr?.resume()
    }
  })
  process.stdin.on('error', () => undefined)
  const drained = [
    drain(process.stdout, (chunk) => {
      if (streams.stdout) send(channel.stdout, chunk)
    }),
    ...(process.stderr === null
      ? []
      : [
          drain(process.stderr, (chunk) => {
            if (streams.stderr) send(channel.stderr, chunk)
          }),
        ]),
  ]
  if (!streams.stdin) process.stdin.end()
  const input: Input = {
    stdin: (chunk) => process.stdin.write(chunk),
    endStdin: () => process.stdin.end(),
    resize: (columns, rows) => {
      process.resize(columns, rows)
    },
  }
  readClient(client, streams, input, early)
  let over = false
  client.on('close', () => {
    if (!over) process.signal(streams.tty ? 'SIGHUP' : 'SIGKILL')
  })
  client.on('error', () => {
    client.terminate()
  })
  const finish = (status: Status): void => {
    over = true
    send(channel.error, Buffer.from(JSON.stringify(status)))
    client.close(1000)
  }
  process.exit.then(
    async (exit) => {
      await Promise.all(drained)
      finish(exitStatus(exit))
    },
    (error: unknown) => {
      finish(failure(error instanceof Error ? error.message : String(error)))
    },
  )
}

/** Joins a client and a container that runs already; the container stays when the client goes. */
export function serveAttach(client: WebSocket, run: ContainerRun, streams: Streams): void {
  const send = sender(client, () => undefined)
  readClient(client, streams, {
    stdin: (chunk) => run.process.stdin.write(chunk),
    endStdin: () => run.process.stdin.end(),
    resize: (columns, rows) => {
      run.process.resize(columns, rows)
    },
  })
  const detach = run.attach({
    stdout: (chunk) => {
      if (streams.stdout) send(channel.stdout, chunk)
    },
    stderr: (chunk) => {
      if (streams.stderr) send(channel.stderr, chunk)
    },
    end: () => {
      send(channel.error, Buffer.from(JSON.stringify(exitStatus(0))))
      client.close(1000)
    },
  })
  client.on('close', detach)
  client.on('error', () => {
    client.terminate()
  })
}

type Send = (to: number, chunk: Buffer) => void

/** Sends messages and says when too much waits for the client, and when that is over. */
function sender(client: WebSocket, full: (full: boolean) => void): Send {
  let paused = false
  return (to, chunk) => {
    if (client.readyState !== client.OPEN) return
    client.send(Buffer.concat([Buffer.from([to]), chunk]), { binary: true }, () => {
      if (paused && client.bufferedAmount < backlogLimit / 2) {
        paused = false
        full(false)
      }
    })
    if (!paused && client.bufferedAmount > backlogLimit) {
      paused = true
      full(true)
    }
  }
}

const drain = (stream: NodeJS.ReadableStream, take: (chunk: Buffer) => void): Promise<void> =>
  new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      take(chunk)
    })
    stream.on('end', resolve)
    stream.on('close', resolve)
    // A terminal whose last program has gone reads as an error.
    stream.on('error', () => {
      resolve()
    })
  })

interface Input {
  stdin(chunk: Buffer): void
  endStdin(): void
  resize(columns: number, rows: number): void
}

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)

function readClient(client: WebSocket, streams: Streams, input: Input, early: readonly Buffer[] = []): void {
  let open = streams.stdin
  const take = (message: Buffer): void => {
    const [to] = message
    const rest = message.subarray(1)
    if (to === channel.stdin && open && rest.length > 0) input.stdin(rest)
    else if (to === channel.resize) {
      const size = parseSize(rest)
      if (size !== undefined) input.resize(size.columns, size.rows)
    } else if (to === channel.close && rest[0] === channel.stdin && open) {
      open = false
      input.endStdin()
    }
  }
  for (const message of early) take(message)
  client.on('message', (data) => {
    take(bytesOf(data))
  })
}

/** `{"Width":80,"Height":24}` */
function parseSize(bytes: Buffer): { columns: number; rows: number } | undefined {
  if (bytes.length > 200) return undefined
  let read: Json
  try {
    read = JSON.parse(bytes.toString()) as Json
  } catch {
    return undefined
  }
  if (!isJsonObject(read)) return undefined
  const valid = (value: Json | undefined): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536
  const { Width: columns, Height: rows } = read
  return valid(columns) && valid(rows) ? { columns, rows } : undefined
}

/** How a program's exit is told on the error channel. */
function exitStatus(exit: number): Status {
  if (exit === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command, exit code ${String(exit)}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exit) }] },
  }
}

const failure = (message: string): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason: 'InternalError',
  code: 500,
})
