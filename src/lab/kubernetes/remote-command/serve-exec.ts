import type { SandboxProcess } from '../../sandbox.ts'
import type { Status } from '../status.ts'
import { carry, feed } from './carry.ts'
import { exitStatus, failure } from './outcome.ts'
import type { RemoteStreams } from './remote-streams.ts'

/** Joins a client and a program that was started for it; the program ends when the client goes. */
export function serveExec(client: RemoteStreams, process: SandboxProcess, tty: boolean): void {
  process.stdin.on('error', () => undefined)
  feed(client.stdin, process.stdin)
  const delivered = Promise.all([
    carry(process.stdout, client.stdout),
    ...(process.stderr === null ? [] : [carry(process.stderr, client.stderr)]),
  ])
  client.sizes.watch(({ columns, rows }) => {
    process.resize(columns, rows)
  })
  let over = false
  void client.gone.then(() => {
    if (!over) process.signal(tty ? 'SIGHUP' : 'SIGKILL')
  })
  const finish = (status: Status): void => {
    over = true
    client.sizes.end()
    client.finish(status)
  }
  process.exit.then(
    async (exit) => {
      await delivered
      finish(exitStatus(exit))
    },
    (error: unknown) => {
      finish(failure(error))
    },
  )
}
