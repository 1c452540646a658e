import { PassThrough, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { tooMuch } from '../../edge/budget.ts'
import { jsonValue } from '../../edge/json.ts'
import { runToEnd } from '../../exec/collect.ts'
import { RunError } from '../../exec/run-error.ts'
import type { RunErrorCode } from '../../exec/run-error.ts'
import type { Argv, Runner, RunOptions, Running } from '../../exec/runner.ts'
import { wordsByInput } from '../../exec/words-by-input.ts'
import type { Access } from '../access/access.ts'
import { connectionError, statusError } from '../api/error.ts'
import { backOff } from '../api/back-off.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { checkPermitted } from '../api/permissions.ts'
import {
  canEndInput,
  channel,
  endOfInput,
  inputMessage,
  readExecStatus,
  subprotocols,
  type ExecEnd,
} from './exec-channel.ts'
import { textAt } from '../../edge/fields.ts'

export interface PodTarget {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** Milliseconds: for the handshake, and for the body of a refused one; between pings; from the exit status to the end of the connection. */
const handshakeTimeout = 15_000
const pingEvery = 30_000
const lastWords = 2_000
/** Tries of a handshake that the server was too busy for, the first included. */
const mostTries = 4
/** Characters of an exec's URL: what proxies and load balancers take at the least (nginx's large_client_header_buffers: 8 kB, many 4 kB). */
const longestPath = 3_500
/** Octets of one message; servers send at most some tens of kilobytes. */
const mostMessage = 16 * 1024 * 1024

/**
 * Runs commands in a container of a pod, over the API server's exec (WebSocket, v5 or v4.channel.k8s.io).
 * Ending one (`stop`, a timeout, an abort) cuts the connection; the container runtime then closes the command's
 * input and output, and does not kill it. What must end with us reads its input, or has its own limit of time.
 */
export function podRunner(access: Access, target: PodTarget): Runner {
  const where = `pod ${target.namespace}/${target.pod}`
  const start = (argv: Argv, withInput: boolean, signal?: AbortSignal): Running =>
    startExec({ access, target, where, argv, withInput }, signal)
  return {
    where,
    start: (argv, options) => start(argv, true, options?.signal),
    run: (argv, options: RunOptions = {}) =>
      runToEnd({ where, start: (words) => start(words, options.input !== undefined) }, argv, options),
  }
}

interface Exec {
  readonly access: Access
  readonly target: PodTarget
  readonly where: string
  readonly argv: Argv
  readonly withInput: boolean
}

/** `/api/v1/namespaces/…/exec?command=…`: argv travels word by word, so no shell reads it. */
export function execPath({ namespace, pod, container }: PodTarget, argv: Argv, withInput: boolean): string {
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' })
  if (withInput) query.set('stdin', 'true')
  for (const word of argv) query.append('command', word)
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query.toString()}`
}

/** The same command with its words on its input, where its URL would be too long. */
function shortened(exec: Exec): { readonly sent: Exec; readonly head: Buffer | null } {
  if (execPath(exec.target, exec.argv, exec.withInput).length <= longestPath)
    return { sent: exec, head: null }
  const { argv, head } = wordsByInput(exec.argv, exec.withInput)
  return { sent: { ...exec, argv, withInput: true }, head }
}

function startExec(exec: Exec, signal?: AbortSignal): Running {
  const { sent, head } = shortened(exec)
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const ending = new AbortController()
  const end = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
  const failure = (code: RunErrorCode, output: string, cause?: unknown): RunError =>
    new RunError({ code, where: exec.where, argv: exec.argv, output }, { cause })

  const socket = openPatiently(sent, end)
  const stdin = inputOf(socket)
  if (head !== null) stdin.write(head)
  const exit = socket
    .then((open) => follow(open, { stdin, stdout, stderr }, end))
    .then((status) => {
      if (status === undefined) throw failure('connection', 'the connection ended before the command did')
      if (status.kind === 'exited') return status.exit
      if (status.kind === 'too-much') throw failure('too-much', tooMuch('a message', 'octets', mostMessage))
      throw failure(status.kind, status.message)
    })
    .catch((cause: unknown) => {
      if (end.aborted) throw failure('aborted', 'stopped by the caller', cause)
      if (cause instanceof RunError) throw cause
      const code = cause instanceof ClusterError && cause.code === 'forbidden' ? 'not-allowed' : 'connection'
      throw failure(code, cause instanceof Error ? cause.message : String(cause), cause)
    })
    .finally(() => {
      stdin.destroy()
      stdout.end()
      stderr.end()
    })
  exit.catch(() => undefined)
  return { stdin, stdout, stderr, exit, stop: () => ending.abort() }
}

/** Standard input as messages; what is written before the connection stands waits for it. */
function inputOf(socket: Promise<WebSocket>): Writable {
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      socket.then(
        (open) => open.send(inputMessage(chunk), () => done()),
        () => done(),
      )
    },
    final(done) {
      socket.then(
        (open) => {
          // Version 4 has no word for it: the command must not wait for the end of its input.
          if (canEndInput(open.protocol)) open.send(endOfInput(), () => done())
          else done()
        },
        () => done(),
      )
    },
  })
  stdin.on('error', () => undefined)
  return stdin
}

async function openPatiently(exec: Exec, signal: AbortSignal): Promise<WebSocket> {
  let renewed = false
  for (let tried = 1; ; tried++) {
    try {
      return await open(exec, tried, signal)
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      if (error.code === 'unauthorized' && !renewed && (await exec.access.renew())) {
        renewed = true
        continue
      }
      const passing = error.code === 'throttled' || error.code === 'server-error'
      if (!passing || tried >= mostTries) throw error
      await delay(backOff(tried), undefined, { signal })
    }
  }
}

async function open(exec: Exec, tried: number, signal: AbortSignal): Promise<WebSocket> {
  const { access } = exec
  const path = execPath(exec.target, exec.argv, exec.withInput)
  const asked = { method: 'GET', path }
  checkPermitted(asked.method, asked.path)
  const [{ WebSocket }, headers] = await Promise.all([import('ws'), access.headers()])
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${access.server.replace(/^http/, 'ws')}${path}`, [...subprotocols], {
      agent: access.agent,
      headers: { 'User-Agent': 'podpath', ...headers },
      perMessageDeflate: false,
      maxPayload: mostMessage,
    })
    const abort = (): void => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })
    let late = false
    // The library's own limit begins anew with every octet.
    const patience = setTimeout(() => {
      late = true
      socket.terminate()
    }, handshakeTimeout)
    const decided = (): void => {
      clearTimeout(patience)
      signal.removeEventListener('abort', abort)
    }
    socket.once('open', () => {
      decided()
      // What came together with the answer would be told before anybody listens: follow() lets it go on.
      socket.pause()
      resolve(socket)
    })
    socket.on('error', (cause) => {
      decided()
      reject(connectionError(access, asked, late ? new DOMException('late', 'TimeoutError') : cause))
    })
    socket.once('unexpected-response', (request, response: IncomingMessage) => {
      clearTimeout(patience)
      void readRefusal(response).then((body) => {
        decided()
        reject(statusError(access, asked, { status: response.statusCode ?? 0, body, tries: tried }))
        request.destroy()
      })
    })
  })
}

