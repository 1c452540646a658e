import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Ip4, Ip6 } from '../model/address/address.ts'
import { internetChecksum, pseudoHeaderSum } from './network/checksum.ts'
import { dissect } from './dissect.ts'
import { isProblem, octetsOf, viewFrom } from './decoded.ts'
import { readArp, writeArp } from './link/arp.ts'
import { readEthernet, writeEthernet } from './link/ethernet.ts'
import { readIcmp, writeIcmp } from './network/icmp.ts'
import { readIcmpv6, writeIcmpv6 } from './network/icmpv6.ts'
import { readIpv4, writeIpv4, type Ipv4 } from './network/ipv4.ts'
import { readIpv6, writeIpv6 } from './network/ipv6.ts'
import { linkType } from './link/link-type.ts'
import { readLinuxSll, writeLinuxSll } from './link/linux-sll.ts'
import { readLinuxSll2, writeLinuxSll2 } from './link/linux-sll2.ts'
import { readSeenPacket } from './seen-packet.ts'
import { formatTcpFlags, readTcp, writeTcp, type Tcp } from './transport/tcp.ts'
import { readUdp, writeUdp } from './transport/udp.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

/** An echo request as a pod's ping sends it. */
const echo = hex(`
  4500 0054 c311 4000 4001 f1bb c0a801ef c0a8038f
  0800 5c2b 00c8 0001 0011223344556677 8899aabbccddeeff
  0011223344556677 8899aabbccddeeff 0011223344556677 8899aabbccddeeff 0011223344556677`)

describe('a frame is read as far as its octets go', () => {
  test.each([
    { octets: echo, kinds: ['ipv4', 'icmp'], stopped: false, because: 'all of it is there' },
    { octets: echo.subarray(0, 24), kinds: ['ipv4'], stopped: true, because: 'ICMP has eight octets' },
    { octets: echo.subarray(0, 12), kinds: [], stopped: true, because: 'an IPv4 header has twenty' },
    { octets: hex('3500'), kinds: [], stopped: true, because: 'there is no IP version 3' },
  ])('$kinds: $because', ({ octets, kinds, stopped }) => {
    const read = dissect(octets, linkType.raw)
    expect(read.layers.map(({ kind }) => kind)).toEqual(kinds)
    expect(read.stopped !== undefined).toBe(stopped)
  })

  test('an ICMP error shows the packet that it quotes, and no deeper', () => {
    const quoted = echo.subarray(0, 28)
    const error = new Uint8Array(28 + quoted.length)
    error.set(hex('4500 0038 0000 0000 4001 0000 c0a80314 c0a801ef 030a 0000 0000 0000'))
    error.set(quoted, 28)
    expect(dissect(error, linkType.raw).layers.map(({ kind }) => kind)).toEqual([
      'ipv4',
      'icmp',
      'ipv4',
      'icmp',
    ])
    const seen = readSeenPacket(new DataView(error.buffer), 0, error.length, 0, linkType.raw)
    expect(seen?.transport).toMatchObject({
      kind: 'icmp',
      type: 3,
      code: 10,
      about: { id: 0xc311, protocol: 1, transport: { kind: 'icmp', type: 8, id: 200, sequence: 1 } },
    })
  })

  test('link-layer padding is not payload', () => {
    const frame = new Uint8Array(60)
    writeEthernet(new DataView(frame.buffer), {
      destination: '02:00:00:00:00:01',
      source: '02:00:00:00:00:02',
      vlans: [],
      type: 0x0800,
    })
    frame.set(hex('4500 001c 0001 0000 4011 0000 0a000001 0a000002 0001 0002 0008 0000'), 14)
    expect(dissect(frame, linkType.ethernet)).toMatchObject({ payload: 42, end: 42 })
    expect(readSeenPacket(new DataView(frame.buffer), 0, 60, 0, linkType.ethernet)).toMatchObject({
      payloadLength: 0,
      payloadDigest: 0,
    })
  })

  test('an IPv6 packet is read through its extension headers', () => {
    const packet = hex(`
      6000 0000 0018 0040 fd000000000000000000000000000001 fd000000000000000000000000000002
      2c00 0104 0000 0000
      1100 0001 0000 0007
      0035 0036 0008 0000`)
    const read = dissect(packet, linkType.ipv6)
    expect(read.layers.map(({ kind }) => kind)).toEqual(['ipv6', 'udp'])
    expect(read.layers[0]?.header).toMatchObject({
      extensions: [
        { header: 0, length: 8 },
        { header: 44, length: 8 },
      ],
      fragment: { id: 7, offset: 0, more: true },
      protocol: 17,
    })
  })
})

