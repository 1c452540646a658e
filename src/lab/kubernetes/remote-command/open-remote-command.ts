import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Runtime } from '../kubelet/runtime.ts'
import type { Pod } from '../objects/pod.ts'
import { asksSpdy, negotiate, switchToSpdy } from '../spdy/upgrade.ts'
import { badRequest } from '../status.ts'
import { failure } from './outcome.ts'
import { type AskedStreams, askedStreams, type RemoteStreams } from './remote-streams.ts'
import { serveAttach } from './serve-attach.ts'
import { serveExec } from './serve-exec.ts'
import { spdyProtocols, spdyStreams } from './spdy-streams.ts'
import { type AcceptChannels, offersChannels } from './websocket-server.ts'
import { websocketStreams } from './websocket-streams.ts'

/** A container in which somebody wants to run a command, or to whose program somebody wants to be attached. */
export interface RemoteCommand {
  readonly runtime: Runtime
  readonly pod: Pod
  readonly container: string
  readonly kind: 'exec' | 'attach'
}

/** Milliseconds that a program on a terminal waits for the size of the client's window, which comes at once or never. */
const sizePatience = 250
const usualSize = { columns: 80, rows: 24 }

/** Answers an upgrade of `…/exec` and `…/attach`. A StatusError, with nothing answered yet, when it is refused. */
export async function openRemoteCommand(
  command: RemoteCommand,
  request: IncomingMessage,
  query: URLSearchParams,
  socket: Duplex,
  head: Buffer,
  acceptChannels: AcceptChannels,
): Promise<void> {
  const { runtime, pod, container, kind } = command
  const asked = askedStreams(query)
  const serve = kind === 'attach' ? attachTo(command, asked) : execIn(command, query.getAll('command'), asked)
  if (!asked.stdin && !asked.stdout && !asked.stderr)
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
  runtime.assertRunning(pod, container)
  if (offersChannels(request)) {
    await acceptChannels(request, socket, head, (client) => {
      serve(websocketStreams(client, asked))
    })
  } else if (asksSpdy(request)) {
    const protocol = negotiate(request, spdyProtocols)
    switchToSpdy(socket, head, protocol)
    spdyStreams(socket, protocol, asked).then(serve, () => {
      socket.destroy()
    })
  } else throw badRequest('Upgrade request required')
}

type Serve = (client: RemoteStreams) => void

const attachTo =
  ({ runtime, pod, container }: RemoteCommand, asked: AskedStreams): Serve =>
  (client) => {
    try {
      serveAttach(client, runtime.attach(pod, container), asked)
    } catch (error) {
      client.finish(failure(error))
    }
  }

function execIn(
  { runtime, pod, container }: RemoteCommand,
  argv: readonly string[],
  asked: AskedStreams,
): Serve {
  const [program, ...rest] = argv
  if (program === undefined) throw badRequest('you must specify at least 1 command for the container')
  return (client) => {
    let gone = false
    void client.gone.then(() => {
      gone = true
    })
    const start = (size?: { readonly columns: number; readonly rows: number }): void => {
      if (gone) return
      try {
        serveExec(client, runtime.exec(pod, container, [program, ...rest], size), asked.tty)
      } catch (error) {
        // The pod has ended meanwhile.
        client.finish(failure(error))
      }
    }
    if (!asked.tty) start()
    else
      void client.sizes.first(sizePatience).then((size) => {
        start(size ?? usualSize)
      })
  }
}
