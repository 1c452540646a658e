import { PassThrough } from 'node:stream'
import { runToEnd } from './collect.ts'
import { RunError } from './run-error.ts'
import type { RunErrorCode } from './run-error.ts'
import type { Argv, Runner, RunOptions, Running } from './runner.ts'

/** The namespaces of a process that nsenter(1) can enter, by its own long options. */
export type NamespaceKind = 'mount' | 'uts' | 'ipc' | 'net' | 'pid' | 'user' | 'cgroup'

export interface NamespaceTarget {
  /** A process in the namespaces, as the runner beneath numbers it. */
  readonly pid: number
  readonly namespaces: readonly [NamespaceKind, ...NamespaceKind[]]
}

/** Octets of nsenter's own complaint that we look at. */
const complaintSize = 4096

/** Runs commands in the namespaces of a process, over another runner. Needs nsenter (util-linux or busybox) there. */
export function namespaceRunner(over: Runner, target: NamespaceTarget): Runner {
  const where = `${over.where === 'local' ? '' : `${over.where}, `}namespace ${target.pid}`
  const runner: Runner = {
    where,
    run: (argv, options) => runToEnd(runner, argv, options),
    start: (argv, options) => startIn(where, over, enter(target, argv), argv, options),
  }
  return runner
}

/** The argv that runs another argv inside the target's namespaces. */
export const enter = (target: NamespaceTarget, argv: Argv): Argv => [
  'nsenter',
  `--target=${target.pid}`,
  ...target.namespaces.map((kind) => `--${kind}`),
  '--',
  ...argv,
]

function startIn(
  where: string,
  over: Runner,
  entering: Argv,
  argv: Argv,
  options?: Pick<RunOptions, 'signal'>,
): Running {
  const running = over.start(entering, options)
  const stderr = new PassThrough()
  let complaint = ''
  // The exit status may overtake the words that explain it.
  const spoken = new Promise<void>((resolve) => {
    running.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < complaintSize) complaint += chunk.toString('latin1')
      if (complaint.includes('\n')) resolve()
    })
    running.stderr.once('end', resolve)
    running.stderr.once('close', resolve)
  })
  running.stderr.pipe(stderr)
  // A stream that is cut ends what it was piped to only here.
  running.stderr.once('close', () => stderr.end())
  const exit = running.exit.then(
    async (status) => {
      if (status === 0) return 0
      await spoken
      const code = complaintCode(status, complaint)
      if (code === undefined) return status
      throw new RunError({ code, where, argv, output: complaint.slice(0, complaintSize) })
    },
    (error: unknown) => {
      if (!(error instanceof RunError)) throw error
      throw new RunError({ ...error.failure, where, argv }, { cause: error })
    },
  )
  exit.catch(() => undefined)
  return { stdin: running.stdin, stdout: running.stdout, stderr, exit, stop: running.stop }
}

/**
 * Whether nsenter itself failed, rather than the command: util-linux exits 1 when it cannot enter, 126 or 127
 * when it cannot execute (include/exec_shell.h and c.h, errexec), and names itself either way.
 */
function complaintCode(status: number, complaint: string): RunErrorCode | undefined {
  if (!complaint.startsWith('nsenter: ')) return undefined
  if (status === 127) return 'not-found'
  if (status === 126) return 'not-allowed'
  if (status !== 1) return undefined
  return /Operation not permitted|Permission denied/.test(complaint) ? 'not-allowed' : 'failed'
}
