import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { inTime } from '../../edge/in-time.ts'
import type { Running } from '../../exec/runner.ts'
import { StackCapture, type Patience } from './stack-capture.ts'

/** A tcpdump that does what the test says, by the streams of a connection that may break anywhere. */
interface Far {
  readonly stdin: PassThrough
  readonly stdout: PassThrough
  readonly stderr: PassThrough
  readonly end: (status: number) => void
  readonly fail: (error: Error) => void
  stopped: boolean
}

function far(): { readonly running: Running; readonly far: Far } {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  let end: (status: number) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const exit = new Promise<number>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  exit.catch(() => undefined)
  const state: Far = { ...streams, end, fail, stopped: false }
  return { far: state, running: { ...streams, exit, stop: () => (state.stopped = true) } }
}

const patience: Patience = { start: 60, marker: [20, 20], end: 40 }

const links = '#podpath links [{"ifindex":2,"ifname":"eth0"}]\n'
const listening =
  'tcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 160 bytes\n'

/** A pcap's header: little endian, nanoseconds, LINUX_SLL2. */
const header = Buffer.from('4d3cb2a1020004000000000000000000a000000014010000', 'hex')

/** A ping to 127.A.B.C, as tcpdump writes it. */
function marker(address: string): Buffer {
  const [a, b, c] = address.split('.').map(Number)
  const cooked = Buffer.from('0800000000000002030404060000000000000000', 'hex')
  const ip = Buffer.from(`4500001c00010000400100007f000001${'7f'}`, 'hex')
  const icmp = Buffer.from('0800000000010001', 'hex')
  const frame = Buffer.concat([cooked, ip, Buffer.from([a!, b!, c!]), icmp])
  const head = Buffer.alloc(16)
  head.writeUInt32LE(Math.floor(Date.now() / 1000), 0)
  head.writeUInt32LE(frame.length, 8)
  head.writeUInt32LE(frame.length, 12)
  return Buffer.concat([head, frame])
}

/** Answers markers as tcpdump would, until it is told to stop. */
function answerMarkers({ stdin, stdout, stderr, end }: Far): void {
  stdin.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) {
      const [word, value] = line.split(' ')
      if (word === 'mark') stdout.write(marker(value!))
      if (word === 'stop') {
        stderr.end('0 packets dropped by kernel\n')
        stdout.end()
        end(0)
      }
    }
  })
}

test('packets that arrive before the interfaces are named are read, and named', async () => {
  const { far: tcpdump, running } = far()
  const seen: string[] = []
  const capture = new StackCapture(
    'node/a',
    0,
    running,
    { keep: null, onFrame: (_, sighting) => seen.push(sighting?.point.interface ?? '') },
    patience,
  )
  tcpdump.stdout.write(Buffer.concat([header, packetTo('10.0.0.9')]))
  await new Promise((resolve) => setTimeout(resolve, 5))
  answerMarkers(tcpdump)
  tcpdump.stderr.write(links + listening)
  expect(await capture.ready()).toBeNull()
  expect((await capture.stop()).problem).toBeNull()
  expect(seen).toEqual(['eth0'])
})

test('much is read before a word on standard error: one stream never waits for the other', async () => {
  const { far: tcpdump, running } = far()
  const capture = new StackCapture('node/a', 0, running, { keep: null }, patience)
  tcpdump.stdout.write(header)
  const all = Array.from({ length: 5_000 }, () => packetTo('10.0.0.9'))
  for (const one of all)
    if (!tcpdump.stdout.write(one)) {
      const drained = new Promise<'drained'>((resolve) =>
        tcpdump.stdout.once('drain', () => resolve('drained')),
      )
      expect(await inTime(drained, 1_000, 'stuck')).toBe('drained')
    }
  answerMarkers(tcpdump)
  tcpdump.stderr.write(links + listening)
  expect(await capture.ready()).toBeNull()
  await capture.stop()
})

/** Whatever the far side does, a capture becomes ready, or says why not, and ends. */
test.each<{ readonly what: string; readonly does: (tcpdump: Far) => void; readonly says: RegExp }>([
  { what: 'never speaks', does: () => undefined, says: /no marker packet came back/ },
  {
    what: 'listens, and shows nothing',
    does: ({ stderr }) => stderr.write(links + listening),
    says: /no marker packet came back/,
  },
  { what: 'speaks on standard output alone', does: ({ stdout }) => stdout.write(header), says: /no marker/ },
  {
    what: 'breaks its standard output',
    does: ({ stdout, stderr }) => {
      stderr.write(links)
      stdout.destroy(new Error('the line broke'))
    },
    says: /the line broke/,
  },
  {
    what: 'breaks its standard error',
    does: ({ stderr }) => stderr.destroy(new Error('the line broke')),
    says: /the line broke/,
  },
  {
    what: 'closes both without a word, and tells no exit',
    does: ({ stdout, stderr }) => {
      stdout.end()
      stderr.end()
    },
    says: /no marker packet came back/,
  },
  {
    what: 'fails',
    does: ({ stdout, stderr, fail }) => {
      stdout.end()
      stderr.end()
      fail(new Error('the connection ended before the command did'))
    },
    says: /connection ended/,
  },
  {
    what: 'exits with a status, its streams left open',
    does: ({ end }) => end(1),
    says: /tcpdump exited 1/,
  },
])('tcpdump $what', async ({ does, says }) => {
  const { far: tcpdump, running } = far()
  const capture = new StackCapture('node/a', 0, running, undefined, patience)
  does(tcpdump)
  const because = await inTime(capture.ready(), 2_000, 'never')
  expect(because).toMatch(says)
  const result = await inTime(capture.stop(), 2_000, 'never')
  expect(result).toMatchObject({ stack: 'node/a', proven: { start: false, end: false } })
})

test('a capture that is asked for its end and does not hear is cut, and tells', async () => {
  const { far: tcpdump, running } = far()
  tcpdump.stdin.on('data', (chunk: Buffer) => {
    const [word, value] = chunk.toString().trim().split(' ')
    if (word === 'mark') tcpdump.stdout.write(marker(value!))
  })
  const capture = new StackCapture('node/a', 0, running, undefined, patience)
  tcpdump.stdout.write(header)
  tcpdump.stderr.write(links + listening)
  expect(await capture.ready()).toBeNull()
  const result = await inTime(capture.stop(), 2_000, null)
  expect(result?.problem).toBe('tcpdump did not end when asked')
  expect(tcpdump.stopped).toBe(true)
})

function packetTo(address: string): Buffer {
  const octets = address.split('.').map(Number)
  const cooked = Buffer.from('0800000000000002000104060000000000000000', 'hex')
  const ip = Buffer.concat([Buffer.from('4500001c00020000400100000a000001', 'hex'), Buffer.from(octets)])
  const frame = Buffer.concat([cooked, ip, Buffer.from('0800000000020001', 'hex')])
  const head = Buffer.alloc(16)
  head.writeUInt32LE(frame.length, 8)
  head.writeUInt32LE(frame.length, 12)
  return Buffer.concat([head, frame])
}
