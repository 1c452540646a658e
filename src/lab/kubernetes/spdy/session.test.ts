import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { fc, test as property } from '@fast-check/vitest'
import { afterEach, describe, expect, test } from 'vitest'
import { controlType, finFlag, frameLimit, resetStatus, writeFrame } from './frame.ts'
import { HeaderWriter } from './header-block.ts'
import { serveSpdy, type SpdyOptions, type SpdySession, type SpdyStream } from './session.ts'
import { SpdyClient } from './spdy-client.contract.ts'

interface Pair {
  readonly client: SpdyClient
  readonly session: SpdySession
  readonly opened: SpdyStream[]
}

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** Two ends of a connection on the loopback. */
async function pair(options: Partial<SpdyOptions> = {}): Promise<Pair> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const connection = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = await accepted
  server.close()
  ends.push(() => {
    connection.destroy()
    socket.destroy()
  })
  const opened: SpdyStream[] = []
  const session = serveSpdy(socket, { streamLimit: 4, opened: (stream) => opened.push(stream), ...options })
  return { client: new SpdyClient(connection), session, opened }
}

/** What comes up to the end, without giving up the stream's other direction. */
const all = async (duplex: Duplex): Promise<Buffer> => {
  const chunks: Buffer[] = []
  duplex.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(duplex, 'end')
  return Buffer.concat(chunks)
}

const word = (...numbers: readonly number[]): Buffer =>
  Buffer.concat(
    numbers.map((number) => {
      const octets = Buffer.alloc(4)
      octets.writeUInt32BE(number)
      return octets
    }),
  )

describe('a session', () => {
  test('carries octets both ways, and each side ends its own', async () => {
    const { client, opened } = await pair()
    const stream = await client.open({ streamtype: 'data', port: '80' })
    expect([...(opened[0]?.headers ?? [])]).toEqual([
      ['streamtype', 'data'],
      ['port', '80'],
    ])
    const { duplex } = opened[0]!
    stream.write(Buffer.from('question'))
    stream.end()
    expect((await all(duplex)).toString()).toBe('question')
    duplex.end('answer')
    expect(await stream.ended).toBe('fin')
    expect(Buffer.concat(stream.received).toString()).toBe('answer')
  })

  test('refuses a stream too many, and takes one again when another has ended', async () => {
    const { client, opened } = await pair({ streamLimit: 1 })
    const first = await client.open({})
    const second = await client.open({})
    expect(await second.ended).toBe(resetStatus.refusedStream)
    client.control(controlType.rstStream, word(first.id, resetStatus.cancel))
    await client.open({})
    expect(opened.map(({ id }) => id)).toEqual([1, 5])
  })

  test('a stream that we give up is reset, and one that the client gives up is not answered', async () => {
    const { client, opened } = await pair()
    const given = await client.open({})
    opened[0]?.duplex.destroy()
    expect(await given.ended).toBe(resetStatus.cancel)
    const taken = await client.open({})
    client.control(controlType.rstStream, word(taken.id, resetStatus.cancel))
    await once(opened[1]!.duplex, 'close')
    client.control(controlType.ping, word(1))
    await expect.poll(() => client.pongs).toEqual([1])
    expect(await Promise.race([taken.ended, Promise.resolve('nothing')])).toBe('nothing')
  })

  test('answers pings of the client alone', async () => {
    const { client } = await pair()
    for (const number of [1, 2, 3]) client.control(controlType.ping, word(number))
    await expect.poll(() => client.pongs).toEqual([1, 3])
  })

  test('a stream that nobody reads stops the client, and everything arrives when somebody does', async () => {
    const { client, opened } = await pair()
    const stream = await client.open({})
    const sent = Buffer.alloc(16 * 1024 * 1024, 'podpath')
    stream.write(sent)
    stream.end()
    const { duplex } = opened[0]!
    await expect.poll(() => duplex.readableLength).toBeGreaterThanOrEqual(256 * 1024)
    expect(duplex.readableLength).toBeLessThan(256 * 1024 + frameLimit)
    expect(client.connection.writableLength).toBeGreaterThan(1024 * 1024)
    expect((await all(duplex)).equals(sent)).toBe(true)
  })

  test('a client that goes is noticed, also while nobody reads what it has sent', async () => {
    const { client, session, opened } = await pair({ heartbeat: 20 })
    const stream = await client.open({})
    stream.write(Buffer.alloc(16 * 1024 * 1024))
    await expect.poll(() => opened[0]?.duplex.readableLength).toBeGreaterThanOrEqual(256 * 1024)
    client.connection.destroy()
    await session.closed
    expect(opened[0]?.duplex.destroyed).toBe(true)
  })

  test('a client that does not go when it is told to is closed', async () => {
    const { client, session } = await pair({ farewell: 20 })
    session.leave()
    await client.closed
  })
})

