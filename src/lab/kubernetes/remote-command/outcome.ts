import type { Status } from '../status.ts'

/** How a program's exit is told (apimachinery: a Status, with the exit status as its cause). */
export function exitStatus(exit: number): Status {
  if (exit === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command, exit code ${String(exit)}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exit) }] },
  }
}

/** How it is told that a program could not be run. */
export const failure = (error: unknown): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: error instanceof Error ? error.message : String(error),
  reason: 'InternalError',
  code: 500,
})
