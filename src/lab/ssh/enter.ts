import { readdirSync, readFileSync } from 'node:fs'
import { LabError } from '../daemon/lab-error.ts'
import type { Way } from '../namespaces/way.ts'

/** What is known of the way into a lab's bastion. */
export interface BastionDoor {
  /** Of its first process, in the lab's PID namespace. */
  readonly pid: number
  readonly way: Way
}

/**
 * The words that run a program on the bastion, from the host: no server, no socket. Whoever may do this owns the
 * lab's namespaces already, as root or as the user who started it.
 * `labProcess` is the host's pid of the process the lab hangs from. Throws when the bastion is gone.
 */
export function enterBastion(door: BastionDoor, labProcess: number): readonly [string, ...string[]] {
  const inner = hostPid(door.pid, labProcess)
  if (inner === undefined) throw new LabError('not-able', `the bastion of the lab has ended: ${startAnew}`)
  const bastion = [`--target=${inner}`, ...['--user', '--mount', '--uts', '--ipc', '--net', '--pid']]
  if (door.way === 'root') return ['nsenter', ...bastion]
  // Without root, first the lab's user namespace, where we are root; it is that of the lab's first process.
  const first = hostPid(1, labProcess)
  if (first === undefined) throw new LabError('not-able', `the lab has ended: ${startAnew}`)
  return ['nsenter', `--target=${first}`, '--user', 'nsenter', ...bastion]
}

const startAnew = '`podpath lab down` and `podpath lab up` start it anew'

interface Seen {
  readonly pid: number
  readonly parent: number
  /** Its pid in the lab's PID namespace: the second of `NSpid` in proc(5). */
  readonly inLab: number | undefined
}

/** The host's pid of a process that the lab knows by another. Only processes below `ancestor` are the lab's. */
function hostPid(inLab: number, ancestor: number): number | undefined {
  const seen = new Map<number, Seen>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const process = look(Number(name))
    if (process) seen.set(process.pid, process)
  }
  const isBelow = (process: Seen): boolean => {
    for (let at: Seen | undefined = process; at; at = seen.get(at.parent))
      if (at.parent === ancestor) return true
    return false
  }
  return [...seen.values()].find((process) => process.inLab === inLab && isBelow(process))?.pid
}

function look(pid: number): Seen | undefined {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    // It ended while we looked.
    return undefined
  }
  const inside = /^NSpid:\s+\d+\s+(\d+)/m.exec(status)?.[1]
  return {
    pid,
    parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]),
    inLab: inside === undefined ? undefined : Number(inside),
  }
}
