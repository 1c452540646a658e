/** pcapng, draft-ietf-opsawg-pcapng: block types, option codes and octet offsets. */
export const blockType = {
  section: 0x0a0d0d0a,
  interface: 1,
  /** Obsolete, yet met in old files. */
  packet: 2,
  simplePacket: 3,
  statistics: 5,
  enhancedPacket: 6,
} as const

export const byteOrderMagic = 0x1a2b3c4d

export const optionCode = {
  end: 0,
  comment: 1,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceResolution: 9,
  interfaceTimeOffset: 14,
  packetFlags: 2,
  statisticsReceived: 4,
  statisticsDropped: 5,
} as const

/** Offsets within a block, from its first octet. */
export const blockAt = { type: 0, length: 4, body: 8, leastLength: 12 } as const
export const sectionAt = { magic: 8, major: 12, minor: 14, sectionLength: 16, options: 24 } as const
export const interfaceAt = { linkType: 8, snapLength: 12, options: 16 } as const
export const enhancedAt = {
  interface: 8,
  timeHigh: 12,
  timeLow: 16,
  captured: 20,
  original: 24,
  data: 28,
} as const
export const statisticsAt = { interface: 8, timeHigh: 12, timeLow: 16, options: 20 } as const
export const simpleAt = { original: 8, data: 12 } as const

export const padded = (length: number): number => (length + 3) & ~3

export interface Option {
  readonly code: number
  readonly octets: Uint8Array
}

/** More options in one block than any writer has a reason for. */
const mostOptions = 1024

/** The options in [start, end); reading ends in peace at the first that does not fit. */
export function readOptions(
  octets: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
): Option[] {
  const options: Option[] = []
  let at = start
  while (end - at >= 4 && options.length < mostOptions) {
    const code = view.getUint16(at, littleEndian)
    const length = view.getUint16(at + 2, littleEndian)
    if (code === optionCode.end || end - at - 4 < length) break
    options.push({ code, octets: octets.subarray(at + 4, at + 4 + length) })
    at += 4 + padded(length)
  }
  return options
}

const decoder = new TextDecoder('utf-8')

/** Text of an option: bounded, control characters stripped, since it comes from a file. */
export const optionText = (octets: Uint8Array): string =>
  decoder
    .decode(octets.subarray(0, 4096))
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '')
