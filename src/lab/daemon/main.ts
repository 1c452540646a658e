import { writeSync } from 'node:fs'
import { runDaemon } from './daemon.ts'
import {
  configurationVariable,
  releaseWord,
  type DaemonConfiguration,
  type DaemonMessage,
} from './configuration.ts'

/** The lab's daemon: the only program that the lab's scripts run. */

const say = (message: DaemonMessage): void => {
  try {
    writeSync(5, `${JSON.stringify(message)}\n`)
  } catch (error) {
    // Whoever started us may be gone; a lab that is not tied to them goes on.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
}

const fail = (error: unknown): never => {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${error instanceof Error ? (error.stack ?? message) : message}\n`)
  say({ kind: 'failed', message })
  process.exit(1)
}

process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => process.exit(0))

const told = process.env[configurationVariable]
// Children inherit the environment, and a node's root reads that of every process on it.
process.env = { PATH: process.env['PATH'] }
if (told === undefined) fail(new Error('the lab’s daemon is started by `podpath lab up`, not by hand'))
else {
  // Standard input comes from whoever started us. Unless they say that the lab may go on without them, its end is ours.
  let released = false
  process.stdin.on('data', (chunk: Buffer) => {
    released ||= chunk.toString('utf8').includes(releaseWord)
  })
  process.stdin.once('close', () => {
    if (!released) process.exit(0)
  })
  runDaemon({ configuration: JSON.parse(told) as DaemonConfiguration, say }).catch(fail)
}
