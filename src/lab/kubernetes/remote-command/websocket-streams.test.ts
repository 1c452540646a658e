import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { exitStatus } from './outcome.ts'
import { everything, joinEnds, remoteStreamsContract, type Transport } from './remote-streams.contract.ts'
import { createChannelServer } from './websocket-server.ts'
import { websocketStreams } from './websocket-streams.ts'

const acceptChannels = createChannelServer()
const raw: WebSocket[] = []

const transport: Transport = {
  accept: (request, socket, head, asked) =>
    new Promise((resolve, reject) => {
      acceptChannels(request, socket, head, (client) => {
        resolve(websocketStreams(client, asked, 20))
      }).catch(reject)
    }),
  async connect(port) {
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/`, ['v5.channel.k8s.io'])
    raw.push(socket)
    const channels: readonly Buffer[][] = [[], [], [], [], []]
    socket.on('message', (data: Buffer) => channels[data[0] ?? 0]?.push(data.subarray(1)))
    socket.on('error', () => undefined)
    const outcome = once(socket, 'close').then(() => Buffer.concat(channels[3] ?? []).toString())
    await once(socket, 'open')
    const send = (channel: number, rest: Buffer): void => {
      socket.send(Buffer.concat([Buffer.from([channel]), rest]))
    }
    return {
      stdout: channels[1] ?? [],
      stderr: channels[2] ?? [],
      outcome,
      send: (chunk) => {
        for (let at = 0; at < chunk.length; at += 32_768) send(0, chunk.subarray(at, at + 32_768))
      },
      endInput: () => {
        send(255, Buffer.from([0]))
      },
      resize: (text) => {
        send(4, Buffer.from(text))
      },
      pause: () => {
        socket.pause()
      },
      resume: () => {
        socket.resume()
      },
      get unsent() {
        return socket.bufferedAmount
      },
      vanish: () => {
        socket.terminate()
      },
    }
  },
}

remoteStreamsContract('a WebSocket', transport)

test('input behind its end, empty messages and channels that nobody knows are passed over', async () => {
  const { client, server, end } = await joinEnds(transport, everything)
  client.send(Buffer.from('all'))
  client.endInput()
  client.send(Buffer.from('more'))
  client.endInput()
  for (const octets of ['', '09ff', 'ff', 'ff09']) raw.at(-1)?.send(Buffer.from(octets, 'hex'))
  expect(Buffer.concat(await server.stdin.toArray()).toString()).toBe('all')
  server.finish(exitStatus(0))
  expect(JSON.parse(await client.outcome)).toMatchObject({ status: 'Success' })
  end()
})
