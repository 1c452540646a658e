import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout under test. */
export const checkout = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** From its start to its end. */
  readonly milliseconds: number
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when standard error has said this; rejects when the program ends without it. */
  said(words: RegExp): Promise<void>
}

export interface Surroundings {
  readonly runtime: string
  readonly environment?: Readonly<Record<string, string>>
  /** Runs as this user instead of us. */
  readonly uid?: number
  /** Milliseconds after which it is killed. */
  readonly limit?: number
}

/** Milliseconds that no run of podpath in these tests may exceed, unless they say otherwise. */
const limit = 90_000

/** The checkout may lie where nobody but root gets to; there another user finds it too. */
const everybodys = '/mnt'
const asUser = (uid: number): readonly string[] => [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c'],
  `mount --bind "$1" ${everybodys} && uid=$2 && shift 2 && exec setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"`,
  ...['as-user', checkout, String(uid)],
]

/** Starts the real command, as a user would. */
export function startPodpath(args: readonly string[], where: Surroundings): Started {
  const began = performance.now()
  const words = where.uid === undefined ? [] : asUser(where.uid)
  const root = where.uid === undefined ? checkout : everybodys
  const [program = '', ...rest] = [...words, process.execPath, join(root, 'bin/podpath.js'), ...args]
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: where.runtime,
      LANG: 'C.UTF-8',
      PODPATH_RUNTIME_DIR: where.runtime,
      ...where.environment,
    },
    timeout: where.limit ?? limit,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  const waiting: {
    readonly words: RegExp
    readonly resolve: () => void
    readonly reject: (e: Error) => void
  }[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
    for (const one of waiting) if (one.words.test(stderr)) one.resolve()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => {
      for (const one of waiting) one.reject(new Error(`podpath ended without ${one.words}: ${stderr}`))
      resolve({ status, stdout, stderr, milliseconds: performance.now() - began })
    })
  })
  return {
    child,
    ended,
    said: (words) =>
      new Promise((resolve, reject) => {
        if (words.test(stderr)) resolve()
        else waiting.push({ words, resolve, reject })
      }),
  }
}

export const podpath = (args: readonly string[], where: Surroundings): Promise<Ended> =>
  startPodpath(args, where).ended