describe('a client that breaks the rules loses its connection, and nobody else is harmed', () => {
  const block = (headers: Readonly<Record<string, string>>): Promise<Buffer> =>
    new HeaderWriter().write(new Map(Object.entries(headers)))
  const syn = (id: number, rest: Buffer): Buffer =>
    writeFrame({
      kind: 'control',
      type: controlType.synStream,
      flags: 0,
      payload: Buffer.concat([word(id, 0), Buffer.alloc(2), rest]),
    })
  test.each<{ because: string; sends: () => Promise<Buffer> | Buffer }>([
    {
      because: 'HTTP in place of SPDY',
      sends: () => Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(9)),
    },
    { because: 'a frame that is too long', sends: () => Buffer.from('00000001ffffffff', 'hex') },
    { because: 'another version of SPDY', sends: () => Buffer.from('800200060000000400000001', 'hex') },
    {
      because: 'a stream whose number would be ours',
      sends: async () => syn(2, await block({})),
    },
    {
      because: 'a stream that is open already',
      sends: async () => {
        const writer = new HeaderWriter()
        return Buffer.concat([syn(1, await writer.write(new Map())), syn(1, await writer.write(new Map()))])
      },
    },
    { because: 'headers that are not compressed', sends: () => syn(1, Buffer.from('not zlib at all')) },
    {
      because: 'headers that are 20 MiB when they are open',
      sends: async () => syn(1, await compressed(Buffer.alloc(20 * 1024 * 1024))),
    },
    {
      because: 'headers that say they are more than they are',
      sends: async () => syn(1, await compressed(word(1000))),
    },
    { because: 'a SYN_STREAM without a number', sends: () => Buffer.from('8003000100000000', 'hex') },
    { because: 'a reset without a stream', sends: () => Buffer.from('8003000300000000', 'hex') },
    { because: 'a ping of three octets', sends: () => Buffer.from('8003000600000003000001', 'hex') },
  ])('$because', async ({ sends }) => {
    const { client } = await pair()
    client.connection.write(await sends())
    await client.closed
  })

  /** A header block of any content: what a writer would make of it. */
  async function compressed(octets: Buffer): Promise<Buffer> {
    const { createDeflate, constants } = await import('node:zlib')
    const { spdyDictionary } = await import('./header-block.ts')
    const deflate = createDeflate({ dictionary: spdyDictionary })
    const out: Buffer[] = []
    deflate.on('data', (chunk: Buffer) => out.push(chunk))
    deflate.write(octets)
    await new Promise<void>((resolve) => {
      deflate.flush(constants.Z_SYNC_FLUSH, resolve)
    })
    return Buffer.concat(out)
  }

  test.each<{ because: string; sends: Buffer }>([
    { because: 'data of a stream that is not there', sends: Buffer.from('0000000900000003616263', 'hex') },
    {
      because: 'a reset of one that is not there',
      sends: Buffer.from('800300030000000800000009' + '00000005', 'hex'),
    },
    { because: 'a frame of a type that nobody knows', sends: Buffer.from('80030063000000020000', 'hex') },
    {
      because: 'settings and windows',
      sends: Buffer.from('8003000400000004000000008003000900000008' + '0000000100000001', 'hex'),
    },
    { because: 'a farewell', sends: Buffer.from('8003000700000008' + '0000000000000000', 'hex') },
  ])('$because is passed over', async ({ sends }) => {
    const { client } = await pair()
    client.connection.write(sends)
    client.control(controlType.ping, word(1))
    await expect.poll(() => client.pongs).toEqual([1])
  })

  test('what comes on a stream behind its end is passed over', async () => {
    const { client, opened } = await pair()
    const stream = await client.open({})
    stream.write(Buffer.from('all'))
    stream.end()
    stream.write(Buffer.from('more'))
    stream.end()
    expect((await all(opened[0]!.duplex)).toString()).toBe('all')
  })

  test('who asks without end and reads no answer is asked to wait', async () => {
    const { client } = await pair()
    client.pause()
    const pings = Buffer.concat(
      Array.from({ length: 100_000 }, () =>
        writeFrame({ kind: 'control', type: controlType.ping, flags: 0, payload: word(1) }),
      ),
    )
    // 36 MB of pings: what the kernel and we take of them, and of their answers, is bounded.
    for (let round = 0; round < 30; round++) client.connection.write(pings)
    let before = -1
    await expect
      .poll(
        () => {
          const left = client.connection.writableLength
          const stands = left === before
          before = left
          return stands && left > 0
        },
        { interval: 500, timeout: 30_000 },
      )
      .toBe(true)
  })
})

property.prop([fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 })], { numRuns: 50 })(
  'whatever a client sends, its session ends with it',
  async (pieces) => {
    const { client, session } = await pair()
    for (const piece of pieces) {
      client.connection.write(piece)
      // So that some of it is well-formed.
      client.connection.write(
        writeFrame({ kind: 'data', stream: 1, flags: finFlag, payload: Buffer.from(piece) }),
      )
    }
    client.connection.end()
    await session.closed
  },
)
