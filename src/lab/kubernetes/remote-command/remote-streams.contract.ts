import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { exitStatus } from './outcome.ts'
import type { AskedStreams, RemoteStreams } from './remote-streams.ts'

/** The client's end of a remote command. */
export interface RemoteClient {
  /** What has come so far. */
  readonly stdout: readonly Buffer[]
  readonly stderr: readonly Buffer[]
  /** What the client is told in the end, when that is there and everything else has ended. */
  readonly outcome: Promise<string>
  send(chunk: Buffer): void
  endInput(): void
  resize(text: string): void
  /** Reads nothing, as who is looking at a pager. */
  pause(): void
  resume(): void
  /** Octets that it has not got rid of. */
  readonly unsent: number
  /** The connection breaks. */
  vanish(): void
}

export interface Connected {
  readonly client: RemoteClient
  readonly server: RemoteStreams
}

/** What stands behind an upgrade of one transport, and a client for it; signs of life come every 20 ms. */
export interface Transport {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, asked: AskedStreams): Promise<RemoteStreams>
  connect(port: number, asked: AskedStreams): Promise<RemoteClient>
}

export const everything: AskedStreams = { stdin: true, stdout: true, stderr: true, tty: false }
export const terminal: AskedStreams = { stdin: true, stdout: true, stderr: false, tty: true }

/** Two ends on the loopback, and a function that leaves nothing of them. */
export async function joinEnds(
  transport: Transport,
  asked: AskedStreams,
): Promise<Connected & { readonly end: () => void }> {
  const server = createServer()
  const accepted = new Promise<RemoteStreams>((resolve, reject) => {
    server.on('upgrade', (request, socket, head) => {
      transport.accept(request, socket, head, asked).then(resolve, reject)
    })
  })
  accepted.catch(() => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = await transport.connect((server.address() as AddressInfo).port, asked)
  const end = (): void => {
    client.vanish()
    server.close()
  }
  return { client, server: await accepted, end }
}

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString()

const readAll = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks)
}

/** Writes as a program does that waits when it has to. False when it waits and nothing moves. */
const write = (stream: Writable, octets: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(octets, (error) => {
      if (error) reject(error)
      else resolve()
    })
  })

