import { short, type Decoded } from '../decoded.ts'

/** ICMPv6 header, RFC 4443. Octet offsets; all fields big-endian. */
export const icmpv6At = { type: 0, code: 1, checksum: 2, id: 4, sequence: 6, payload: 8 } as const

export const icmpv6Type = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echo: 128,
  echoReply: 129,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
} as const

/** Types below 128 are errors and quote the packet that they are about (RFC 4443 section 2.1). */
export const isIcmpv6Error = (type: number): boolean => type < 128

export interface Icmpv6 {
  readonly type: number
  readonly code: number
  readonly checksum: number
  /** Of echo messages; elsewhere the upper half of the message's first word. */
  readonly id: number
  /** Of echo messages; elsewhere the lower half of the message's first word. */
  readonly sequence: number
}

export function readIcmpv6(b: DataView): Decoded<Icmpv6> {
  if (b.byteLength < icmpv6At.payload) return short('icmpv6', icmpv6At.payload, b.byteLength)
  return {
    value: {
      type: b.getUint8(icmpv6At.type),
      code: b.getUint8(icmpv6At.code),
      checksum: b.getUint16(icmpv6At.checksum),
      id: b.getUint16(icmpv6At.id),
      sequence: b.getUint16(icmpv6At.sequence),
    },
    used: icmpv6At.payload,
  }
}

/** Writes the fields as given, the checksum too: it covers addresses and payload, which are not here. */
export function writeIcmpv6(b: DataView, icmp: Icmpv6): number {
  b.setUint8(icmpv6At.type, icmp.type)
  b.setUint8(icmpv6At.code, icmp.code)
  b.setUint16(icmpv6At.checksum, icmp.checksum)
  b.setUint16(icmpv6At.id, icmp.id)
  b.setUint16(icmpv6At.sequence, icmp.sequence)
  return icmpv6At.payload
}
