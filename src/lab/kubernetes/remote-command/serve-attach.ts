import type { ContainerRun } from '../kubelet/containers/container-run.ts'
import { feed } from './carry.ts'
import { exitStatus } from './outcome.ts'
import type { AskedStreams, RemoteStreams } from './remote-streams.ts'

/** Joins a client and a container that runs already; the container stays when the client goes. */
export function serveAttach(client: RemoteStreams, run: ContainerRun, asked: AskedStreams): void {
  // Else the end of an input that nobody asked for would be the end of the container's.
  if (asked.stdin) feed(client.stdin, run.process.stdin)
  client.sizes.watch(({ columns, rows }) => {
    run.process.resize(columns, rows)
  })
  const detach = run.attach({
    stdout: client.stdout,
    stderr: client.stderr,
    end: () => {
      client.sizes.end()
      client.finish(exitStatus(0))
    },
  })
  void client.gone.then(() => {
    client.sizes.end()
    detach()
  })
}