/** The Status object of a refused handshake; it is small, and what is more or comes later than that is cut. */
async function readRefusal(response: IncomingMessage): Promise<unknown> {
  let text = ''
  const patience = setTimeout(() => response.destroy(), handshakeTimeout)
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString('utf8')
      if (text.length > 64 * 1024) break
    }
    return jsonValue(text) ?? text
  } catch {
    return text
  } finally {
    clearTimeout(patience)
  }
}

interface Streams {
  readonly stdin: Writable
  readonly stdout: PassThrough
  readonly stderr: PassThrough
}

/** How an exec ended; `too-much`: by a message that is larger than one may be. */
type End = ExecEnd | { readonly kind: 'too-much' }

/** Passes messages on until the connection ends; resolves with its end, undefined when none was told. */
function follow(socket: WebSocket, streams: Streams, signal: AbortSignal): Promise<End | undefined> {
  return new Promise((resolve) => {
    let status: End | undefined
    let alive = true
    let farewell: NodeJS.Timeout | undefined
    // While we read nothing no pong is heard. The clock also keeps the process alive until the connection has ended.
    const heart = setInterval(() => {
      if (socket.isPaused) return
      if (!alive) return socket.terminate()
      alive = false
      socket.ping()
    }, pingEvery)
    const abort = (): void => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    const pass = (to: PassThrough, chunk: Buffer): void => {
      if (chunk.length === 0 || to.write(chunk)) return
      // Whoever reads slowly slows the sender down; nothing piles up here.
      socket.pause()
      to.once('drain', () => socket.resume())
    }
    socket.on('pong', () => (alive = true))
    socket.on('error', (cause) => {
      // Its end without one is told by whoever waits for it.
      if (textAt(cause, 'code') === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') status = { kind: 'too-much' }
      // After what is no message nothing can be read any more: nobody waits for a farewell.
      socket.terminate()
    })
    socket.on('message', (data: Buffer) => {
      alive = true
      const rest = data.subarray(1)
      if (data[0] === channel.stdout) pass(streams.stdout, rest)
      else if (data[0] === channel.stderr) pass(streams.stderr, rest)
      else if (data[0] === channel.status && rest.length > 0) {
        status = readExecStatus(rest.toString('utf8'))
        // Output may follow its command's end; the server closes when all is said.
        farewell = setTimeout(() => socket.terminate(), lastWords)
      }
    })
    socket.resume()
    socket.once('close', () => {
      clearInterval(heart)
      clearTimeout(farewell)
      signal.removeEventListener('abort', abort)
      resolve(status)
    })
  })
}
