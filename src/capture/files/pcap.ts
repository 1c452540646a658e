import { emptyFrame, mostFrameOctets, type FrameInPlace, type VisitFrame } from './frame.ts'
import type { RecordParser, Step } from './record-parser.ts'

/** pcap file and record headers, draft-ietf-opsawg-pcap. Octet offsets; either byte order. */
const at = {
  magic: 0,
  major: 4,
  minor: 6,
  snapLength: 16,
  linkType: 20,
  header: 24,
} as const
const recordAt = { seconds: 0, fraction: 4, captured: 8, original: 12, data: 16 } as const

export const pcapMagic = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const

export interface PcapHeader {
  readonly littleEndian: boolean
  readonly resolution: 'microseconds' | 'nanoseconds'
  readonly linkType: number
  readonly snapLength: number
}

/** Reads the four octets that tell pcap from all else; null when they are not pcap's. */
export function pcapKind(
  view: DataView,
  start: number,
): Pick<PcapHeader, 'littleEndian' | 'resolution'> | null {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(start + at.magic, littleEndian)
    if (magic === pcapMagic.microseconds) return { littleEndian, resolution: 'microseconds' }
    if (magic === pcapMagic.nanoseconds) return { littleEndian, resolution: 'nanoseconds' }
  }
  return null
}

/** A parser for one pcap stream, from its file header on. */
export function pcapParser(kind: Pick<PcapHeader, 'littleEndian' | 'resolution'>): RecordParser {
  const frame = emptyFrame()
  frame.littleEndian = kind.littleEndian
  const scale = kind.resolution === 'nanoseconds' ? 1 : 1000
  let begun = false
  return {
    step(octets, view, start, end, visit): Step {
      if (begun) return readRecords(octets, view, start, end, visit, frame, scale)
      if (end - start < at.header) return -at.header
      const major = view.getUint16(start + at.major, kind.littleEndian)
      if (major !== 2) return { code: 'not-a-capture', message: `pcap version ${major} is not known` }
      frame.interface = {
        // The upper bits tell of frame check sequences; the type is the lower half.
        linkType: view.getUint32(start + at.linkType, kind.littleEndian) & 0xffff,
        snapLength: view.getUint32(start + at.snapLength, kind.littleEndian),
      }
      begun = true
      return at.header
    },
  }
}

function readRecords(
  octets: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  visit: VisitFrame,
  frame: FrameInPlace,
  scale: number,
): Step {
  const little = frame.littleEndian
  frame.octets = octets
  frame.view = view
  let from = start
  while (end - from >= recordAt.data) {
    const captured = view.getUint32(from + recordAt.captured, little)
    if (captured > mostFrameOctets)
      return {
        code: 'bad-record',
        message: `frame ${frame.number + 1} claims ${captured} octets; the most is ${mostFrameOctets}`,
      }
    const data = from + recordAt.data
    if (end - data < captured) return from > start ? from - start : -(recordAt.data + captured)
    frame.seconds = view.getUint32(from + recordAt.seconds, little)
    frame.nanoseconds = view.getUint32(from + recordAt.fraction, little) * scale
    frame.originalLength = view.getUint32(from + recordAt.original, little)
    frame.start = data
    frame.end = data + captured
    frame.number++
    visit(frame)
    from = data + captured
  }
  return from > start ? from - start : -recordAt.data
}

/** The 24 octets that begin a pcap file. */
export function writePcapHeader(header: PcapHeader): Uint8Array {
  const octets = new Uint8Array(at.header)
  const view = new DataView(octets.buffer)
  const little = header.littleEndian
  view.setUint32(at.magic, pcapMagic[header.resolution], little)
  view.setUint16(at.major, 2, little)
  view.setUint16(at.minor, 4, little)
  view.setUint32(at.snapLength, header.snapLength, little)
  view.setUint32(at.linkType, header.linkType, little)
  return octets
}

/** One record. @param time nanoseconds since the epoch; below a microsecond they are lost at that resolution. */
export function writePcapRecord(
  header: PcapHeader,
  time: bigint,
  data: Uint8Array,
  originalLength = data.length,
): Uint8Array {
  const octets = new Uint8Array(recordAt.data + data.length)
  const view = new DataView(octets.buffer)
  const little = header.littleEndian
  const fraction = Number(time % 1_000_000_000n)
  view.setUint32(recordAt.seconds, Number(time / 1_000_000_000n), little)
  view.setUint32(
    recordAt.fraction,
    header.resolution === 'nanoseconds' ? fraction : Math.floor(fraction / 1000),
    little,
  )
  view.setUint32(recordAt.captured, data.length, little)
  view.setUint32(recordAt.original, originalLength, little)
  octets.set(data, recordAt.data)
  return octets
}
