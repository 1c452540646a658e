import { Readable, Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { type AskedStreams, flushed, noInput, noOutput, type RemoteStreams } from './remote-streams.ts'
import { SizeReader, TerminalSizes } from './terminal-sizes.ts'
import { Intake, octetsOf } from './websocket-server.ts'

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** Octets of input that may wait for a program. */
const inputWindow = 256 * 1024

/** A remote command's streams in the channels of a WebSocket. For `heartbeat` see Intake. */
export function websocketStreams(client: WebSocket, asked: AskedStreams, heartbeat?: number): RemoteStreams {
  const intake = new Intake(client, heartbeat)
  const send = (to: number, chunk: Buffer, done?: (error?: Error) => void): void => {
    client.send(Buffer.concat([Buffer.from([to]), chunk]), { binary: true }, done)
  }
  const output = (to: number): Writable => {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (client.readyState !== client.OPEN || chunk.length === 0) done()
        else send(to, chunk, done)
      },
    })
    stream.on('error', () => undefined)
    return stream
  }
  const stdin = asked.stdin
    ? new Readable({
        highWaterMark: inputWindow,
        read() {
          intake.goOn(this)
        },
        destroy(_error, done) {
          intake.goOn(this)
          done(null)
        },
      })
    : noInput()
  const stdout = asked.stdout ? output(channel.stdout) : noOutput()
  const stderr = asked.stderr ? output(channel.stderr) : noOutput()
  const sizes = new TerminalSizes()
  const sizeReader = new SizeReader()

  let open = asked.stdin
  client.on('message', (data) => {
    const message = octetsOf(data)
    const rest = message.subarray(1)
    switch (message[0]) {
      case channel.stdin:
        if (open && !stdin.destroyed && rest.length > 0 && !stdin.push(rest)) intake.stop(stdin)
        return
      case channel.resize:
        for (const size of sizeReader.read(rest)) sizes.tell(size)
        return
      case channel.close:
        if (rest[0] === channel.stdin && open) {
          open = false
          stdin.push(null)
        }
        return
      default:
    }
  })
  client.on('error', () => {
    client.terminate()
  })
  const gone = new Promise<void>((resolve) => {
    client.on('close', () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy()
      sizes.end()
      resolve()
    })
  })

  const finish: RemoteStreams['finish'] = (status) => {
    open = false
    stdin.resume()
    intake.drain()
    void Promise.all([flushed(stdout), flushed(stderr)]).then(() => {
      if (client.readyState !== client.OPEN) return
      send(channel.error, Buffer.from(JSON.stringify(status)))
      client.close(1000)
    })
  }
  return { stdin, stdout, stderr, sizes, finish, gone }
}
