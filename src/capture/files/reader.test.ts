import { readFileSync } from 'node:fs'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { CaptureReader } from './reader.ts'
import { keepFrame, type CaptureProblem, type Frame } from './frame.ts'
import { writePcapHeader, writePcapRecord, type PcapHeader } from './pcap.ts'
import { frameComments } from './pcapng.ts'
import { writeInterface, writePacket, writeSection } from './pcapng-writer.ts'

interface Read {
  readonly frames: readonly (Frame & { readonly comments: readonly string[] })[]
  readonly problem: CaptureProblem | null
}

function readIn(octets: Uint8Array, sizes: readonly number[]): Read {
  const frames: (Frame & { comments: string[] })[] = []
  const reader = new CaptureReader((frame) =>
    frames.push({ ...keepFrame(frame), comments: frameComments(frame) }),
  )
  let at = 0
  for (let i = 0; at < octets.length; i++) {
    const size = sizes.length === 0 ? octets.length : sizes[i % sizes.length]!
    reader.write(octets.slice(at, at + size))
    at += size
  }
  return { frames, problem: reader.end() }
}

const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))
const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)))

const octets = fc.uint8Array({ maxLength: 80 })
const seconds = fc.bigInt({ min: 0n, max: 4_294_967_295n })
const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 })

property.prop([
  fc.record({
    littleEndian: fc.boolean(),
    resolution: fc.constantFrom('microseconds' as const, 'nanoseconds' as const),
    linkType: fc.constantFrom(1, 101, 113, 276),
    snapLength: fc.constantFrom(96, 262144),
  }),
  fc.array(
    fc.record({ octets, seconds, nanoseconds: fc.bigInt({ min: 0n, max: 999_999n }), more: fc.nat(2000) }),
  ),
  sizes,
])('pcap: what is written reads the same, whatever the chunks', (header: PcapHeader, frames, chunks) => {
  const scale = header.resolution === 'nanoseconds' ? 1n : 1000n
  const time = (frame: (typeof frames)[number]): bigint =>
    frame.seconds * 1_000_000_000n + frame.nanoseconds * scale
  const file = join([
    writePcapHeader(header),
    ...frames.map((frame) =>
      writePcapRecord(header, time(frame), frame.octets, frame.octets.length + frame.more),
    ),
  ])
  expect(readIn(file, chunks)).toEqual({
    frames: frames.map((frame, number) => ({
      octets: frame.octets,
      originalLength: frame.octets.length + frame.more,
      time: time(frame),
      number,
      interface: { linkType: header.linkType, snapLength: header.snapLength },
      comments: [],
    })),
    problem: null,
  })
})

const text = fc.stringMatching(/^[ -~가-힣]{0,20}$/)

property.prop([
  fc.array(text, { minLength: 1, maxLength: 3 }),
  fc.array(
    fc.record({
      octets,
      time: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      direction: fc.constantFrom('in' as const, 'out' as const, 'unknown' as const),
      comments: fc.array(text, { maxLength: 2 }),
      which: fc.nat(),
    }),
  ),
  sizes,
])('pcapng: names, nanoseconds and comments come back, whatever the chunks', (names, frames, chunks) => {
  const file = join([
    writeSection('podpath test'),
    ...names.map((name) => writeInterface({ name, linkType: 276, snapLength: 96 })),
    ...frames.map((frame) =>
      writePacket({ ...frame, interface: frame.which % names.length, originalLength: 1500 }),
    ),
  ])
  const read = readIn(file, chunks)
  expect(read.problem).toBeNull()
  expect(
    read.frames.map((frame) => [frame.interface.name, frame.time, frame.octets, frame.comments]),
  ).toEqual(
    frames.map((frame) => [names[frame.which % names.length], frame.time, frame.octets, frame.comments]),
  )
})

/** The same pcapng in the other byte order, with time resolutions and offsets that no writer of ours makes. */
function bigEndianPcapng(resolution: number, offset: bigint, ticks: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(28 + 44 + 36))
  let at = 0
  const put32 = (value: number): void => {
    view.setUint32(at, value)
    at += 4
  }
  for (const word of [0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00010000, 0xffffffff, 0xffffffff, 28]) put32(word)
  for (const word of [1, 44, 1 << 16, 0, (9 << 16) | 1, resolution << 24, (14 << 16) | 8]) put32(word)
  view.setBigInt64(at, offset)
  at += 8
  for (const word of [0, 44]) put32(word)
  for (const word of [6, 36, 0, Number(ticks >> 32n), Number(ticks & 0xffffffffn), 4, 60, 0x01020304, 36])
    put32(word)
  return new Uint8Array(view.buffer)
}

