import type { ChildProcess } from 'node:child_process'
import type { LabPart } from '../../model/lab/lab-health.ts'
import type { LabWatch } from './watch.ts'

/** Milliseconds before a program that ended is started again: longer each time, at once after it has run for a while. */
const pause = { first: 100, most: 10_000, steady: 10_000 } as const

export interface Kept {
  readonly part: LabPart
  /** Null: it is to run no more, because what it ran in is gone. */
  readonly start: () => ChildProcess | null
  readonly watch: LabWatch
  /** Told how it ended, each time. */
  readonly onEnded: (how: string) => void
}

/** Runs a program for as long as the lab lives: whenever it ends it is started again. */
export function keepRunning({ part, start, watch, onEnded }: Kept): void {
  let wait: number = pause.first
  let running: ChildProcess | null = null
  watch.follow(part, () => (running?.pid === undefined ? [] : [running.pid]))
  const begin = (): void => {
    const child = start()
    if (child === null) return
    running = child
    const began = performance.now()
    const ended = (how: string): void => {
      child.removeAllListeners()
      running = null
      // A second error of the same process would otherwise be nobody's.
      child.on('error', () => undefined)
      watch.returning(part)
      onEnded(how)
      wait = performance.now() - began > pause.steady ? pause.first : Math.min(wait * 2, pause.most)
      setTimeout(begin, wait)
    }
    child.once('spawn', () => watch.returned(part))
    child.once('error', (error) => ended(error.message))
    child.once('exit', (code, signal) => ended(signal ?? `exit ${code ?? '?'}`))
  }
  begin()
}
