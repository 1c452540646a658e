import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  controlType,
  finFlag,
  FrameReader,
  frameLimit,
  type SpdyFrame,
  SpdyError,
  writeFrame,
} from './frame.ts'

const read = (pieces: readonly Buffer[]): readonly SpdyFrame[] => {
  const reader = new FrameReader()
  return pieces.flatMap((piece) => [...reader.read(piece)])
}

describe('frames as they stand on the wire (draft 3.1, section 2.2)', () => {
  test.each<{ because: string; frame: SpdyFrame; hex: string }>([
    {
      because: 'a ping has its number',
      frame: { kind: 'control', type: controlType.ping, flags: 0, payload: Buffer.from('00000001', 'hex') },
      hex: '8003000600000004' + '00000001',
    },
    {
      because: 'data bear the number of their stream, and the last ones a flag',
      frame: { kind: 'data', stream: 5, flags: finFlag, payload: Buffer.from('hi') },
      hex: '0000000501000002' + '6869',
    },
    {
      because: 'an end may come without data',
      frame: { kind: 'data', stream: 0x7fffffff, flags: finFlag, payload: Buffer.alloc(0) },
      hex: '7fffffff01000000',
    },
  ])('$because', ({ frame, hex }) => {
    expect(writeFrame(frame).toString('hex')).toBe(hex)
    expect(read([Buffer.from(hex, 'hex')])).toEqual([frame])
  })

  test.each<{ because: string; hex: string }>([
    { because: 'another version', hex: '8002000600000004' },
    {
      because: 'a frame that is too long',
      hex: '0000000100' + (frameLimit + 1).toString(16).padStart(6, '0'),
    },
  ])('refuses $because', ({ hex }) => {
    expect(() => read([Buffer.from(`${hex}00000001`, 'hex')])).toThrow(SpdyError)
  })
})

const anyFrame: fc.Arbitrary<SpdyFrame> = fc
  .record({
    control: fc.boolean(),
    number: fc.integer({ min: 0, max: 0xffff }),
    flags: fc.integer({ min: 0, max: 255 }),
    payload: fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets)),
  })
  .map(({ control, number, flags, payload }) =>
    control
      ? { kind: 'control', type: number, flags, payload }
      : { kind: 'data', stream: number, flags, payload },
  )

property.prop([fc.array(anyFrame, { maxLength: 20 }), fc.array(fc.nat(40), { maxLength: 60 })])(
  'frames are the same however the connection cuts them',
  (frames, cuts) => {
    let rest = Buffer.concat(frames.map(writeFrame))
    const pieces: Buffer[] = []
    for (const cut of cuts) {
      pieces.push(rest.subarray(0, cut))
      rest = rest.subarray(cut)
    }
    expect(read([...pieces, rest])).toEqual(frames)
  },
)

property.prop([fc.uint8Array({ maxLength: 2000 })])('whatever comes is frames or a SpdyError', (octets) => {
  try {
    for (const { payload } of read([Buffer.from(octets)])) expect(payload.length).toBeLessThanOrEqual(2000)
  } catch (error) {
    expect(error).toBeInstanceOf(SpdyError)
  }
})
