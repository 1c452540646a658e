import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { runToEnd } from './collect.ts'
import { MarkedStream, type Mark, type RemoteProcess } from './marked-stream.ts'
import { remoteCommand } from './remote-command.ts'
import { RunError, type RunErrorCode } from './run-error.ts'
import type { Argv, Runner, Running } from './runner.ts'
import { startSsh } from './ssh-client.ts'
import { readComplaint } from './ssh-complaint.ts'
import { newNonce, SshConnection } from './ssh-connection.ts'
import { destination, sshArgv, type SshSettings } from './ssh-options.ts'

/** A machine that is reached with OpenSSH's own client. */
export interface SshMachine {
  /** Runs commands there, as root. */
  readonly runner: Runner
  /** Opens the first connection. Rejects with a RunError whose output is one line: what is wrong and what to do. */
  connect(): Promise<void>
  /** Ends what still runs, there and here. Never rejects. */
  close(): Promise<void>
}

/** Commands at once over one connection: sshd's own default is ten sessions (MaxSessions), and the lifeline is one. */
const mostSessions = 9
/** Milliseconds that a stopped command has to end on the other side before its ssh is ended here. */
const patience = 3_000

/** `directory` is private to us (mode 0700) and short: a socket's path has 107 octets at most (unix(7)). */
export function sshMachine(settings: SshSettings, host: string, directory: string): SshMachine {
  const where = destination(settings, host)
  const all = new Set<SshConnection>()
  const connection = (): SshConnection => {
    for (const one of all) {
      if (one.lost) continue
      if (one.sessions < mostSessions) return one
    }
    const fresh = new SshConnection(settings, host, join(directory, newNonce()))
    all.add(fresh)
    return fresh
  }
  const runner: Runner = {
    where,
    run: (argv, options) => runToEnd(runner, argv, options),
    start: (argv, options) => startOver({ settings, host, where, argv }, connection(), options?.signal),
  }
  return {
    runner,
    connect: () => connection().opened,
    close: async () => {
      await Promise.all([...all].map((one) => one.close()))
    },
  }
}

interface Command {
  readonly settings: SshSettings
  readonly host: string
  readonly where: string
  readonly argv: Argv
}

function startOver(command: Command, connection: SshConnection, signal?: AbortSignal): Running {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  streams.stdin.on('error', () => undefined)
  const ending = new AbortController()
  const end = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
  const failure = (code: RunErrorCode, output: string, cause?: unknown): RunError =>
    new RunError({ code, where: command.where, argv: command.argv, output }, { cause })
  connection.sessions++
  const exit = connection.opened
    .then(() => {
      if (end.aborted) throw failure('aborted', 'stopped before it began')
      if (connection.lost) throw failure('connection', 'the connection was closed before the command began')
      return follow(command, connection, streams, end)
    })
    .then((outcome) => {
      if (end.aborted) throw failure('aborted', 'stopped by the caller')
      if (outcome.kind === 'ended') return outcome.status
      throw failure(outcome.code, outcome.line)
    })
    .catch((error: unknown) => {
      if (end.aborted) throw failure('aborted', 'stopped by the caller', error)
      if (!(error instanceof RunError)) throw error
      throw failure(error.failure.code, error.failure.output, error)
    })
    .finally(() => {
      connection.sessions--
      streams.stdin.destroy()
      streams.stdout.end()
      streams.stderr.end()
    })
  exit.catch(() => undefined)
  return { ...streams, exit, stop: () => ending.abort() }
}

type Outcome =
  | { readonly kind: 'ended'; readonly status: number }
  | { readonly kind: 'failed'; readonly code: RunErrorCode; readonly line: string }

interface Streams {
  readonly stdin: PassThrough
  readonly stdout: PassThrough
  readonly stderr: PassThrough
}

async function follow(
  { settings, host, argv }: Command,
  connection: SshConnection,
  streams: Streams,
  signal: AbortSignal,
): Promise<Outcome> {
  const nonce = newNonce()
  const client = startSsh([...sshArgv(settings, host, connection.options()), remoteCommand(nonce, argv)])
  const known = connection.expect()
  let began: RemoteProcess | undefined
  let outcome: Outcome | undefined
  let giveUp: NodeJS.Timeout | undefined
  const stop = (): void => {
    if (began) connection.stop(began)
    // The lifeline may be as dead as the rest; our own end of it is always at hand.
    giveUp = setTimeout(() => client.kill('SIGKILL'), patience)
    giveUp.unref()
    // Nobody reads the output of a command that is stopped; ssh must not wait for us before it ends.
    for (const stream of [client.stdout, client.stderr]) stream.resume()
  }
  const onMark = (mark: Mark): void => {
    switch (mark.kind) {
      case 'began':
        began = mark.process
        connection.guard(began)
        known()
        if (signal.aborted) connection.stop(began)
        return
      case 'ended':
        outcome = { kind: 'ended', status: mark.status }
        return
      case 'missing':
        outcome = { kind: 'failed', code: 'not-found', line: `${argv[0]}: no such program on ${host}` }
        return
      case 'output':
        return
    }
  }
  const errors = pass({ from: client.stderr, to: streams.stderr, nonce, signal, onMark })
  pass({ from: client.stdout, to: streams.stdout, nonce, signal, onMark })
  streams.stdin.pipe(client.stdin)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const end = await client.ended
  known()
  clearTimeout(giveUp)
  signal.removeEventListener('abort', stop)
  streams.stdin.unpipe(client.stdin)
  if (outcome !== undefined) return outcome
  if (end.kind === 'not-started')
    return { kind: 'failed', code: 'failed', line: `ssh does not start: ${end.why}` }
  if (began)
    return { kind: 'failed', code: 'connection', line: 'the connection ended before the command did' }
  return { kind: 'failed', ...readComplaint(errors.preamble, { host, settings }) }
}

interface Pipe {
  readonly from: Readable
  readonly to: PassThrough
  readonly nonce: string
  readonly signal: AbortSignal
  readonly onMark: (mark: Mark) => void
}

/** Passes on what is the command's. */
function pass({ from, to, nonce, signal, onMark }: Pipe): MarkedStream {
  const marked = new MarkedStream(nonce, {
    onMark,
    onData: (octets) => {
      // Whoever reads slowly slows the sender down; nothing piles up here.
      if (signal.aborted || to.write(octets)) return
      from.pause()
      to.once('drain', () => from.resume())
    },
  })
  from.on('data', (chunk: Buffer) => marked.write(chunk))
  from.once('close', () => marked.end())
  return marked
}
