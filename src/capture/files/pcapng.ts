import {
  emptyFrame,
  mostFrameOctets,
  type CaptureInterface,
  type FrameInPlace,
  type VisitFrame,
} from './frame.ts'
import {
  blockAt,
  blockType,
  byteOrderMagic,
  enhancedAt,
  interfaceAt,
  optionCode,
  optionText,
  padded,
  readOptions,
  sectionAt,
  simpleAt,
} from './pcapng-block.ts'
import type { RecordParser, Step } from './record-parser.ts'

/** libpcap's INITIAL_MAX_BLOCKSIZE (sf-pcapng.c): a longer block is a lie, and would cost memory. */
const mostBlockOctets = 16 * 1024 * 1024
/** Interfaces in one file; each costs memory here and 20 octets there. */
const mostInterfaces = 65_536

/** An interface, and how its time stamps count. */
interface Described extends CaptureInterface {
  readonly ticksPerSecond: bigint
  readonly offsetSeconds: bigint
}

/** What a parser remembers between blocks. */
interface Section {
  readonly interfaces: Described[]
  /** Interfaces of earlier sections, so that numbers stay unique in the file. */
  base: number
  littleEndian: boolean
}

/** A parser for one pcapng stream, from its first Section Header Block on. */
export function pcapngParser(): RecordParser {
  const frame = emptyFrame()
  const section: Section = { interfaces: [], base: 0, littleEndian: true }
  return {
    step(octets, view, start, end, visit): Step {
      frame.octets = octets
      frame.view = view
      let from = start
      while (from < end) {
        const read = readBlock(view, from, end, section, frame, visit)
        if (typeof read !== 'number') return read
        if (read < 0) return from > start ? from - start : read
        from += read
      }
      return from - start
    },
  }
}

const bad = (message: string): Step => ({ code: 'bad-record', message })

/** One block. Above 0: its octets; below 0: the octets that must be there. */
function readBlock(
  view: DataView,
  start: number,
  end: number,
  section: Section,
  frame: FrameInPlace,
  visit: VisitFrame,
): Step {
  if (end - start < blockAt.leastLength) return -blockAt.leastLength
  // The section's type reads the same in both byte orders; its magic then tells the order.
  if (view.getUint32(start + blockAt.type, true) === blockType.section) {
    if (view.getUint32(start + sectionAt.magic, true) === byteOrderMagic) section.littleEndian = true
    else if (view.getUint32(start + sectionAt.magic, false) === byteOrderMagic) section.littleEndian = false
    else return { code: 'not-a-capture', message: 'a pcapng section without its byte-order magic' }
  }
  const little = section.littleEndian
  const type = view.getUint32(start + blockAt.type, little)
  const length = view.getUint32(start + blockAt.length, little)
  if (length < blockAt.leastLength || length % 4 !== 0 || length > mostBlockOctets)
    return bad(`a block of ${length} octets after frame ${frame.number}`)
  if (end - start < length) return -length
  if (view.getUint32(start + length - 4, little) !== length)
    return bad(`a block after frame ${frame.number} whose two lengths differ`)
  const bodyEnd = start + length - 4
  const problem = readBody(view, type, start, bodyEnd, section, frame, visit)
  return problem ?? length
}

function readBody(
  view: DataView,
  type: number,
  start: number,
  bodyEnd: number,
  section: Section,
  frame: FrameInPlace,
  visit: VisitFrame,
): Step | undefined {
  const little = section.littleEndian
  switch (type) {
    case blockType.section:
      if (bodyEnd - start < sectionAt.options) return bad('a section header that is too short')
      section.base += section.interfaces.length
      section.interfaces.length = 0
      return undefined
    case blockType.interface: {
      if (bodyEnd - start < interfaceAt.options) return bad('an interface description that is too short')
      if (section.base + section.interfaces.length >= mostInterfaces)
        return bad(`more than ${mostInterfaces} interfaces`)
      const described = readInterface(frame.octets, view, start, bodyEnd, little)
      if (!described) return bad('an interface whose time resolution cannot be')
      section.interfaces.push(described)
      return undefined
    }
    case blockType.enhancedPacket:
    case blockType.packet:
      return readPacket(view, type, start, bodyEnd, section, frame, visit)
    case blockType.simplePacket:
      return readSimplePacket(view, start, bodyEnd, section, frame, visit)
    default:
      return undefined
  }
}

