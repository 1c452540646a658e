import type { Ip6 } from '../../model/address/address.ts'
import { badField, short, type Decoded } from '../decoded.ts'
import { ipProtocol } from './ip-protocol.ts'

/** IPv6 header, RFC 8200. Octet offsets; all fields big-endian. */
export const ipv6At = {
  version: 0,
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  source: 8,
  destination: 24,
  payload: 40,
} as const

/** More extension headers than any sender has a reason for; the kernel's own limit is 8 options of each kind. */
const mostExtensions = 16

export interface Ipv6Extension {
  readonly header: number
  /** Octets of this extension header. */
  readonly length: number
}

export interface Ipv6 {
  readonly trafficClass: number
  readonly flowLabel: number
  /** Octets after the fixed header; 0 with a jumbo payload. */
  readonly payloadLength: number
  readonly hopLimit: number
  readonly source: Ip6
  readonly destination: Ip6
  readonly extensions: readonly Ipv6Extension[]
  /** From the fragment extension; null without one. The offset is in octets. */
  readonly fragment: { readonly id: number; readonly offset: number; readonly more: boolean } | null
  /** What follows the last extension header: a transport's protocol number. */
  readonly protocol: number
}

export const readIp6 = (b: DataView, offset: number): Ip6 =>
  ((b.getBigUint64(offset) << 64n) | b.getBigUint64(offset + 8)) as Ip6

export function writeIp6(b: DataView, offset: number, address: Ip6): void {
  b.setBigUint64(offset, address >> 64n)
  b.setBigUint64(offset + 8, address & 0xffff_ffff_ffff_ffffn)
}

/** Is it an extension header whose length we know? ESP hides what follows and counts as a transport. */
export const isIpv6Extension = (header: number): boolean =>
  header === ipProtocol.hopByHop ||
  header === ipProtocol.routing ||
  header === ipProtocol.fragment ||
  header === ipProtocol.authentication ||
  header === ipProtocol.destinationOptions ||
  header === ipProtocol.mobility ||
  header === ipProtocol.hip ||
  header === ipProtocol.shim6

/** Octets of an extension header from its second octet: RFC 8200 section 4; RFC 4302 for authentication. */
export function ipv6ExtensionLength(header: number, second: number): number {
  if (header === ipProtocol.fragment) return 8
  if (header === ipProtocol.authentication) return (second + 2) * 4
  return (second + 1) * 8
}

/** The fixed header and the extension headers; `used` is where the transport begins. */
export function readIpv6(b: DataView): Decoded<Ipv6> {
  if (b.byteLength < ipv6At.payload) return short('ipv6', ipv6At.payload, b.byteLength)
  const word = b.getUint32(ipv6At.version)
  if (word >>> 28 !== 6) return badField('ipv6.version', word >>> 28)
  const extensions: Ipv6Extension[] = []
  let fragment: Ipv6['fragment'] = null
  let protocol = b.getUint8(ipv6At.nextHeader)
  let used: number = ipv6At.payload
  // After a fragment that is not the first comes payload, not another header.
  while (isIpv6Extension(protocol) && (fragment === null || fragment.offset === 0)) {
    if (extensions.length === mostExtensions) return badField('ipv6.extensions', extensions.length + 1)
    if (b.byteLength < used + 8) return short('ipv6.extension', used + 8, b.byteLength)
    const length = ipv6ExtensionLength(protocol, b.getUint8(used + 1))
    if (b.byteLength < used + length) return short('ipv6.extension', used + length, b.byteLength)
    if (protocol === ipProtocol.fragment) {
      const bits = b.getUint16(used + 2)
      fragment = { id: b.getUint32(used + 4), offset: bits & 0xfff8, more: (bits & 1) === 1 }
    }
    extensions.push({ header: protocol, length })
    protocol = b.getUint8(used)
    used += length
  }
  return {
    value: {
      trafficClass: (word >>> 20) & 0xff,
      flowLabel: word & 0xfffff,
      payloadLength: b.getUint16(ipv6At.payloadLength),
      hopLimit: b.getUint8(ipv6At.hopLimit),
      source: readIp6(b, ipv6At.source),
      destination: readIp6(b, ipv6At.destination),
      extensions,
      fragment,
      protocol,
    },
    used,
  }
}

/** Writes the fixed header alone and returns its octets; throws when extension headers are asked for. */
export function writeIpv6(b: DataView, header: Ipv6): number {
  if (header.extensions.length > 0 || header.fragment)
    throw new Error('IPv6 extension headers are read, not written')
  b.setUint32(ipv6At.version, ((6 << 28) | (header.trafficClass << 20) | header.flowLabel) >>> 0)
  b.setUint16(ipv6At.payloadLength, header.payloadLength)
  b.setUint8(ipv6At.nextHeader, header.protocol)
  b.setUint8(ipv6At.hopLimit, header.hopLimit)
  writeIp6(b, ipv6At.source, header.source)
  writeIp6(b, ipv6At.destination, header.destination)
  return ipv6At.payload
}
