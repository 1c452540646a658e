import { chmodSync, chownSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { basename, join } from 'node:path'
import { Writable } from 'node:stream'
import { boundConnections } from '../../edge/bound-connections.ts'
import { crictl } from '../kubernetes/node/crictl.ts'
import { follows, journalctl, journalText, unitOf } from '../kubernetes/node/journalctl.ts'
import type { JournalLine, NodeAnswer, NodeView } from '../kubernetes/node/node-view.ts'
import { systemctl } from '../kubernetes/node/systemctl.ts'
import { carryAll } from '../kubernetes/remote-command/carry.ts'
import type { SandboxProcess } from '../sandbox.ts'
import { frame, FrameReader, writeFrame, type Call } from './frames.ts'
import { doorPath } from './paths.ts'

/** What the door of one node needs of the cluster. */
export interface NodeDoor {
  /** The directory of ours that the node sees read-only as /run/podpath. */
  readonly directory: string
  /** The id that is root on the node. */
  readonly owner: number
  view(): NodeView
  exec(
    answer: Extract<NodeAnswer, { readonly kind: 'exec' }>,
    size: { readonly columns: number; readonly rows: number } | undefined,
  ): SandboxProcess
  /** Calls with the node's new journal lines until the returned function is called. */
  follow(tell: (line: JournalLine) => void): () => void
  readonly onError: (error: unknown) => void
}

/** Connections to one of a node's sockets at one time. */
const mostConnections = 64

/** Octets of a journal that may wait for somebody who follows it and does not read; then they are let go. */
const mostWaiting = 4 * 1024 * 1024

/** Milliseconds between two looks whether a client that has to wait is still there. */
const sign = 1_000

/** Listens on the node's two sockets: root's, and everybody's. Returns how to stop. */
export function serveNode(door: NodeDoor): () => void {
  const servers = Object.entries(doorPath).map(([who, path]) => {
    const server: Server = createServer((socket) =>
      answer(socket, door, who === 'root', () => isAsking(socket)),
    )
    const isAsking = boundConnections(server, mostConnections)
    const outside = join(door.directory, basename(path))
    server.on('error', door.onError)
    server.listen(outside, () => {
      chmodSync(outside, who === 'root' ? 0o600 : 0o666)
      chownSync(outside, door.owner, door.owner)
    })
    return server
  })
  return () => {
    for (const server of servers) server.close()
  }
}

function answer(socket: Socket, door: NodeDoor, privileged: boolean, hasAsked: () => void): void {
  let process: SandboxProcess | undefined
  let unfollow: () => void = () => undefined
  const end = (status: number): void => {
    socket.end(writeFrame(frame.exit, String(status)))
  }
  const call = (line: string): void => {
    const asked = JSON.parse(line) as Call
    hasAsked()
    const view = door.view()
    const given = run(asked, view, privileged)
    if (given.kind === 'text') {
      if (given.stdout !== '') socket.write(writeFrame(frame.stdout, given.stdout))
      if (given.stderr !== '') socket.write(writeFrame(frame.stderr, given.stderr))
      if (asked.program !== 'journalctl' || given.exit !== 0 || !follows(asked.argv)) return end(given.exit)
      const unit = unitOf(asked.argv)
      unfollow = door.follow((one) => {
        if (unit !== undefined && one.unit !== unit) return
        if (socket.writableLength > mostWaiting) socket.destroy()
        else socket.write(writeFrame(frame.stdout, `${journalText(one, view.node)}\n`))
      })
      return
    }
    const size = { columns: asked.columns, rows: asked.rows }
    process = door.exec(given, given.tty ? size : undefined)
    if (given.stdin) socket.write(writeFrame(frame.begin, given.tty ? 'tty' : ''))
    else process.stdin.end()
    const delivered = Promise.all([
      carryAll(process.stdout, framed(socket, frame.stdout)),
      ...(process.stderr === null ? [] : [carryAll(process.stderr, framed(socket, frame.stderr))]),
    ])
    process.exit.then(
      async (status) => {
        await delivered
        end(status)
      },
      (error: unknown) => {
        socket.write(writeFrame(frame.stderr, `${error instanceof Error ? error.message : String(error)}\n`))
        end(1)
      },
    )
  }
  /**
   * What is typed is taken as fast as the program takes it. That a client has gone is not seen of a socket that nobody reads, but when
   * something is written to it.
   */
  const wait = (stdin: Writable): void => {
    const look = setInterval(() => socket.write(writeFrame(frame.stdout)), sign)
    const goOn = (): void => {
      clearInterval(look)
      for (const event of ['drain', 'close']) stdin.off(event, goOn)
      socket.off('close', goOn)
      socket.resume()
    }
    socket.pause()
    for (const event of ['drain', 'close']) stdin.on(event, goOn)
    socket.on('close', goOn)
  }
  const reader = new FrameReader(({ kind, octets }) => {
    if (kind === frame.stdin) {
      if (process && !process.stdin.destroyed && !process.stdin.write(octets)) wait(process.stdin)
    } else if (kind === frame.endOfInput) process?.stdin.end()
    else if (kind === frame.resize) {
      const [columns, rows] = octets.toString('utf8').split(' ').map(Number)
      if (columns !== undefined && rows !== undefined && columns > 0 && rows > 0)
        process?.resize(columns, rows)
    }
  }, call)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    unfollow()
    process?.signal('SIGHUP')
  })
  socket.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk)
    } catch (error) {
      door.onError(error)
      socket.destroy()
    }
  })
}

/** A program's output as frames, taken as fast as the socket takes them. */
function framed(socket: Socket, kind: number): Writable {
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (socket.destroyed) done()
      else
        socket.write(writeFrame(kind, chunk), () => {
          done()
        })
    },
  })
  socket.on('close', () => {
    output.destroy()
  })
  return output
}

function run({ program, argv }: Call, view: NodeView, privileged: boolean): NodeAnswer {
  const words = argv.map(String)
  switch (program) {
    case 'crictl':
      return crictl(words, view, privileged)
    case 'systemctl':
      return systemctl(words, view)
    case 'journalctl':
      return journalctl(words, view)
  }
}
