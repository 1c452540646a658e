import { writePcapHeader, writePcapRecord, type PcapHeader } from '../src/capture/files/pcap.ts'
import type { Ip4 } from '../src/model/address/address.ts'
import { writeIcmp } from '../src/wire/network/icmp.ts'
import { writeIpv4 } from '../src/wire/network/ipv4.ts'
import { linkType } from '../src/wire/link/link-type.ts'
import { writeLinuxSll2 } from '../src/wire/link/linux-sll2.ts'
import { writeTcp } from '../src/wire/transport/tcp.ts'
import { writeUdp } from '../src/wire/transport/udp.ts'

const header: PcapHeader = {
  littleEndian: true,
  resolution: 'microseconds',
  linkType: linkType.linuxSll2,
  snapLength: 96,
}
/**
 * A pcap of so many packets, a third each of ICMP, TCP and UDP, as `tcpdump -i any -s 96` keeps them. They differ in
 * everything that following looks at.
 */
export function syntheticCapture(packets: number): Uint8Array {
  const kinds = [icmpFrame(), tcpFrame(), udpFrame()]
  const size = 24 + kinds.reduce((sum, kind) => sum + 16 + kind.octets.length, 0) * Math.ceil(packets / 3)
  const file = new Uint8Array(size)
  file.set(writePcapHeader(header))
  let at = 24
  for (let i = 0; i < packets; i++) {
    const kind = kinds[i % 3]!
    kind.view.setUint32(4, 2 + (i % 7))
    kind.view.setUint16(24, i & 0xffff)
    kind.view.setUint32(32, 0xc0a80000 + (i % 50_000))
    kind.view.setUint32(48, i)
    const record = writePcapRecord(header, 1_700_000_000_000_000_000n + BigInt(i) * 1000n, kind.octets, 104)
    file.set(record, at)
    at += record.length
  }
  return file.subarray(0, at)
}

function frameOf(protocol: number): { octets: Uint8Array; view: DataView } {
  const octets = new Uint8Array(96)
  octets.forEach((_, i) => {
    octets[i] = i
  })
  const view = new DataView(octets.buffer)
  writeLinuxSll2(view, {
    protocol: 0x0800,
    interfaceIndex: 2,
    hardwareType: 1,
    packetType: 0,
    address: new Uint8Array(6),
  })
  writeIpv4(new DataView(octets.buffer, 20), {
    typeOfService: 0,
    totalLength: 84,
    id: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol,
    checksum: 0,
    source: 0xc0a801ef as Ip4,
    destination: 0xc0a8038f as Ip4,
    options: new Uint8Array(0),
  })
  return { octets, view }
}

function icmpFrame(): ReturnType<typeof frameOf> {
  const frame = frameOf(1)
  writeIcmp(new DataView(frame.octets.buffer, 40), { type: 8, code: 0, checksum: 0, id: 7, sequence: 1 })
  return frame
}

function tcpFrame(): ReturnType<typeof frameOf> {
  const frame = frameOf(6)
  writeTcp(new DataView(frame.octets.buffer, 40), {
    sourcePort: 40000,
    destinationPort: 80,
    sequence: 1,
    acknowledgement: 2,
    flags: 24,
    window: 1000,
    checksum: 0,
    urgent: 0,
    options: new Uint8Array(12),
  })
  return frame
}

function udpFrame(): ReturnType<typeof frameOf> {
  const frame = frameOf(17)
  writeUdp(new DataView(frame.octets.buffer, 40), {
    sourcePort: 40000,
    destinationPort: 4789,
    length: 64,
    checksum: 0,
  })
  return frame
}