test.each([
  {
    resolution: 3,
    offset: 0n,
    ticks: 1_700_000_000_123n,
    time: 1_700_000_000_123_000_000n,
    because: 'milliseconds',
  },
  { resolution: 0x80 | 10, offset: 0n, ticks: 1536n, time: 1_500_000_000n, because: '2^-10 seconds' },
  { resolution: 6, offset: 100n, ticks: 5n, time: 100_000_005_000n, because: 'if_tsoffset counts seconds' },
])('pcapng in big-endian order, $because', ({ resolution, offset, ticks, time }) => {
  const read = readIn(bigEndianPcapng(resolution, offset, ticks), [])
  expect(read).toMatchObject({ problem: null, frames: [{ time, originalLength: 60 }] })
  expect(read.frames[0]?.octets).toEqual(Uint8Array.of(1, 2, 3, 4))
})

describe('bad octets end the reading with a reason', () => {
  const header = writePcapHeader({
    littleEndian: true,
    resolution: 'microseconds',
    linkType: 1,
    snapLength: 96,
  })
  const whole = fixture('pod1.pcap')
  test.each([
    { file: new Uint8Array(0), code: 'not-a-capture', because: 'nothing came' },
    { file: Uint8Array.of(1, 2, 3, 4, 5), code: 'not-a-capture', because: 'no magic' },
    { file: header.subarray(0, 20), code: 'truncated', because: 'half a file header' },
    {
      file: whole.subarray(0, whole.length - 1),
      code: 'truncated',
      because: 'tcpdump was killed while writing',
    },
    {
      file: join([header, Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127, 0, 0, 0, 0])]),
      code: 'bad-record',
      because: 'no frame has 2 GiB',
    },
    {
      file: join([writeSection('x'), Uint8Array.of(6, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0)]),
      code: 'bad-record',
      because: 'no block has 4 GiB',
    },
    {
      file: join([
        writeSection('x'),
        writePacket({
          interface: 0,
          time: 0n,
          octets: new Uint8Array(4),
          originalLength: 4,
          direction: 'in',
          comments: [],
        }),
      ]),
      code: 'bad-record',
      because: 'its interface was never described',
    },
  ])('$code: $because', ({ file, code }) => {
    expect(readIn(file, []).problem?.code).toBe(code)
    expect(readIn(file, [1]).problem?.code).toBe(code)
  })

  test('the whole frames before a cut are read', () => {
    expect(readIn(whole.subarray(0, whole.length - 1), []).frames.length).toBe(
      readIn(whole, []).frames.length - 1,
    )
  })

  const near = fc
    .record({
      base: fc.constantFrom(
        whole.subarray(0, 400),
        join([
          writeSection('x'),
          writeInterface({ name: 'a', linkType: 1, snapLength: 0 }),
          writePacket({
            interface: 0,
            time: 0n,
            octets: new Uint8Array(40),
            originalLength: 40,
            direction: 'in',
            comments: ['b'],
          }),
        ]),
      ),
      spoil: fc.array(fc.tuple(fc.nat(250), fc.nat(255)), { maxLength: 4 }),
    })
    .map(({ base, spoil }) => {
      const copy = base.slice()
      for (const [at, value] of spoil) if (at < copy.length) copy[at] = value
      return copy
    })
  property.prop([fc.oneof(near, fc.uint8Array({ maxLength: 300 })), sizes], { numRuns: 1000 })(
    'no octets make it throw, and chunks make no difference',
    (file, chunks) => {
      const a = readIn(file, [])
      const b = readIn(file, chunks)
      expect(b.frames).toEqual(a.frames)
      expect(b.problem?.code).toBe(a.problem?.code)
    },
  )
})

test('the time to read grows with the octets, also when they come one by one', () => {
  const header: PcapHeader = {
    littleEndian: true,
    resolution: 'microseconds',
    linkType: 1,
    snapLength: 262144,
  }
  const time = (frames: number): number => {
    const file = join([
      writePcapHeader(header),
      ...Array.from({ length: frames }, () => writePcapRecord(header, 0n, new Uint8Array(50_000))),
    ])
    const begun = performance.now()
    readIn(file, [7])
    return performance.now() - begun
  }
  time(2)
  // Quadratic reading of 50,000-octet records in chunks of 7 would take minutes; ten times the octets may take
  // forty times as long on a busy machine and is still linear enough.
  expect(time(20)).toBeLessThan(Math.max(2000, time(2) * 40))
})