function readInterface(
  octets: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  little: boolean,
): Described | undefined {
  let name: string | undefined
  let ticksPerSecond = 1_000_000n
  let offsetSeconds = 0n
  for (const option of readOptions(octets, view, start + interfaceAt.options, end, little)) {
    const value = new DataView(option.octets.buffer, option.octets.byteOffset, option.octets.byteLength)
    if (option.code === optionCode.interfaceName) name = optionText(option.octets)
    else if (option.code === optionCode.interfaceResolution && value.byteLength >= 1) {
      const bits = value.getUint8(0)
      const power = bits & 0x7f
      // Finer than 2^-63 or 10^-18 seconds does not fit the 64 bits of a time stamp in any useful way.
      if (bits & 0x80 ? power > 63 : power > 18) return undefined
      ticksPerSecond = bits & 0x80 ? 1n << BigInt(power) : 10n ** BigInt(power)
    } else if (option.code === optionCode.interfaceTimeOffset && value.byteLength >= 8)
      offsetSeconds = value.getBigInt64(0, little)
  }
  return {
    linkType: view.getUint16(start + interfaceAt.linkType, little),
    snapLength: view.getUint32(start + interfaceAt.snapLength, little),
    ticksPerSecond,
    offsetSeconds,
    ...(name === undefined ? {} : { name }),
  }
}

function readPacket(
  view: DataView,
  type: number,
  start: number,
  bodyEnd: number,
  section: Section,
  frame: FrameInPlace,
  visit: VisitFrame,
): Step | undefined {
  if (bodyEnd - start < enhancedAt.data) return bad(`frame ${frame.number + 1} is shorter than its header`)
  const little = section.littleEndian
  // The obsolete Packet Block has 16 bits of interface and 16 of drop count here; all else is alike.
  const which =
    type === blockType.packet
      ? view.getUint16(start + enhancedAt.interface, little)
      : view.getUint32(start + enhancedAt.interface, little)
  const described = section.interfaces[which]
  if (!described) return bad(`frame ${frame.number + 1} names interface ${which}, which is not described`)
  const captured = view.getUint32(start + enhancedAt.captured, little)
  const data = start + enhancedAt.data
  if (captured > mostFrameOctets || bodyEnd - data < captured)
    return bad(`frame ${frame.number + 1} claims ${captured} octets`)
  const high = view.getUint32(start + enhancedAt.timeHigh, little)
  const low = view.getUint32(start + enhancedAt.timeLow, little)
  setTime(frame, high, low, described)
  frame.originalLength = view.getUint32(start + enhancedAt.original, little)
  frame.start = data
  frame.end = data + captured
  frame.optionsStart = Math.min(bodyEnd, data + padded(captured))
  frame.optionsEnd = bodyEnd
  show(frame, described, which, section, visit)
  return undefined
}

/** A Simple Packet Block belongs to interface 0 and has no time (it stands as 0). */
function readSimplePacket(
  view: DataView,
  start: number,
  bodyEnd: number,
  section: Section,
  frame: FrameInPlace,
  visit: VisitFrame,
): Step | undefined {
  const described = section.interfaces[0]
  if (!described) return bad(`frame ${frame.number + 1} comes before any interface`)
  if (bodyEnd - start < simpleAt.data) return bad(`frame ${frame.number + 1} is shorter than its header`)
  const original = view.getUint32(start + simpleAt.original, section.littleEndian)
  const data = start + simpleAt.data
  const limit = described.snapLength === 0 ? original : Math.min(original, described.snapLength)
  frame.originalLength = original
  frame.seconds = 0
  frame.nanoseconds = 0
  frame.start = data
  frame.end = data + Math.min(limit, bodyEnd - data)
  frame.optionsStart = bodyEnd
  frame.optionsEnd = bodyEnd
  show(frame, described, 0, section, visit)
  return undefined
}

function show(
  frame: FrameInPlace,
  described: Described,
  which: number,
  section: Section,
  visit: VisitFrame,
): void {
  frame.interface = described
  frame.interfaceNumber = section.base + which
  frame.littleEndian = section.littleEndian
  frame.number++
  visit(frame)
}

function setTime(frame: FrameInPlace, high: number, low: number, described: Described): void {
  const ticks = (BigInt(high) << 32n) | BigInt(low)
  frame.seconds = Number(ticks / described.ticksPerSecond + described.offsetSeconds)
  frame.nanoseconds = Number(((ticks % described.ticksPerSecond) * 1_000_000_000n) / described.ticksPerSecond)
}

/** The comments on a frame, during its visit. */
export const frameComments = (frame: FrameInPlace): string[] =>
  readOptions(frame.octets, frame.view, frame.optionsStart, frame.optionsEnd, frame.littleEndian)
    .filter((option) => option.code === optionCode.comment)
    .map((option) => optionText(option.octets))
