import { once } from 'node:events'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { resetStatus } from '../spdy/frame.ts'
import { type ClientStream, SpdyClient } from '../spdy/spdy-client.contract.ts'
import { negotiate, switchToSpdy } from '../spdy/upgrade.ts'
import { exitStatus } from './outcome.ts'
import {
  everything,
  joinEnds,
  remoteStreamsContract,
  terminal,
  type Transport,
} from './remote-streams.contract.ts'
import { spdyProtocols, spdyStreams } from './spdy-streams.ts'

/** Asks for an upgrade, as kubectl does, and speaks SPDY on what comes of it. */
async function upgrade(port: number, protocols: string): Promise<SpdyClient> {
  const asked = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocols },
  })
  asked.end()
  const [, socket, head] = (await once(asked, 'upgrade')) as [unknown, Duplex, Buffer]
  if (head.length > 0) socket.unshift(head)
  return new SpdyClient(socket)
}

const over = (offered: string): Transport => ({
  accept: (request, socket, head, asked) => {
    const protocol = negotiate(request, spdyProtocols)
    switchToSpdy(socket, head, protocol)
    return spdyStreams(socket, protocol, asked, { heartbeat: 20 })
  },
  async connect(port, asked) {
    const client = await upgrade(port, offered)
    const open = (streamtype: string): Promise<ClientStream> => client.open({ streamtype })
    const error = await open('error')
    const stdin = asked.stdin ? await open('stdin') : undefined
    const stdout = asked.stdout ? await open('stdout') : undefined
    const stderr = asked.stderr ? await open('stderr') : undefined
    const resize = asked.tty && /v[34]/.test(offered) ? await open('resize') : undefined
    const all = Promise.all([error.ended, stdin?.ended, stdout?.ended, stderr?.ended])
    return {
      stdout: stdout?.received ?? [],
      stderr: stderr?.received ?? [],
      outcome: all.then(() => {
        client.connection.destroy()
        return Buffer.concat(error.received).toString()
      }),
      send: (chunk) => stdin?.write(chunk),
      endInput: () => stdin?.end(),
      resize: (text) => resize?.write(Buffer.from(text)),
      pause: () => {
        client.pause()
      },
      resume: () => {
        client.resume()
      },
      get unsent() {
        return client.connection.writableLength
      },
      vanish: () => {
        client.connection.destroy()
      },
    }
  },
})

// kubectl 1.29 and newer offer a version that is for WebSockets alone.
remoteStreamsContract('SPDY', over('v5.channel.k8s.io, v4.channel.k8s.io, v3.channel.k8s.io'))

describe('before v4 the error stream has words, and nothing when all went well', () => {
  test.each<{ protocol: string; exit: number; outcome: string }>([
    { protocol: 'v3.channel.k8s.io', exit: 0, outcome: '' },
    {
      protocol: 'v3.channel.k8s.io',
      exit: 5,
      outcome: 'command terminated with non-zero exit code: error executing command, exit code 5',
    },
    { protocol: 'v2.channel.k8s.io', exit: 0, outcome: '' },
    {
      protocol: 'channel.k8s.io',
      exit: 5,
      outcome: 'command terminated with non-zero exit code: error executing command, exit code 5',
    },
  ])('$protocol, exit $exit', async ({ protocol, exit, outcome }) => {
    const { client, server, end } = await joinEnds(over(protocol), terminal)
    server.stdout.write('out')
    server.finish(exitStatus(exit))
    expect(await client.outcome).toBe(outcome)
    expect(Buffer.concat(client.stdout).toString()).toBe('out')
    end()
  })
})

/** A client that has not opened its streams yet. */
async function bare(opening: number): Promise<{ client: SpdyClient; opened: Promise<unknown> }> {
  let client: SpdyClient | undefined
  let opened: Promise<unknown> = Promise.resolve()
  const joined = joinEnds(
    {
      accept: (_request, socket, head, asked) => {
        switchToSpdy(socket, head, 'v4.channel.k8s.io')
        const streams = spdyStreams(socket, 'v4.channel.k8s.io', asked, { opening })
        opened = streams.then(
          () => 'open',
          (error: unknown) => String(error),
        )
        return streams
      },
      connect: async (port) => {
        client = await upgrade(port, 'v4.channel.k8s.io')
        throw new Error('no streams')
      },
    },
    everything,
  )
  await joined.catch(() => undefined)
  return { client: client!, opened }
}

test('a client that does not open its streams in time loses its connection', async () => {
  const { client, opened } = await bare(50)
  await client.open({ streamtype: 'error' })
  await client.closed
  expect(await opened).toContain('did not open its streams')
})

test('a stream of another type, without one, or the second of its type is reset; the others serve', async () => {
  const { client, opened } = await bare(60_000)
  const [, ...refused] = [
    await client.open({ streamtype: 'error' }),
    await client.open({ streamtype: 'error' }),
    await client.open({ streamtype: 'resize' }),
    await client.open({ streamtype: 'data' }),
    await client.open({}),
  ]
  expect(await Promise.all(refused.map(({ ended }) => ended))).toEqual(refused.map(() => resetStatus.cancel))
  for (const streamtype of ['stdin', 'stdout', 'stderr']) await client.open({ streamtype })
  expect(await opened).toBe('open')
  client.connection.destroy()
})
