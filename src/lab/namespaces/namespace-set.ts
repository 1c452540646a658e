import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enterRootScript, keptByPods } from './root/enter-root.ts'
import type { Guests } from './guests.ts'
import { labDirectory } from './root/lab-script.ts'
import { layOut } from './root/lay-out.ts'
import type { NamespaceRequest } from './namespace-request.ts'
import { SandboxError } from '../sandbox.ts'
import { mountFailed } from './mount-failed.ts'
import { removeTree } from './remove-tree.ts'
import { sandboxScript } from './root/sandbox-script.ts'

/** A set of namespaces with a process that holds them: a node, a pod, a bastion. */
export interface NamespaceSet {
  readonly name: string
  /** Of its first process, in the lab's PID namespace. */
  readonly pid: number
  /** Settles when its first process has ended, by whatever cause. */
  readonly ended: Promise<void>
  /** Ends every process in it; one that has ended already is left alone, whoever has its number now. */
  end(): Promise<void>
}

/** Builds the set and waits until its first process stands in its own root. Nothing of it is left when that fails. */
export async function createNamespaces(guests: Guests, request: NamespaceRequest): Promise<NamespaceSet> {
  try {
    layOut(request)
    return await enterNamespaces(guests, request)
  } catch (error) {
    await removeTree(request.root.directory)
    throw error
  }
}

async function enterNamespaces(guests: Guests, request: NamespaceRequest): Promise<NamespaceSet> {
  const { directory } = request.root
  const guestFd = openSync(guests.path, 'r')
  const networkFd = request.network === 'new' ? null : request.network
  const { under, own } = request.processes
  const { gallery } = request
  const entered = [
    ...(under === null ? [] : [`--pid=/proc/${under}/ns/pid`]),
    ...(gallery === undefined ? [] : [`--mount=/proc/${gallery.pid}/ns/mnt`]),
  ]
  const argv = [
    ...(entered.length === 0 ? [] : ['nsenter', ...entered]),
    'unshare',
    ...['--mount', '--uts', '--ipc', '--propagation', gallery?.show === undefined ? 'private' : 'unchanged'],
    ...(own ? ['--pid', '--fork', '--kill-child'] : []),
    ...['sh', sandboxScriptPath, directory, request.hostname],
    request.network === 'new' ? 'new' : 'given',
    gallery?.show ?? '',
    request.root.isHost ? 'all' : keptByPods,
    ...(request.mountVolumes ?? []),
  ]
  let child: ChildProcess
  try {
    child = spawn(argv[0] ?? '', argv.slice(1), {
      stdio: [
        'ignore',
        'ignore',
        'pipe',
        'pipe',
        'ignore',
        'ignore',
        'ignore',
        'ignore',
        networkFd ?? 'ignore',
        guestFd,
      ],
    })
  } finally {
    closeSync(guestFd)
    if (networkFd !== null) closeSync(networkFd)
  }
  let first: { readonly pid: number; readonly born: string | null } | null = null
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      // Whoever entered for it may have been ended alone; the set does not outlive them.
      if (first !== null && first.born !== null && bornAt(first.pid) === first.born) kill(first.pid)
      resolve()
    }),
  )
  await ready(child, request.name)
  const pid = descendant(child.pid ?? -1, (under === null ? 0 : 1) + (own ? 1 : 0))
  const born = bornAt(pid)
  first = { pid, born }
  return {
    name: request.name,
    pid,
    ended,
    async end() {
      if (born !== null && bornAt(pid) === born) {
        if (own) kill(pid)
        else killSharingMounts(pid)
      }
      await ended
      await removeTree(directory)
    },
  }
}

/** Where the daemon puts the scripts, so that a node's process list shows a name and not the text. */
const sandboxScriptPath = join(labDirectory, 'lib', 'podpath-sandbox')
const enterRootPath = join(labDirectory, 'lib', 'podpath-enter')

/** Puts the scripts there. */
export function layOutSandboxScripts(): void {
  const enter = enterRootScript()
  if (enter !== null) writeFileSync(enterRootPath, enter)
  writeFileSync(sandboxScriptPath, sandboxScript(enter === null ? null : enterRootPath))
}

function ready(child: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaints = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString('utf8')).slice(-4096)
    })
    child.once('error', reject)
    const early = (code: number | null): void => {
      const complaint = complaints.trim() || 'no message'
      reject(
        complaint.startsWith(mountFailed)
          ? new SandboxError('volume', complaint)
          : new Error(
              `${name}: its namespaces could not be made (exit ${code ?? 'by signal'}): ${complaint}`,
            ),
      )
    }
    child.once('exit', early)
    const word = child.stdio[3]
    word?.once('data', () => {
      child.off('exit', early)
      child.stderr?.destroy()
      word.removeAllListeners()
      if ('destroy' in word) word.destroy()
      resolve()
    })
  })
}

/** The only child of the only child …: nsenter and unshare each fork once. */
function descendant(pid: number, generations: number): number {
  let at = pid
  for (let i = 0; i < generations; i++) {
    const children = readFileSync(`/proc/${at}/task/${at}/children`, 'utf8').trim().split(' ')
    const next = Number(children[0])
    if (!Number.isInteger(next) || next <= 0) throw new Error(`process ${at} has no child`)
    at = next
  }
  return at
}

/** In clock ticks after boot (field 22 of proc(5)'s stat): tells a process from a later one of its number. Null: it is gone. */
function bornAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? null : (rest[18] ?? null)
  } catch {
    return null
  }
}

/** Looks at all processes, after which those that fork faster live on: what they have left is removed with care. */
const mostLooks = 20

/** Ends every process that lives in the mount namespace of this one, and what they fork meanwhile. */
function killSharingMounts(pid: number): void {
  const wanted = mountsOf(pid)
  if (wanted === null) return
  for (let looks = 0; looks < mostLooks; looks++) {
    const there = readdirSync('/proc')
      .map(Number)
      .filter((one) => Number.isInteger(one) && one > 0 && mountsOf(one) === wanted)
    if (there.length === 0) return
    for (const one of there) kill(one)
  }
}

/** Its mount namespace; null when it has ended. */
function mountsOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    // It ended while we looked: nothing to end any more.
    return null
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** The arguments that enter every namespace of the set, as its root. */
export const inside = (set: Pick<NamespaceSet, 'pid'>): readonly [string, ...string[]] => [
  'nsenter',
  `--target=${set.pid}`,
  ...['--user', '--mount', '--uts', '--ipc', '--net', '--pid'],
]
