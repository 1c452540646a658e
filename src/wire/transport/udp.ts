import { badField, short, type Decoded } from '../decoded.ts'

/** UDP header, RFC 768. Octet offsets; all fields big-endian. */
export const udpAt = { sourcePort: 0, destinationPort: 2, length: 4, checksum: 6, payload: 8 } as const

export interface Udp {
  readonly sourcePort: number
  readonly destinationPort: number
  /** Octets of header and payload; 0 in a jumbogram (RFC 2675). */
  readonly length: number
  readonly checksum: number
}

export function readUdp(b: DataView): Decoded<Udp> {
  if (b.byteLength < udpAt.payload) return short('udp', udpAt.payload, b.byteLength)
  const length = b.getUint16(udpAt.length)
  if (length !== 0 && length < udpAt.payload) return badField('udp.length', length)
  return {
    value: {
      sourcePort: b.getUint16(udpAt.sourcePort),
      destinationPort: b.getUint16(udpAt.destinationPort),
      length,
      checksum: b.getUint16(udpAt.checksum),
    },
    used: udpAt.payload,
  }
}

export function writeUdp(b: DataView, udp: Udp): number {
  b.setUint16(udpAt.sourcePort, udp.sourcePort)
  b.setUint16(udpAt.destinationPort, udp.destinationPort)
  b.setUint16(udpAt.length, udp.length)
  b.setUint16(udpAt.checksum, udp.checksum)
  return udpAt.payload
}
