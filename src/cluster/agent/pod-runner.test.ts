import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { inTime } from '../../edge/in-time.ts'
import type { Access } from '../access/access.ts'
import { podRunner } from './pod-runner.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A server that takes every exec, and what it does then. */
async function execServer(
  upgraded: (socket: Socket, answer: string) => void,
): Promise<ReturnType<typeof podRunner>> {
  const server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    ends.push(() => socket.destroy())
    socket.on('error', () => undefined)
    const key = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    upgraded(
      socket,
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${key}`,
        'Sec-WebSocket-Protocol: v5.channel.k8s.io',
        '\r\n',
      ].join('\r\n'),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  const access = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    agent: undefined,
    headers: () => Promise.resolve({}),
    renew: () => Promise.resolve(false),
  } as unknown as Access
  return podRunner(access, { namespace: 'shop', pod: 'agent', container: 'agent' })
}

/** A binary message of a server: not masked (RFC 6455, 5.2). */
function message(channel: number, text: string): Buffer {
  const body = Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
  const head =
    body.length < 126
      ? Buffer.from([0x82, body.length])
      : Buffer.from([0x82, 126, body.length >> 8, body.length & 255])
  return Buffer.concat([head, body])
}

const success = JSON.stringify({ status: 'Success' })
const goodbye = Buffer.from([0x88, 2, 3, 232])

const whole = Buffer.concat([
  message(1, 'first '),
  message(2, 'complaint'),
  message(1, 'second'),
  message(3, success),
  goodbye,
])

test('what arrives in one segment with the 101 is heard, from the first octet', async () => {
  const runner = await execServer((socket, answer) => socket.end(Buffer.concat([Buffer.from(answer), whole])))
  for (let i = 0; i < 20; i++)
    expect(await runner.run(['true'])).toEqual({ exit: 0, stdout: 'first second', stderr: 'complaint' })
})

test('wherever a proxy cuts the answer and the messages behind it, nothing is lost', async () => {
  let cut = 0
  const runner = await execServer((socket, answer) => {
    const all = Buffer.concat([Buffer.from(answer), whole])
    socket.setNoDelay(true)
    socket.write(all.subarray(0, cut))
    setTimeout(() => socket.end(all.subarray(cut)), 2)
  })
  for (cut = 1; cut < 400; cut += 11)
    expect(await runner.run(['true']), `cut at ${cut}`).toEqual({
      exit: 0,
      stdout: 'first second',
      stderr: 'complaint',
    })
})

test('who reads both streams has all of both, however much of one comes before the other', async () => {
  const much = message(1, 'x'.repeat(60_000))
  const runner = await execServer((socket, answer) =>
    socket.end(
      Buffer.concat([
        Buffer.from(answer),
        ...Array.from({ length: 20 }, () => much),
        message(2, 'heard'),
        message(3, success),
        goodbye,
      ]),
    ),
  )
  const running = runner.start(['true'])
  const heard = new Promise<string>((resolve) =>
    running.stderr.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  let octets = 0
  running.stdout.on('data', (chunk: Buffer) => (octets += chunk.length))
  expect(await inTime(heard, 3_000, 'nothing')).toBe('heard')
  expect(await running.exit).toBe(0)
  await delay(5)
  expect(octets).toBe(20 * 60_000)
})

test.each([
  { what: 'ends without a word', does: (socket: Socket, answer: string) => socket.end(answer) },
  {
    what: 'breaks in the middle of a message',
    does: (socket: Socket, answer: string) => {
      socket.write(answer)
      socket.write(whole.subarray(0, 5), () => socket.destroy())
    },
  },
  {
    what: 'is reset',
    does: (socket: Socket, answer: string) => socket.write(answer, () => socket.resetAndDestroy()),
  },
  {
    what: 'says what is no message',
    does: (socket: Socket, answer: string) => socket.write(`${answer}nonsense, nonsense`),
  },
])('a connection that $what is an error, and soon', async ({ does }) => {
  const runner = await execServer(does)
  const running = runner.start(['true'])
  running.stdout.resume()
  running.stderr.resume()
  const ended = running.exit.then(
    () => 'an exit',
    (error: unknown) => error,
  )
  expect(await inTime(ended, 5_000, 'never')).toMatchObject({ failure: { code: 'connection' } })
})

test('one that never speaks ends when it is stopped', async () => {
  const runner = await execServer((socket, answer) => socket.write(answer))
  const running = runner.start(['true'])
  const ended = running.exit.catch((error: unknown) => error)
  await delay(30)
  running.stop()
  expect(await inTime(ended, 2_000, 'never')).toMatchObject({ failure: { code: 'aborted' } })
})