test('a captured payload is compared by its first octets, and not at all when too few were captured', () => {
  const view = new DataView(echo.buffer, echo.byteOffset)
  const digest = (end: number): number | undefined =>
    readSeenPacket(view, 0, end, echo.length - end, linkType.raw)?.payloadDigest
  expect(digest(60)).toBe(digest(84))
  expect(digest(60)).not.toBe(0)
  expect(digest(59)).toBe(0)
})

test.each([
  { flags: 2, text: 'S' },
  { flags: 18, text: 'S.' },
  { flags: 24, text: 'P.' },
  { flags: 20, text: 'R.' },
  { flags: 0, text: 'none' },
])('TCP flags $flags read $text, as tcpdump prints them', ({ flags, text }) => {
  expect(formatTcpFlags(flags)).toBe(text)
})

test('a checksum over octets that hold their own is 0 (RFC 1071), with the pseudo header too', () => {
  expect(internetChecksum(hex('4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7'))).toBe(0)
  // UDP 10.0.0.1:1 to 10.0.0.2:2 with one octet of payload, odd on purpose.
  const datagram = hex('0001 0002 0009 0000 41')
  const start = pseudoHeaderSum(0x0a000001 as Ip4, 0x0a000002 as Ip4, 17, 9)
  new DataView(datagram.buffer).setUint16(6, internetChecksum(datagram, 0, 9, start))
  expect(internetChecksum(datagram, 0, 9, start)).toBe(0)
})

const u8 = fc.integer({ min: 0, max: 255 })
const u16 = fc.integer({ min: 0, max: 65535 })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const ip4 = u32.map((n) => n as Ip4)
const ip6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((n) => n as Ip6)
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((o) => [...o].map((n) => n.toString(16).padStart(2, '0')).join(':'))
const words = fc
  .integer({ min: 0, max: 10 })
  .chain((n) => fc.uint8Array({ minLength: n * 4, maxLength: n * 4 }))
const type = u16.filter((n) => n !== 0x8100 && n !== 0x88a8)

/** Writes, reads, and expects the same value and the same number of octets. */
function comesBack<T>(value: T, write: (b: DataView, v: T) => number, read: (b: DataView) => unknown): void {
  const view = new DataView(new ArrayBuffer(128))
  const used = write(view, value)
  expect(read(view)).toEqual({ value, used })
}

describe('what is written reads the same', () => {
  property.prop([
    fc.record({ destination: mac, source: mac, vlans: fc.array(fc.nat(4095), { maxLength: 3 }), type }),
  ])('ethernet', (v) => {
    comesBack(v, writeEthernet, readEthernet)
  })
  const address = fc.uint8Array({ maxLength: 8 })
  property.prop([fc.record({ packetType: u16, hardwareType: u16, address, protocol: u16 })])(
    'linux-sll',
    (v) => {
      comesBack(v, writeLinuxSll, readLinuxSll)
    },
  )
  property.prop([
    fc.record({ protocol: u16, interfaceIndex: u32, hardwareType: u16, packetType: u8, address }),
  ])('linux-sll2', (v) => {
    comesBack(v, writeLinuxSll2, readLinuxSll2)
  })
  property.prop([
    fc.record({ operation: u16, senderMac: mac, senderAddress: ip4, targetMac: mac, targetAddress: ip4 }),
  ])('arp', (v) => {
    comesBack(v, writeArp, readArp)
  })
  property.prop([
    fc.record({
      typeOfService: u8,
      totalLength: fc.integer({ min: 60, max: 65535 }),
      id: u16,
      dontFragment: fc.boolean(),
      moreFragments: fc.boolean(),
      fragmentOffset: fc.nat(8191).map((n) => n * 8),
      ttl: u8,
      protocol: u8,
      checksum: fc.constant(0),
      source: ip4,
      destination: ip4,
      options: words,
    }),
  ])('ipv4, with a checksum that is right', (v: Ipv4) => {
    const view = new DataView(new ArrayBuffer(64))
    const used = writeIpv4(view, v)
    const read = readIpv4(view)
    if (isProblem(read)) throw new Error(JSON.stringify(read))
    expect({ ...read.value, checksum: 0 }).toEqual(v)
    expect(internetChecksum(octetsOf(viewFrom(view, 0, used)))).toBe(0)
  })
  property.prop([
    fc.record({
      trafficClass: u8,
      flowLabel: fc.nat(0xfffff),
      payloadLength: u16,
      hopLimit: u8,
      source: ip6,
      destination: ip6,
      extensions: fc.constant([]),
      fragment: fc.constant(null),
      protocol: fc.constantFrom(6, 17, 58, 59),
    }),
  ])('ipv6', (v) => {
    comesBack(v, writeIpv6, readIpv6)
  })
  const echoes = fc.record({ type: u8, code: u8, checksum: u16, id: u16, sequence: u16 })
  property.prop([echoes])('icmp and icmpv6', (v) => {
    comesBack(v, writeIcmp, readIcmp)
    comesBack(v, writeIcmpv6, readIcmpv6)
  })
  property.prop([
    fc.record({
      sourcePort: u16,
      destinationPort: u16,
      sequence: u32,
      acknowledgement: u32,
      flags: u8,
      window: u16,
      checksum: u16,
      urgent: u16,
      options: words,
    }),
  ])('tcp', (v: Tcp) => {
    comesBack(v, writeTcp, readTcp)
  })
  property.prop([
    fc.record({
      sourcePort: u16,
      destinationPort: u16,
      length: fc.integer({ min: 8, max: 65535 }),
      checksum: u16,
    }),
  ])('udp', (v) => {
    comesBack(v, writeUdp, readUdp)
  })
})

