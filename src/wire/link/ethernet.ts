import { short, type Decoded } from '../decoded.ts'
import { etherType } from './ether-type.ts'
import { readMac, writeMac } from './mac.ts'

/** Ethernet II header, IEEE 802.3; with 802.1Q tags. Octet offsets; all fields big-endian. */
export const ethernetAt = { destination: 0, source: 6, type: 12, payload: 14, tag: 4 } as const

/** More tags than 802.1ad's two are read up to here, so that hostile octets cannot keep us busy. */
const mostTags = 4

export interface Ethernet {
  readonly destination: string
  readonly source: string
  /** VLAN identifiers, the outermost first. */
  readonly vlans: readonly number[]
  /** EtherType of the payload, or a length below 1536 (802.3). */
  readonly type: number
}

export function readEthernet(b: DataView): Decoded<Ethernet> {
  if (b.byteLength < ethernetAt.payload) return short('ethernet', ethernetAt.payload, b.byteLength)
  const vlans: number[] = []
  let used: number = ethernetAt.payload
  let type = b.getUint16(ethernetAt.type)
  while ((type === etherType.vlan || type === etherType.serviceVlan) && vlans.length < mostTags) {
    if (b.byteLength < used + ethernetAt.tag)
      return short('ethernet.vlan', used + ethernetAt.tag, b.byteLength)
    vlans.push(b.getUint16(used) & 0xfff)
    type = b.getUint16(used + 2)
    used += ethernetAt.tag
  }
  return {
    value: {
      destination: readMac(b, ethernetAt.destination),
      source: readMac(b, ethernetAt.source),
      vlans,
      type,
    },
    used,
  }
}

/** Writes the header and returns its octets. Every tag is an 802.1Q tag of priority 0. */
export function writeEthernet(b: DataView, header: Ethernet): number {
  writeMac(b, ethernetAt.destination, header.destination)
  writeMac(b, ethernetAt.source, header.source)
  let at: number = ethernetAt.type
  for (const vlan of header.vlans) {
    b.setUint16(at, etherType.vlan)
    b.setUint16(at + 2, vlan & 0xfff)
    at += ethernetAt.tag
  }
  b.setUint16(at, header.type)
  return at + 2
}
