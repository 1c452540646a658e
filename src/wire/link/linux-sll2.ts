import { short, type Decoded } from '../decoded.ts'

/** Linux cooked capture v2, LINKTYPE_LINUX_SLL2 (276): what `tcpdump -i any` writes. All fields big-endian. */
export const linuxSll2At = {
  protocol: 0,
  reserved: 2,
  interfaceIndex: 4,
  hardwareType: 8,
  packetType: 10,
  addressLength: 11,
  address: 12,
  payload: 20,
} as const

export interface LinuxSll2 {
  readonly protocol: number
  /** The index in the captured namespace's own table of interfaces; elsewhere it names another interface. */
  readonly interfaceIndex: number
  readonly hardwareType: number
  /** See `packetType` of LINUX_SLL. */
  readonly packetType: number
  readonly address: Uint8Array
}

export function readLinuxSll2(b: DataView): Decoded<LinuxSll2> {
  if (b.byteLength < linuxSll2At.payload) return short('linux-sll2', linuxSll2At.payload, b.byteLength)
  const length = Math.min(8, b.getUint8(linuxSll2At.addressLength))
  return {
    value: {
      protocol: b.getUint16(linuxSll2At.protocol),
      interfaceIndex: b.getUint32(linuxSll2At.interfaceIndex),
      hardwareType: b.getUint16(linuxSll2At.hardwareType),
      packetType: b.getUint8(linuxSll2At.packetType),
      address: new Uint8Array(b.buffer, b.byteOffset + linuxSll2At.address, length).slice(),
    },
    used: linuxSll2At.payload,
  }
}

export function writeLinuxSll2(b: DataView, header: LinuxSll2): number {
  b.setUint16(linuxSll2At.protocol, header.protocol)
  b.setUint16(linuxSll2At.reserved, 0)
  b.setUint32(linuxSll2At.interfaceIndex, header.interfaceIndex)
  b.setUint16(linuxSll2At.hardwareType, header.hardwareType)
  b.setUint8(linuxSll2At.packetType, header.packetType)
  b.setUint8(linuxSll2At.addressLength, header.address.length)
  for (let i = 0; i < 8; i++) b.setUint8(linuxSll2At.address + i, header.address[i] ?? 0)
  return linuxSll2At.payload
}
