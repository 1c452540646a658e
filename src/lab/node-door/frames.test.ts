import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { FrameReader, writeFrame, type Frame } from './frames.ts'

describe('frames', () => {
  test.prop([
    fc.string().filter((line) => !line.includes('\n')),
    fc.array(fc.record({ kind: fc.nat(255), octets: fc.uint8Array({ maxLength: 200 }) })),
    fc.infiniteStream(fc.integer({ min: 1, max: 50 })),
  ])('come out as they went in, however the stream is cut', (line, frames, sizes) => {
    const stream = Buffer.concat([
      Buffer.from(`${line}\n`),
      ...frames.map(({ kind, octets }) => writeFrame(kind, octets)),
    ])
    const seen: Frame[] = []
    let first: string | undefined
    const reader = new FrameReader(
      (frame) => seen.push(frame),
      (said) => (first = said),
    )
    for (let at = 0; at < stream.length;) {
      const size = sizes.next().value ?? 1
      reader.push(stream.subarray(at, at + size))
      at += size
    }
    expect(first).toBe(line)
    expect(seen.map(({ kind, octets }) => [kind, octets.toString('hex')])).toEqual(
      frames.map(({ kind, octets }) => [kind, Buffer.from(octets).toString('hex')]),
    )
  })

  test('one that claims to be huge ends the reading', () => {
    const reader = new FrameReader(() => undefined)
    expect(() => reader.push(Buffer.from([3, 0xff, 0xff, 0xff, 0xff]))).toThrow('too large')
  })
})
