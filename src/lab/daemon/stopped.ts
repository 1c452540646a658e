import { readFileSync } from 'node:fs'

/**
 * Whether a process has been stopped by a signal (state T of proc(5)'s stat): it is there, and does nothing. One that is traced, or gone, is
 * not.
 */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
  } catch {
    // It has ended, which is seen elsewhere.
    return false
  }
}
