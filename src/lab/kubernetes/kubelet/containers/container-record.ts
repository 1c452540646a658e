import type { ContainerRecord } from '../pod-status.ts'

/** A container whose program has just been started; one that ended before counts as restarted. */
export function running(
  old: ContainerRecord | undefined,
  now: string,
  ready: boolean,
  started: boolean,
  containerID: string,
): ContainerRecord {
  const last = old?.state.terminated === undefined ? old?.lastState : old.state
  const again = last?.terminated !== undefined
  return {
    state: { running: { startedAt: now } },
    lastState: last ?? {},
    restartCount: (old?.restartCount ?? 0) + (again ? 1 : 0),
    ready,
    started,
    containerID,
  }
}

/** A container whose program has ended. A program that could not be started exits with 128. */
export function terminated(
  old: ContainerRecord | undefined,
  now: string,
  exitCode: number,
  ready: boolean,
  outOfMemory: boolean,
): ContainerRecord {
  const startedAt = old?.state.running?.startedAt
  const id = old?.containerID === undefined ? {} : { containerID: old.containerID }
  return {
    state: {
      terminated: {
        exitCode,
        reason: outOfMemory
          ? 'OOMKilled'
          : exitCode === 0
            ? 'Completed'
            : exitCode === 128
              ? 'StartError'
              : 'Error',
        ...(startedAt === undefined ? {} : { startedAt }),
        finishedAt: now,
        ...id,
      },
    },
    lastState: old?.lastState ?? {},
    restartCount: old?.restartCount ?? 0,
    ready,
    started: false,
    ...id,
  }
}

/** A container that waits before it is started again. */
export const backingOff = (old: ContainerRecord, delayMs: number, what: string): ContainerRecord => ({
  ...old,
  state: { waiting: { reason: 'CrashLoopBackOff', message: `back-off ${printDelay(delayMs)} ${what}` } },
  lastState: old.state,
})

/** A container whose program could not even be asked for. */
export const notStarted = (
  old: ContainerRecord | undefined,
  reason: string,
  message: string,
): ContainerRecord => ({
  state: { waiting: { reason, message } },
  lastState: old?.lastState ?? {},
  restartCount: old?.restartCount ?? 0,
  ready: false,
  started: false,
})

/** Go's time.Duration: `10s`, `2m40s`. */
const printDelay = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000)
  return seconds < 60 ? `${String(seconds)}s` : `${String(Math.floor(seconds / 60))}m${String(seconds % 60)}s`
}
