import {
  blockAt,
  blockType,
  byteOrderMagic,
  enhancedAt,
  interfaceAt,
  optionCode,
  padded,
  sectionAt,
  statisticsAt,
  type Option,
} from './pcapng-block.ts'

/** What is said of one interface of a pcapng file. Its packets' times are written in nanoseconds. */
export interface InterfaceDescription {
  readonly name: string
  readonly description?: string
  readonly linkType: number
  /** 0 is no limit. */
  readonly snapLength: number
}

export interface PacketToWrite {
  /** The number of its interface, in the order of their descriptions. */
  readonly interface: number
  /** Nanoseconds since the epoch; 0 to 2^64 - 1. */
  readonly time: bigint
  readonly octets: Uint8Array
  readonly originalLength: number
  readonly direction: 'in' | 'out' | 'unknown'
  readonly comments: readonly string[]
}

const encoder = new TextEncoder()
/** An option's length has 16 bits; people read less. */
const mostTextOctets = 8192

/** The first block of a file. @param application who wrote it: `podpath 0.1.0` */
export function writeSection(application: string): Uint8Array {
  const options = [textOption(optionCode.sectionApplication, application)]
  return block(blockType.section, sectionAt.options - blockAt.body, options, (view) => {
    view.setUint32(sectionAt.magic, byteOrderMagic, true)
    view.setUint16(sectionAt.major, 1, true)
    view.setUint16(sectionAt.minor, 0, true)
    // The section's length is not known beforehand: all ones (draft section 4.1).
    view.setBigInt64(sectionAt.sectionLength, -1n, true)
  })
}

export function writeInterface(description: InterfaceDescription): Uint8Array {
  const options = [
    textOption(optionCode.interfaceName, description.name),
    ...(description.description === undefined
      ? []
      : [textOption(optionCode.interfaceDescription, description.description)]),
    { code: optionCode.interfaceResolution, octets: Uint8Array.of(9) },
  ]
  return block(blockType.interface, interfaceAt.options - blockAt.body, options, (view) => {
    view.setUint16(interfaceAt.linkType, description.linkType, true)
    view.setUint32(interfaceAt.snapLength, description.snapLength, true)
  })
}

export function writePacket(packet: PacketToWrite): Uint8Array {
  const options = packet.comments.map((comment) => textOption(optionCode.comment, comment))
  if (packet.direction !== 'unknown')
    // Bits 0 and 1 of epb_flags: 1 inbound, 2 outbound.
    options.push({
      code: optionCode.packetFlags,
      octets: Uint8Array.of(packet.direction === 'in' ? 1 : 2, 0, 0, 0),
    })
  const body = enhancedAt.data - blockAt.body + padded(packet.octets.length)
  return block(blockType.enhancedPacket, body, options, (view, octets) => {
    view.setUint32(enhancedAt.interface, packet.interface, true)
    view.setUint32(enhancedAt.timeHigh, Number(packet.time >> 32n), true)
    view.setUint32(enhancedAt.timeLow, Number(packet.time & 0xffff_ffffn), true)
    view.setUint32(enhancedAt.captured, packet.octets.length, true)
    view.setUint32(enhancedAt.original, packet.originalLength, true)
    octets.set(packet.octets, enhancedAt.data)
  })
}

export interface StatisticsToWrite {
  readonly interface: number
  /** Nanoseconds since the epoch. */
  readonly time: bigint
  /** Packets that the interface gave. */
  readonly received: number
  /** Packets that were lost for want of room; null is not known. */
  readonly dropped: number | null
}

/** What is known of an interface when its capture has ended (draft section 4.6). */
export function writeStatistics(statistics: StatisticsToWrite): Uint8Array {
  const options = [
    countOption(optionCode.statisticsReceived, statistics.received),
    ...(statistics.dropped === null ? [] : [countOption(optionCode.statisticsDropped, statistics.dropped)]),
  ]
  return block(blockType.statistics, statisticsAt.options - blockAt.body, options, (view) => {
    view.setUint32(statisticsAt.interface, statistics.interface, true)
    view.setUint32(statisticsAt.timeHigh, Number(statistics.time >> 32n), true)
    view.setUint32(statisticsAt.timeLow, Number(statistics.time & 0xffff_ffffn), true)
  })
}

function countOption(code: number, count: number): Option {
  const octets = new Uint8Array(8)
  new DataView(octets.buffer).setBigUint64(0, BigInt(count), true)
  return { code, octets }
}

/** Cut at a whole character, and without control characters: Wireshark shows it in one line. */
function textOption(code: number, text: string): Option {
  const shown = text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
  const room = new Uint8Array(mostTextOctets)
  const { written } = encoder.encodeInto(shown, room)
  return { code, octets: room.subarray(0, written) }
}

/** A little-endian block: type, length, `body` octets that `fill` writes, options, length again. */
function block(
  type: number,
  body: number,
  options: readonly Option[],
  fill: (view: DataView, octets: Uint8Array) => void,
): Uint8Array {
  const optionOctets = options.reduce((sum, { octets }) => sum + 4 + padded(octets.length), 0)
  const end = options.length > 0 ? 4 : 0
  const length = blockAt.leastLength + body + optionOctets + end
  const octets = new Uint8Array(length)
  const view = new DataView(octets.buffer)
  view.setUint32(blockAt.type, type, true)
  view.setUint32(blockAt.length, length, true)
  fill(view, octets)
  let at = blockAt.body + body
  for (const option of options) {
    view.setUint16(at, option.code, true)
    view.setUint16(at + 2, option.octets.length, true)
    octets.set(option.octets, at + 4)
    at += 4 + padded(option.octets.length)
  }
  view.setUint32(length - 4, length, true)
  return octets
}
