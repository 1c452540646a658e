import { spawn } from 'node:child_process'
import { RunError } from './run-error.ts'
import type { RunErrorCode } from './run-error.ts'
import { runToEnd } from './collect.ts'
import type { Argv, Runner, RunOptions, Running } from './runner.ts'
import { given } from '../edge/given.ts'

export interface LocalOptions {
  readonly cwd?: string
  /** The whole environment of the command; absent is ours. */
  readonly env?: Readonly<Record<string, string>>
}

/** Milliseconds that a command has to end after SIGTERM before it gets SIGKILL. */
const patience = 2000

/** Runs commands on this machine. No shell: argv reaches the program as it stands. */
export function localRunner(options: LocalOptions = {}): Runner {
  const runner: Runner = {
    where: 'local',
    run: (argv, runOptions) => runToEnd(runner, argv, runOptions),
    start: (argv, startOptions) => startLocal(argv, options, startOptions),
  }
  return runner
}

function startLocal(argv: Argv, options: LocalOptions, { signal }: Pick<RunOptions, 'signal'> = {}): Running {
  const [program, ...rest] = argv
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...given({ cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  })
  let stopping: NodeJS.Timeout | undefined
  const stop = (): void => {
    if (stopping !== undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    stopping = setTimeout(() => child.kill('SIGKILL'), patience)
    stopping.unref()
    // A grandchild may hold the pipes open; nobody reads them any more.
    child.once('exit', () => {
      child.stdout.destroy()
      child.stderr.destroy()
    })
  }
  const exit = new Promise<number>((resolve, reject) => {
    const failure = (code: RunErrorCode, output: string, cause?: unknown): RunError =>
      new RunError({ code, where: 'local', argv, output }, { cause })
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(failure(codeOf(error), error.message, error))
    })
    child.once('close', (code, name) => {
      clearTimeout(stopping)
      if (signal?.aborted) reject(failure('aborted', 'stopped by the caller'))
      else if (code !== null) resolve(code)
      else resolve(128 + (name === null ? 0 : signalNumber(name)))
    })
  })
  // Who only reads the streams must not be ended by an exit that nobody awaits.
  exit.catch(() => undefined)
  child.stdin.on('error', () => undefined)
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, stop }
}

function codeOf(error: NodeJS.ErrnoException): RunErrorCode {
  if (error.code === 'ENOENT') return 'not-found'
  return error.code === 'EACCES' || error.code === 'EPERM' ? 'not-allowed' : 'failed'
}

/** What a shell reports for a command that a signal ended is 128 plus the signal's number. */
function signalNumber(name: NodeJS.Signals): number {
  const numbers: Partial<Record<NodeJS.Signals, number>> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGABRT: 6,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGPIPE: 13,
    SIGTERM: 15,
  }
  return numbers[name] ?? 0
}
