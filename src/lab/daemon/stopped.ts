import { readFileSync } from 'node:fs'

/**
 * Whether a process has been stopped by a signal (state T of proc(5)'s stat): it is there, and does nothing. One that is traced, or gone, is
 * not. nsenter(1) stops itself with the program that it waits for, and does not go on with it: of that program it is told.
 */
export function isStopped(pid: number): boolean {
  try {
    const [, name = '', state] = /\((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    if (state !== 'T') return false
    const children = name === 'nsenter' ? childrenOf(pid) : []
    return children.length === 0 || children.some(isStopped)
  } catch {
    // It has ended, which is seen elsewhere.
    return false
  }
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number).filter(Boolean)
