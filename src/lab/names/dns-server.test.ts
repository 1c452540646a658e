import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { framed, serveDns, type DnsHandler } from './dns-server.ts'

async function open(
  handle: DnsHandler,
): Promise<{ readonly connect: () => Promise<Socket>; errors: unknown[] }> {
  const errors: unknown[] = []
  const server = await serveDns({
    address: '127.0.0.1',
    port: 0,
    handle,
    onError: (error) => errors.push(error),
  })
  onTestFinished(() => server.close())
  return {
    errors,
    async connect() {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => undefined)
      onTestFinished(() => void socket.destroy())
      await once(socket, 'connect')
      return socket
    },
  }
}
const query = (name: string): Buffer => Buffer.from(framed(Buffer.from(name)))
const echo: DnsHandler = (asked) => Uint8Array.from(asked)

/** Whatever comes until nothing more does. */
async function answersOf(socket: Socket): Promise<readonly string[]> {
  let all = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) all = Buffer.concat([all, chunk])
  const found: string[] = []
  for (; all.length >= 2; all = all.subarray(2 + all.readUInt16BE(0)))
    found.push(all.subarray(2, 2 + all.readUInt16BE(0)).toString())
  return found
}

test('answers over TCP come in the order of the questions, also to who has said that no more come', async () => {
  const { connect } = await open(async (asked) => {
    if (asked[0] === 'a'.charCodeAt(0)) await delay(50)
    return echo(asked, true)
  })
  const socket = await connect()
  socket.end(Buffer.concat(['a1', 'b', 'a2', 'c'].map(query)))
  expect(await answersOf(socket)).toEqual(['a1', 'b', 'a2', 'c'])
})

test('a question may come octet by octet', async () => {
  const { connect } = await open(echo)
  const socket = await connect()
  socket.setNoDelay(true)
  for (const octet of Buffer.concat([query('one'), query('two')])) {
    socket.write(Buffer.of(octet))
    await delay(1)
  }
  socket.end()
  expect(await answersOf(socket)).toEqual(['one', 'two'])
})

test('one that cannot be answered does not keep the next from its answer', async () => {
  const { connect, errors } = await open((asked) => {
    if (asked.length === 3) throw new Error('no')
    return asked
  })
  const socket = await connect()
  socket.end(Buffer.concat([query('bad'), query('good')]))
  expect(await answersOf(socket)).toEqual(['good'])
  expect(errors).toHaveLength(1)
})

test(
  'for a client that does not read no more is answered than the way holds',
  { timeout: 60_000 },
  async () => {
    const octets = 16 * 1024
    let answered = 0
    const { connect } = await open(() => {
      answered++
      return new Uint8Array(octets)
    })
    const socket = await connect()
    socket.pause()
    // 200,000 questions, for which it would keep 3 GB.
    const many = Buffer.concat(Array.from({ length: 1000 }, () => query('x')))
    for (let i = 0; i < 200; i++) socket.write(many)
    let before = -1
    for (; before !== answered; await delay(300)) before = answered
    // The kernel's buffers of both ends take some megabytes.
    expect(answered * octets).toBeLessThan(64 * 1024 * 1024)
    // Others are answered meanwhile.
    const other = await connect()
    other.end(query('y'))
    expect(await answersOf(other)).toHaveLength(1)
  },
)
