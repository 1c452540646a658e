import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LabError } from '../daemon/lab-error.ts'
import { commonGroup, type ControlGroups } from '../namespaces/groups/control-groups.ts'
import { enclosed } from '../namespaces/syscalls/enclosure.ts'
import { closeDescriptors } from '../namespaces/root/lab-script.ts'

/** What is known of the way into a lab's bastion. */
export interface BastionDoor {
  /** Of its first process, in the lab's PID namespace. */
  readonly pid: number
}

/** The lab whose bastion it is. */
export interface EnteredLab {
  /** The machine's pid of the process that it hangs from. */
  readonly pid: number
  readonly groups: ControlGroups | null
}

/**
 * The words that run a program on the bastion, from the host: no server, no socket. Whoever may do this owns the
 * lab's namespaces already, as root or as the user who started it. Throws when the bastion is gone.
 *
 * Nothing of the caller's but the three streams comes along: no descriptor, no environment.
 *
 * First the lab's user namespace is entered, where nobody on the bastion can look on: from then on we are nobody's id of the
 * machine. A process that comes to the bastion from outside is seen there as soon as it is forked, with the id that it comes
 * with, and its root may take it over (ptrace(2)).
 */
export function enterBastion(door: BastionDoor, lab: EnteredLab): readonly string[] {
  const inner = hostPid(door.pid, lab.pid)
  if (inner === undefined) throw new LabError({ kind: 'bastion-ended' })
  const first = hostPid(1, lab.pid)
  if (first === undefined) throw new LabError({ kind: 'first-process-ended' })
  return [
    ...['bash', '--norc', '-c', joinGroups + closeDescriptors(2), 'podpath-lab'],
    ...[...commonGroups(lab.groups), '--'],
    ...['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ...['nsenter', `--target=${first}`, '--user'],
    ...enclosed([
      ...['nsenter', `--target=${inner}`],
      ...['--user', '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'],
    ]),
  ]
}

/** The lab's budget counts who enters it. In a session of another scope systemd lets nobody move a process there. */
const joinGroups = 'while [ "$1" != -- ]; do { echo 0 > "$1"; } 2>/dev/null || :; shift; done; shift'

const commonGroups = (groups: ControlGroups | null): readonly string[] =>
  [...new Set(Object.values(groups?.directories ?? {}))].map((directory) =>
    join(directory, commonGroup, 'cgroup.procs'),
  )

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
