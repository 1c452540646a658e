import { badField, octetsOf, short, viewFrom, type Decoded } from '../decoded.ts'

/** TCP header, RFC 9293. Octet offsets; all fields big-endian. */
export const tcpAt = {
  sourcePort: 0,
  destinationPort: 2,
  sequence: 4,
  acknowledgement: 8,
  dataOffset: 12,
  flags: 13,
  window: 14,
  checksum: 16,
  urgent: 18,
  options: 20,
} as const

export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const

const letters = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W'] as const

/** The letters of tcpdump: `S`, `S.`, `P.`; `none` without any. */
export function formatTcpFlags(flags: number): string {
  const set = letters.filter((_, bit) => (flags >> bit) & 1).join('')
  return set === '' ? 'none' : set
}

export interface Tcp {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequence: number
  readonly acknowledgement: number
  /** The eight flags of octet 13; see `tcpFlag`. */
  readonly flags: number
  readonly window: number
  readonly checksum: number
  readonly urgent: number
  readonly options: Uint8Array
}

export function readTcp(b: DataView): Decoded<Tcp> {
  if (b.byteLength < tcpAt.options) return short('tcp', tcpAt.options, b.byteLength)
  const used = (b.getUint8(tcpAt.dataOffset) >> 4) * 4
  if (used < tcpAt.options) return badField('tcp.data-offset', used)
  if (b.byteLength < used) return short('tcp.options', used, b.byteLength)
  return {
    value: {
      sourcePort: b.getUint16(tcpAt.sourcePort),
      destinationPort: b.getUint16(tcpAt.destinationPort),
      sequence: b.getUint32(tcpAt.sequence),
      acknowledgement: b.getUint32(tcpAt.acknowledgement),
      flags: b.getUint8(tcpAt.flags),
      window: b.getUint16(tcpAt.window),
      checksum: b.getUint16(tcpAt.checksum),
      urgent: b.getUint16(tcpAt.urgent),
      options: octetsOf(viewFrom(b, tcpAt.options, used - tcpAt.options)).slice(),
    },
    used,
  }
}

/** Writes the fields as given, the checksum too: it covers addresses and payload, which are not here. */
export function writeTcp(b: DataView, tcp: Tcp): number {
  if (tcp.options.length % 4 !== 0 || tcp.options.length > 40)
    throw new Error(`TCP options must be 0 to 40 octets in words, not ${tcp.options.length}`)
  const used = tcpAt.options + tcp.options.length
  b.setUint16(tcpAt.sourcePort, tcp.sourcePort)
  b.setUint16(tcpAt.destinationPort, tcp.destinationPort)
  b.setUint32(tcpAt.sequence, tcp.sequence)
  b.setUint32(tcpAt.acknowledgement, tcp.acknowledgement)
  b.setUint8(tcpAt.dataOffset, (used / 4) << 4)
  b.setUint8(tcpAt.flags, tcp.flags)
  b.setUint16(tcpAt.window, tcp.window)
  b.setUint16(tcpAt.checksum, tcp.checksum)
  b.setUint16(tcpAt.urgent, tcp.urgent)
  octetsOf(b).set(tcp.options, tcpAt.options)
  return used
}
