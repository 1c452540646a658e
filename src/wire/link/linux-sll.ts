import { short, type Decoded } from '../decoded.ts'

/** Linux cooked capture, LINKTYPE_LINUX_SLL (113). Octet offsets; all fields big-endian. */
export const linuxSllAt = {
  packetType: 0,
  hardwareType: 2,
  addressLength: 4,
  address: 6,
  protocol: 14,
  payload: 16,
} as const

/** Who a packet was for, as the kernel told the capture (linux/if_packet.h, PACKET_HOST to PACKET_OUTGOING). */
export const packetType = { host: 0, broadcast: 1, multicast: 2, otherHost: 3, outgoing: 4 } as const

export interface LinuxSll {
  /** See `packetType`. */
  readonly packetType: number
  /** ARPHRD_: 1 is Ethernet, 772 the loopback. */
  readonly hardwareType: number
  /** The sender's link-layer address; at most eight octets are kept in the header. */
  readonly address: Uint8Array
  /** EtherType, where the hardware type is one that has them. */
  readonly protocol: number
}

export function readLinuxSll(b: DataView): Decoded<LinuxSll> {
  if (b.byteLength < linuxSllAt.payload) return short('linux-sll', linuxSllAt.payload, b.byteLength)
  const length = Math.min(8, b.getUint16(linuxSllAt.addressLength))
  return {
    value: {
      packetType: b.getUint16(linuxSllAt.packetType),
      hardwareType: b.getUint16(linuxSllAt.hardwareType),
      address: new Uint8Array(b.buffer, b.byteOffset + linuxSllAt.address, length).slice(),
      protocol: b.getUint16(linuxSllAt.protocol),
    },
    used: linuxSllAt.payload,
  }
}

export function writeLinuxSll(b: DataView, header: LinuxSll): number {
  b.setUint16(linuxSllAt.packetType, header.packetType)
  b.setUint16(linuxSllAt.hardwareType, header.hardwareType)
  b.setUint16(linuxSllAt.addressLength, header.address.length)
  for (let i = 0; i < 8; i++) b.setUint8(linuxSllAt.address + i, header.address[i] ?? 0)
  b.setUint16(linuxSllAt.protocol, header.protocol)
  return linuxSllAt.payload
}
