import type { Ip4 } from '../../model/address/address.ts'
import { internetChecksum } from './checksum.ts'
import { badField, octetsOf, short, viewFrom, type Decoded } from '../decoded.ts'

/** IPv4 header, RFC 791. Octet offsets; all fields big-endian. */
export const ipv4At = {
  version: 0,
  typeOfService: 1,
  totalLength: 2,
  id: 4,
  flags: 6,
  ttl: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  destination: 16,
  options: 20,
} as const

export interface Ipv4 {
  readonly typeOfService: number
  /** Octets of header and payload, as the header says; 0 in some captures of segmentation offload. */
  readonly totalLength: number
  readonly id: number
  readonly dontFragment: boolean
  readonly moreFragments: boolean
  /** In octets. */
  readonly fragmentOffset: number
  readonly ttl: number
  readonly protocol: number
  readonly checksum: number
  readonly source: Ip4
  readonly destination: Ip4
  readonly options: Uint8Array
}

export function readIpv4(b: DataView): Decoded<Ipv4> {
  if (b.byteLength < ipv4At.options) return short('ipv4', ipv4At.options, b.byteLength)
  const first = b.getUint8(ipv4At.version)
  if (first >> 4 !== 4) return badField('ipv4.version', first >> 4)
  const used = (first & 15) * 4
  if (used < ipv4At.options) return badField('ipv4.header-length', used)
  if (b.byteLength < used) return short('ipv4.options', used, b.byteLength)
  const totalLength = b.getUint16(ipv4At.totalLength)
  if (totalLength !== 0 && totalLength < used) return badField('ipv4.total-length', totalLength)
  const flags = b.getUint16(ipv4At.flags)
  return {
    value: {
      typeOfService: b.getUint8(ipv4At.typeOfService),
      totalLength,
      id: b.getUint16(ipv4At.id),
      dontFragment: (flags & 0x4000) !== 0,
      moreFragments: (flags & 0x2000) !== 0,
      fragmentOffset: (flags & 0x1fff) * 8,
      ttl: b.getUint8(ipv4At.ttl),
      protocol: b.getUint8(ipv4At.protocol),
      checksum: b.getUint16(ipv4At.checksum),
      source: b.getUint32(ipv4At.source) as Ip4,
      destination: b.getUint32(ipv4At.destination) as Ip4,
      options: octetsOf(viewFrom(b, ipv4At.options, used - ipv4At.options)).slice(),
    },
    used,
  }
}

/** Writes the header with the checksum that it must have (the one given is not looked at); returns its octets. */
export function writeIpv4(b: DataView, header: Ipv4): number {
  if (header.options.length % 4 !== 0 || header.options.length > 40)
    throw new Error(`IPv4 options must be 0 to 40 octets in words, not ${header.options.length}`)
  const used = ipv4At.options + header.options.length
  b.setUint8(ipv4At.version, 0x40 | (used / 4))
  b.setUint8(ipv4At.typeOfService, header.typeOfService)
  b.setUint16(ipv4At.totalLength, header.totalLength)
  b.setUint16(ipv4At.id, header.id)
  const flags = (header.dontFragment ? 0x4000 : 0) | (header.moreFragments ? 0x2000 : 0)
  b.setUint16(ipv4At.flags, flags | (header.fragmentOffset / 8))
  b.setUint8(ipv4At.ttl, header.ttl)
  b.setUint8(ipv4At.protocol, header.protocol)
  b.setUint16(ipv4At.checksum, 0)
  b.setUint32(ipv4At.source, header.source)
  b.setUint32(ipv4At.destination, header.destination)
  octetsOf(b).set(header.options, ipv4At.options)
  b.setUint16(ipv4At.checksum, internetChecksum(octetsOf(viewFrom(b, 0, used))))
  return used
}
