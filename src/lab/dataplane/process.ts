import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { defaultCapabilities } from '../namespaces/syscalls/capabilities.ts'
import { insideWith } from '../namespaces/enter-set.ts'
import { inside, type NamespaceSet } from '../namespaces/namespace-set.ts'
import type { ProcessRequest, SandboxProcess } from '../sandbox.ts'
import { inGroups } from './container-groups.ts'

/** Runs a process in a namespace set, with the rights of a container and, when asked, a terminal. */
export function spawnInside(
  set: NamespaceSet,
  request: ProcessRequest,
  joins: readonly string[] = [],
): SandboxProcess {
  const environment = Object.entries(request.env).map(([name, value]) => `${name}=${value}`)
  const command = inGroups(joins, [
    ...entering(set, request),
    // `env --chdir` reports a missing directory in one line, as a runtime does. After a variable it would be one more.
    ...['env', '-i', ...(request.cwd ? [`--chdir=${request.cwd}`] : []), '--', ...environment],
    ...(request.tty
      ? ['script', '-qefc', terminalCommand(request.argv, request.tty.columns, request.tty.rows), '/dev/null']
      : request.argv),
  ])
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['pipe', 'pipe', request.tty ? 'ignore' : 'pipe'],
  })
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + signalNumber(signal))
    })
  })
  exit.catch(() => undefined)
  child.stdin?.on('error', () => undefined)
  return {
    stdin: child.stdin as Writable,
    stdout: child.stdout as Readable,
    stderr: request.tty ? null : (child.stderr ?? new PassThrough()),
    exit,
    resize(columns, rows) {
      const terminal = terminalOf(child)
      if (!terminal) return
      const [program = '', ...words] = insideWith(set, defaultCapabilities)
      spawn(program, [...words, 'stty', '-F', terminal, 'cols', String(columns), 'rows', String(rows)], {
        stdio: 'ignore',
      }).on('error', () => undefined)
    },
    signal(name) {
      // Its number may be another process's by now.
      if (child.exitCode !== null || child.signalCode !== null) return
      for (const pid of [...descendants(child.pid ?? -1)].reverse()) kill(pid, name)
      child.kill(name)
    },
  }
}

function entering(set: NamespaceSet, { capabilities }: ProcessRequest): readonly string[] {
  const { privileged, add } = capabilities ?? { privileged: false, add: [] }
  return privileged || add.some((name) => name.toUpperCase() === 'ALL')
    ? inside(set)
    : insideWith(set, [...defaultCapabilities, ...add])
}

/** `script` takes one shell line: the size first, then the command, each word quoted. */
const terminalCommand = (argv: readonly string[], columns: number, rows: number): string =>
  `stty cols ${Math.trunc(columns)} rows ${Math.trunc(rows)} 2>/dev/null; exec ${argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`

const children = (pid: number): readonly number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((word) => word !== '')
      .map(Number)
  } catch {
    // It ended while we looked.
    return []
  }
}

function descendants(pid: number): readonly number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)])
}

/** The terminal that `script` made: where its child has its standard input. */
function terminalOf(child: ChildProcess): string | undefined {
  for (const pid of descendants(child.pid ?? -1)) {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/0`)
      if (target.startsWith('/dev/pts/')) return target
    } catch {
      // Ended, or not ours to read: the next one may tell.
    }
  }
  return undefined
}

function kill(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

const signalNumbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
}
const signalNumber = (signal: NodeJS.Signals | null): number =>
  signal === null ? 0 : (signalNumbers[signal] ?? 0)
