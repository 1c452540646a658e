import type { Readable } from 'node:stream'
import { RunError } from './run-error.ts'
import type { RunErrorCode } from './run-error.ts'
import type { Argv, Ran, RunOptions, Runner, Running } from './runner.ts'

/** What a command said, octet for octet. */
export interface Collected {
  readonly exit: number
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** Octets of standard output that a command may say when nobody asked for another limit. */
export const defaultMaxOutput = 16 * 1024 * 1024
/** Octets of standard error that are kept; what follows is read and forgotten. */
const maxErrorOutput = 64 * 1024

/** `Runner.run` for every implementation that can `start`. */
export async function runToEnd(
  runner: Pick<Runner, 'start' | 'where'>,
  argv: Argv,
  options: RunOptions = {},
): Promise<Ran> {
  const { exit, stdout, stderr } = await collect(runner, argv, options)
  return { exit, stdout: Buffer.from(stdout).toString('utf8'), stderr }
}

/**
 * Runs to the end and keeps the output as octets, for output that is not text or whose octets are counted.
 * Rejects with a RunError: `timeout`, `aborted`, `too-much` (more than `maxOutput`), or what `start` rejects with.
 */
export async function collect(
  runner: Pick<Runner, 'start' | 'where'>,
  argv: Argv,
  options: RunOptions = {},
): Promise<Collected> {
  const failure = (code: RunErrorCode, output: string): RunError =>
    new RunError({ code, where: runner.where, argv, output })
  if (options.signal?.aborted) throw failure('aborted', 'stopped before it began')

  const running = runner.start(argv)
  const limit = options.maxOutput ?? defaultMaxOutput
  let end: (error: RunError) => void = () => undefined
  const ended = new Promise<never>((_, reject) => {
    end = reject
  })
  ended.catch(() => undefined)
  const stopWith = (code: RunErrorCode, output: string): void => {
    end(failure(code, output))
    running.stop()
  }
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => stopWith('timeout', `no end after ${options.timeoutMs} ms`), options.timeoutMs)
  const onAbort = (): void => stopWith('aborted', 'stopped by the caller')
  options.signal?.addEventListener('abort', onAbort, { once: true })

  const stderr = keep(running.stderr, maxErrorOutput, () => undefined)
  const stdout = keep(running.stdout, limit, () =>
    stopWith('too-much', `more than ${limit} octets of output`),
  )
  feed(running, options.input)
  try {
    const [exit, out, err] = await Promise.race([Promise.all([running.exit, stdout, stderr]), ended])
    return { exit, stdout: out, stderr: err.toString('utf8') }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** Everything that a stream says, up to a limit; a stream that breaks has said what it said. */
function keep(stream: Readable, limit: number, onTooMuch: () => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      const room = limit - size
      size += chunk.length
      if (room > 0) chunks.push(chunk.length <= room ? chunk : chunk.subarray(0, room))
      if (chunk.length > room) onTooMuch()
    })
    const done = (): void => resolve(Buffer.concat(chunks))
    stream.once('end', done)
    stream.once('close', done)
    stream.once('error', done)
  })
}

function feed(running: Running, input: string | Uint8Array | undefined): void {
  // A command may end without reading its input; that is its right, and no error of ours.
  running.stdin.on('error', () => undefined)
  if (input === undefined) running.stdin.end()
  else running.stdin.end(input)
}