/** Every transport of remote commands must pass this; a new one adds one line to its own test. */
export const remoteStreamsContract = (name: string, transport: Transport): void => {
  const ends: (() => void)[] = []
  afterEach(() => {
    for (const end of ends.splice(0)) end()
  })
  const open = async (asked: AskedStreams): Promise<Connected> => {
    const joined = await joinEnds(transport, asked)
    ends.push(joined.end)
    return joined
  }

  describe(`${name} keeps the promises of a remote command's streams`, () => {
    test('outputs stay apart, and arrive before the outcome', async () => {
      const { client, server } = await open(everything)
      server.stdout.write('out')
      server.stderr.write('err')
      server.stdout.write('put')
      server.finish(exitStatus(0))
      expect(JSON.parse(await client.outcome)).toMatchObject({ status: 'Success' })
      expect([text(client.stdout), text(client.stderr)]).toEqual(['output', 'err'])
      await server.gone
    })

    test('the outcome tells an exit status', async () => {
      const { client, server } = await open(everything)
      server.finish(exitStatus(7))
      expect(JSON.parse(await client.outcome)).toMatchObject({
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '7' }] },
      })
    })

    test('any octets pass both ways, and the end of the input', async () => {
      const { client, server } = await open(everything)
      const sent = randomBytes(3_000_001)
      client.send(sent)
      client.endInput()
      expect((await readAll(server.stdin)).equals(sent)).toBe(true)
      const answered = randomBytes(3_000_001)
      await write(server.stdout, answered)
      server.finish(exitStatus(0))
      await client.outcome
      expect(Buffer.concat(client.stdout).equals(answered)).toBe(true)
    })

    test('streams that nobody asked for have ended, or keep nothing', async () => {
      const { client, server } = await open({ stdin: false, stdout: true, stderr: false, tty: false })
      expect((await readAll(server.stdin)).length).toBe(0)
      await write(server.stderr, Buffer.alloc(1_000_000))
      await write(server.stdout, Buffer.from('out'))
      server.finish(exitStatus(0))
      await client.outcome
      expect([text(client.stdout), client.stderr.length]).toEqual(['out', 0])
    })

    test("the terminal's size comes at once, and the last one in any case", async () => {
      const { client, server } = await open(terminal)
      client.resize('{"Width":120,"Height":40}\n')
      expect(await server.sizes.first(60_000)).toEqual({ columns: 120, rows: 40 })
      const told: string[] = []
      server.sizes.watch(({ columns, rows }) => told.push(`${String(columns)}x${String(rows)}`))
      for (let columns = 1; columns <= 500; columns++)
        client.resize(`{"Width":${String(columns)},"Height":50}`)
      await expect.poll(() => told.at(-1)).toBe('500x50')
      // Each is a program that is run in the pod; a client does not decide how many.
      expect(told.length).toBeLessThan(100)
    })

    test.each([
      { because: 'no JSON', size: '{{{{}' },
      { because: 'not an object', size: '[1,2]}' },
      { because: 'not a size', size: '{"Width":-1,"Height":1e9}' },
      { because: 'far too long', size: `{"Width":${'9'.repeat(100_000)}` },
    ])('a size that is $because is passed over', async ({ size }) => {
      const { client, server } = await open(terminal)
      client.resize(size)
      client.resize('}')
      client.resize('{"Width":7,"Height":8}')
      expect(await server.sizes.first(60_000)).toEqual({ columns: 7, rows: 8 })
    })

    test('a client that reads nothing holds up the program, and gets everything in the end', async () => {
      const { client, server } = await open(everything)
      client.pause()
      const sent = randomBytes(65_536)
      let taken = 0
      const writing = (async (): Promise<void> => {
        for (let round = 0; round < 400; round++) {
          await write(server.stdout, sent)
          taken += sent.length
        }
      })()
      let before = -1
      await expect
        .poll(
          () => {
            const stands = taken === before
            before = taken
            return stands
          },
          { interval: 300, timeout: 30_000 },
        )
        .toBe(true)
      // What the kernel's buffers of a loopback hold.
      expect(taken).toBeLessThan(16 * 1024 * 1024)
      client.resume()
      await writing
      server.finish(exitStatus(0))
      await client.outcome
      expect(Buffer.concat(client.stdout).length).toBe(400 * sent.length)
    })

    test('a program that reads nothing holds up the client, and gets everything in the end', async () => {
      const { client, server } = await open(everything)
      const sent = randomBytes(16 * 1024 * 1024)
      client.send(sent)
      client.endInput()
      await expect.poll(() => server.stdin.readableLength).toBeGreaterThanOrEqual(256 * 1024)
      expect(server.stdin.readableLength).toBeLessThan(1024 * 1024)
      await expect.poll(() => client.unsent).toBeGreaterThan(1024 * 1024)
      // The other direction is free.
      await write(server.stdout, Buffer.from('still here'))
      await expect.poll(() => text([...client.stdout])).toBe('still here')
      expect((await readAll(server.stdin)).equals(sent)).toBe(true)
    })

    test('a program that ends while the client sends ends the session all the same', async () => {
      const { client, server } = await open(everything)
      client.send(randomBytes(16 * 1024 * 1024))
      await expect.poll(() => server.stdin.readableLength).toBeGreaterThanOrEqual(256 * 1024)
      server.finish(exitStatus(3))
      expect(await client.outcome).toContain('"message":"3"')
      await server.gone
    })

    test('a client that vanishes is noticed, and what is written then is lost without complaint', async () => {
      const { client, server } = await open(everything)
      client.vanish()
      await server.gone
      await expect.poll(() => server.stdin.destroyed).toBe(true)
      server.stdout.write('nobody is there')
      server.stderr.write('nobody is there')
      server.finish(exitStatus(0))
    })

    test('a client that vanishes is noticed, also while nobody reads what it has sent', async () => {
      const { client, server } = await open(everything)
      client.send(randomBytes(16 * 1024 * 1024))
      await expect.poll(() => server.stdin.readableLength).toBeGreaterThanOrEqual(256 * 1024)
      client.vanish()
      await server.gone
      expect(server.stdin.destroyed).toBe(true)
    })
  })
}
