import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync, statSync } from 'node:fs'

/** In the environment of a lab's first process: what its record knows it by. Only its owner and root can read it (proc(5), environ). */
export const identityVariable = 'PODPATH_LAB_ID'

export const newIdentity = (): string => randomBytes(16).toString('hex')

/** What a record says of the process that a lab hangs from. */
export interface LabProcess {
  readonly pid: number
  /** In clock ticks after boot: tells the process from a later one of the same pid. */
  readonly startTime: string
  readonly id: string
}

/**
 * Whether this is a lab's first process and no other: it is the user's, began when the record says, and was started with the
 * record's identity. A record that names any other process proves nothing, whoever wrote it.
 */
export function isLabProcess({ pid, startTime, id }: LabProcess): boolean {
  if (startTimeOf(pid) !== startTime || !isOurs(pid)) return false
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${identityVariable}=${id}`)
  } catch {
    // It ended while we looked, or is not ours to look at.
    return false
  }
}

/** Whether this is still the process of ours that began then. */
export const isStillOurs = ({ pid, startTime }: Pick<LabProcess, 'pid' | 'startTime'>): boolean =>
  startTimeOf(pid) === startTime && isOurs(pid)

function isOurs(pid: number): boolean {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === process.getuid?.()
}

/** Pids are used again; start times are not. */
export function startTimeOf(pid: number): string | undefined {
  try {
    readlinkSync(`/proc/${pid}/exe`)
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    // It is gone, or not ours to look at: either way it is not the lab that this user started.
    return undefined
  }
}

/** Ends what `pid` is the first process of: the kernel takes the rest of its PID namespace with it. */
export function endProcess(pid: number): void {
  // To kill(2) any other number is a group of processes, or all of them.
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new Error(`${pid} is no process of a lab`)
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