/** Octets that look like a packet more often than chance would have it: a real header, then a few spoilt octets. */
const nearly = fc
  .record({
    base: fc.constantFrom(
      echo,
      hex(
        '4500 0040 0001 0000 4006 0000 0a000001 0a000002 0001 0050 00000001 00000002 8018 0000 0000 0000 0101080a 00000001 00000002',
      ),
      hex(
        '6000 0000 0010 2c40 fd000000000000000000000000000001 fd000000000000000000000000000002 1100 0001 0000 0007 0035 0036 0008 0000',
      ),
      hex(
        '4500 0038 0001 0000 4011 0000 0a000001 0a000002 0035 0036 0024 0000 0001 8180 0001 0001 0000 0000 0161 00 0001 0001 c00c',
      ),
    ),
    spoil: fc.array(fc.tuple(fc.nat(95), u8), { maxLength: 6 }),
    cut: fc.integer({ min: 0, max: 96 }),
  })
  .map(({ base, spoil, cut }) => {
    const octets = new Uint8Array(96)
    octets.set(base.subarray(0, 96))
    for (const [at, value] of spoil) octets[at] = value
    return octets.subarray(0, cut)
  })
const anyType = fc.constantFrom(...Object.values(linkType), 147)

/** The same packet within a frame of its link type. */
function framed(packet: Uint8Array, link: number): Uint8Array {
  const head = new Uint8Array(20)
  const view = new DataView(head.buffer)
  const protocol = packet[0] === 0x60 ? 0x86dd : 0x0800
  const address = new Uint8Array(6)
  const used =
    link === linkType.linuxSll2
      ? writeLinuxSll2(view, { protocol, interfaceIndex: 2, hardwareType: 1, packetType: 0, address })
      : link === linkType.linuxSll
        ? writeLinuxSll(view, { packetType: 4, hardwareType: 1, address, protocol })
        : link === linkType.ethernet
          ? writeEthernet(view, {
              destination: '02:00:00:00:00:01',
              source: '02:00:00:00:00:02',
              vlans: [],
              type: protocol,
            })
          : 0
  return Uint8Array.from([...head.subarray(0, used), ...packet])
}

describe('no octets make it throw', () => {
  property.prop([fc.oneof(nearly, fc.uint8Array({ maxLength: 200 })), anyType], { numRuns: 2000 })(
    'dissect and the fast path agree on the addresses, and end within the octets',
    (packet, link) => {
      const octets = framed(packet, link)
      const read = dissect(octets, link)
      expect(read.payload).toBeLessThanOrEqual(octets.length)
      expect(read.end).toBeLessThanOrEqual(octets.length)
      const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
      const seen = readSeenPacket(view, 0, octets.length, 0, link)
      const ip = read.layers.find((layer) => layer.kind === 'ipv4' || layer.kind === 'ipv6')
      if (!ip) return
      expect(seen).toMatchObject({ source: ip.header.source, destination: ip.header.destination })
      const above = read.layers[read.layers.indexOf(ip) + 1]
      if (above?.kind === 'udp')
        expect(seen?.transport).toEqual({
          kind: 'udp',
          sourcePort: above.header.sourcePort,
          destinationPort: above.header.destinationPort,
        })
      if (above?.kind === 'tcp')
        expect(seen?.transport).toMatchObject({ kind: 'tcp', sequence: above.header.sequence })
    },
  )
})
