import { short, type Decoded } from '../decoded.ts'

/** ICMP header, RFC 792. Octet offsets; all fields big-endian. */
export const icmpAt = { type: 0, code: 1, checksum: 2, id: 4, sequence: 6, payload: 8 } as const

export const icmpType = {
  echoReply: 0,
  unreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echo: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const

/** Does a message of this type quote the packet that it is about (RFC 1122 section 3.2.2)? */
export const isIcmpError = (type: number): boolean =>
  type === icmpType.unreachable ||
  type === icmpType.sourceQuench ||
  type === icmpType.redirect ||
  type === icmpType.timeExceeded ||
  type === icmpType.parameterProblem

export interface Icmp {
  readonly type: number
  readonly code: number
  readonly checksum: number
  /** Of echo messages; elsewhere the first two octets after the checksum. */
  readonly id: number
  /** Of echo messages; the next-hop MTU of `fragmentation needed`. */
  readonly sequence: number
}

export function readIcmp(b: DataView): Decoded<Icmp> {
  if (b.byteLength < icmpAt.payload) return short('icmp', icmpAt.payload, b.byteLength)
  return {
    value: {
      type: b.getUint8(icmpAt.type),
      code: b.getUint8(icmpAt.code),
      checksum: b.getUint16(icmpAt.checksum),
      id: b.getUint16(icmpAt.id),
      sequence: b.getUint16(icmpAt.sequence),
    },
    used: icmpAt.payload,
  }
}

/** Writes the fields as given, the checksum too: it covers the payload, which is not here. */
export function writeIcmp(b: DataView, icmp: Icmp): number {
  b.setUint8(icmpAt.type, icmp.type)
  b.setUint8(icmpAt.code, icmp.code)
  b.setUint16(icmpAt.checksum, icmp.checksum)
  b.setUint16(icmpAt.id, icmp.id)
  b.setUint16(icmpAt.sequence, icmp.sequence)
  return icmpAt.payload
}
