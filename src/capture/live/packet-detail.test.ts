import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { PacketDetail } from '../../model/packet/live-packet.ts'
import { writeLinuxSll2 } from '../../wire/link/linux-sll2.ts'
import { linkType } from '../../wire/link/link-type.ts'
import { CaptureReader } from '../files/reader.ts'
import { packetDetail } from './packet-detail.ts'
import { writePcapHeader, writePcapRecord, type PcapHeader } from '../files/pcap.ts'
import { sightingOf } from '../files/sighting-reader.ts'

const header: PcapHeader = {
  littleEndian: true,
  resolution: 'nanoseconds',
  linkType: linkType.linuxSll2,
  snapLength: 256,
}

/** What is said of every frame of a file. */
function detailsOf(file: Uint8Array): readonly PacketDetail[] {
  const details: PacketDetail[] = []
  const source = { capture: 0, stack: 'node/a', interfaces: new Map([[2, 'eth0']]) }
  const reader = new CaptureReader((frame) => {
    details.push(packetDetail(frame, sightingOf(frame, source)))
  })
  reader.write(file)
  expect(reader.end()).toBeNull()
  return details
}

/** A frame as tcpdump captures it on every interface: a header in place of Ethernet, then these octets. */
function frame(etherType: number, hex: string): Uint8Array {
  const payload = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
  const octets = new Uint8Array(20 + payload.length)
  writeLinuxSll2(new DataView(octets.buffer), {
    protocol: etherType,
    interfaceIndex: 2,
    hardwareType: 1,
    packetType: 0,
    address: new Uint8Array(6),
  })
  octets.set(payload, 20)
  return Buffer.concat([writePcapHeader(header), writePcapRecord(header, 1n, octets, octets.length)])
}

describe('what a line says of a frame beside its addresses', () => {
  test('a ping carries 56 octets', () => {
    const details = detailsOf(new Uint8Array(readFileSync(new URL('../fixtures/pod1.pcap', import.meta.url))))
    expect(details.some((one) => one.kind === 'payload' && one.length === 56)).toBe(true)
  })

  test.each<{ because: string; etherType: number; hex: string; detail: PacketDetail }>([
    {
      because: 'an ARP question (RFC 826)',
      etherType: 0x0806,
      hex: '0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002',
      detail: { kind: 'arp', operation: 'request', sender: '10.0.0.1', target: '10.0.0.2' },
    },
    {
      because: 'LLDP, which is not read',
      etherType: 0x88cc,
      hex: '0207',
      detail: { kind: 'frame', etherType: 0x88cc },
    },
    {
      because: 'a DNS question (RFC 1035): A of web.default',
      etherType: 0x0800,
      hex: `45000039 00010000 40110000 0a000001 0a000002
        03e7 0035 0025 0000
        1234 0100 0001 0000 0000 0000 03 776562 07 64656661756c74 00 0001 0001`,
      detail: {
        kind: 'dns',
        response: false,
        code: 0,
        question: { name: 'web.default', type: 'A' },
        answers: [],
      },
    },
    {
      because: 'port 53 that is no DNS',
      etherType: 0x0800,
      hex: `4500001e 00010000 40110000 0a000001 0a000002
        03e7 0035 000a 0000 ffff`,
      detail: { kind: 'payload', length: 2 },
    },
  ])('$because', ({ etherType, hex, detail }) => {
    expect(detailsOf(frame(etherType, hex))).toEqual([detail])
  })
})
