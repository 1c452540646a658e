import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CaptureReader } from '../src/capture/files/reader.ts'
import { SightingReader } from '../src/capture/files/sighting-reader.ts'
import { readSeenPacket } from '../src/wire/seen-packet.ts'
import type { BenchRow } from './row.ts'
import { syntheticCapture } from './synthetic-capture.ts'

/** What an exec WebSocket or a pipe brings at a time. */
const chunkOctets = 65_536
const rounds = 5

/**
 * Decoding a capture of `packets` packets (a third each of ICMP, TCP and UDP, as `tcpdump -i any -s 96` keeps them),
 * against tcpdump, which copies it, and tshark, which prints the same fields. All read the same file; each does so
 * once to warm the cache; tcpdump and we then count with the best of five rounds, tshark with its only one.
 */
export function benchDecode(packets = 1_000_000): BenchRow[] {
  const directory = mkdtempSync(join(tmpdir(), 'podpath-bench-'))
  try {
    const file = join(directory, 'decode.pcap')
    writeFileSync(file, syntheticCapture(packets))
    const decode = best(() => readAll(file, decodeAll(packets)))
    const sight = best(() => readAll(file, sightAll(packets)))
    const copies = Array.from({ length: rounds }, () => timeOf('tcpdump', ['-r', file, '-w', '/dev/null']))
    const copy = copies.includes(null) ? null : Math.min(...copies.map(Number))
    const shark = timeOf('tshark', ['-r', file, '-n', '-T', 'fields', ...sharkFields], { HOME: directory })
    const rate = packets / (decode / 1000)
    return [
      { name: 'decode', value: rate, unit: 'packets/s', note: `${packets} packets, file to SeenPacket` },
      {
        name: 'decode to sightings',
        value: packets / (sight / 1000),
        unit: 'packets/s',
        note: 'the same, with interface name, direction and a bigint time',
      },
      ...(copy === null
        ? []
        : [
            {
              name: 'decode against tcpdump',
              value: copy / decode,
              unit: 'x',
              note: `tcpdump -r FILE -w /dev/null took ${copy.toFixed(0)} ms, we ${decode.toFixed(0)} ms`,
            },
          ]),
      ...(shark === null
        ? []
        : [
            {
              name: 'decode against tshark',
              value: shark / decode,
              unit: 'x',
              note: `tshark -T fields took ${shark.toFixed(0)} ms, we ${decode.toFixed(0)} ms`,
            },
          ]),
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const sharkFields = [
  'ip.src',
  'ip.dst',
  'ip.ttl',
  'ip.id',
  'ip.proto',
  'icmp.seq',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
].flatMap((field) => ['-e', field])

/** Reads the file in chunks, as it would arrive. */
function readAll(path: string, to: { write(chunk: Uint8Array): void; end(): void }): void {
  const file = openSync(path, 'r')
  try {
    const chunk = new Uint8Array(chunkOctets)
    for (let have = readSync(file, chunk); have > 0; have = readSync(file, chunk))
      to.write(chunk.subarray(0, have))
    to.end()
  } finally {
    closeSync(file)
  }
}

/** Looks at every packet, so that no part of the work can be left out. */
function decodeAll(packets: number): { write(chunk: Uint8Array): void; end(): void } {
  let seen = 0
  let sum = 0
  const reader = new CaptureReader((frame) => {
    const { view, start, end } = frame
    const packet = readSeenPacket(
      view,
      start,
      end,
      frame.originalLength - (end - start),
      frame.interface.linkType,
    )
    if (!packet) return
    seen++
    sum = (sum + packet.ttl + packet.payloadDigest) | 0
  })
  return {
    write: (chunk) => {
      reader.write(chunk)
    },
    end() {
      const problem = reader.end()
      if (problem || seen !== packets || sum === 0)
        throw new Error(`decoded ${seen} of ${packets} packets: ${problem?.message ?? 'no problem'}`)
    },
  }
}

function sightAll(packets: number): { write(chunk: Uint8Array): void; end(): void } {
  const interfaces = new Map(Array.from({ length: 7 }, (_, i) => [2 + i, `eni${i}`]))
  const reader = new SightingReader({ capture: 0, stack: 'node/bench', interfaces })
  let seen = 0
  return {
    write(chunk) {
      seen += reader.write(chunk).length
    },
    end() {
      const problem = reader.end()
      if (problem || seen !== packets) throw new Error(`saw ${seen} of ${packets} packets`)
    },
  }
}

/** Milliseconds; the best of the rounds after one to warm up: noise only ever adds. */
function best(run: () => void): number {
  run()
  return Math.min(
    ...Array.from({ length: rounds }, () => {
      const begun = performance.now()
      run()
      return performance.now() - begun
    }),
  )
}

/** Milliseconds of one run; null when the program is not there. */
function timeOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): number | null {
  const begun = performance.now()
  const { status, error } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, ...env },
  })
  if (error || status !== 0) return null
  return performance.now() - begun
}
