import type { Ip4 } from '../../model/address/address.ts'
import { badField, short, type Decoded } from '../decoded.ts'
import { etherType } from './ether-type.ts'
import { readMac, writeMac } from './mac.ts'

/** ARP for IPv4 over Ethernet, RFC 826. Octet offsets; all fields big-endian. */
export const arpAt = {
  hardwareType: 0,
  protocolType: 2,
  hardwareLength: 4,
  protocolLength: 5,
  operation: 6,
  senderMac: 8,
  senderAddress: 14,
  targetMac: 18,
  targetAddress: 24,
  payload: 28,
} as const

export interface Arp {
  /** 1 is a request, 2 a reply (RFC 826); others are possible. */
  readonly operation: number
  readonly senderMac: string
  readonly senderAddress: Ip4
  readonly targetMac: string
  readonly targetAddress: Ip4
}

export function readArp(b: DataView): Decoded<Arp> {
  if (b.byteLength < arpAt.payload) return short('arp', arpAt.payload, b.byteLength)
  const protocolType = b.getUint16(arpAt.protocolType)
  if (protocolType !== etherType.ipv4) return badField('arp.protocol-type', protocolType)
  if (b.getUint8(arpAt.hardwareLength) !== 6)
    return badField('arp.hardware-length', b.getUint8(arpAt.hardwareLength))
  if (b.getUint8(arpAt.protocolLength) !== 4)
    return badField('arp.protocol-length', b.getUint8(arpAt.protocolLength))
  return {
    value: {
      operation: b.getUint16(arpAt.operation),
      senderMac: readMac(b, arpAt.senderMac),
      senderAddress: b.getUint32(arpAt.senderAddress) as Ip4,
      targetMac: readMac(b, arpAt.targetMac),
      targetAddress: b.getUint32(arpAt.targetAddress) as Ip4,
    },
    used: arpAt.payload,
  }
}

export function writeArp(b: DataView, arp: Arp): number {
  b.setUint16(arpAt.hardwareType, 1)
  b.setUint16(arpAt.protocolType, etherType.ipv4)
  b.setUint8(arpAt.hardwareLength, 6)
  b.setUint8(arpAt.protocolLength, 4)
  b.setUint16(arpAt.operation, arp.operation)
  writeMac(b, arpAt.senderMac, arp.senderMac)
  b.setUint32(arpAt.senderAddress, arp.senderAddress)
  writeMac(b, arpAt.targetMac, arp.targetMac)
  b.setUint32(arpAt.targetAddress, arp.targetAddress)
  return arpAt.payload
}
