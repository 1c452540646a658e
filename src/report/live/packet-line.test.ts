import { describe, expect, it } from 'vitest'
import { catalogue } from '../../i18n/catalogues.ts'
import type { LivePacket, PacketDetail } from '../../model/packet/live-packet.ts'
import type { PacketView } from '../../model/path/path.ts'
import { renderHops, type HopRow } from '../terminal/hop-table.ts'
import { liveLines, shortNames } from './packet-line.ts'
import { columns } from '../terminal/text-width.ts'

const pod = 'pod/default/netshoot-pod-8675d4fb89-fkcv6'
const node = 'node/ip-192-168-1-138.ap-northeast-2.compute.internal'

const echo = (src: string, dst: string, rest: Partial<PacketView> = {}): PacketView => ({
  src,
  dst,
  protocol: 'icmp',
  ttl: 64,
  icmpType: 8,
  icmpCode: 0,
  icmpId: 8,
  icmpSequence: 1,
  ...rest,
})
const packet = (change: Partial<LivePacket>): LivePacket => ({
  // 2026-11-24T11:32:22.739775Z
  time: 1_795_519_942_739_775_123n,
  packet: 3,
  step: 1,
  stack: pod,
  interface: 'eth0',
  direction: 'out',
  view: echo('192.168.1.239', '198.51.100.100'),
  detail: { kind: 'payload', length: 56 },
  rewritten: [],
  ...change,
})
const snat = { kind: 'SNAT', undone: false, from: '192.168.1.239', to: '192.168.1.138' } as const

/** A ping to the internet, as its first three sightings and the answer's first. */
const ping: readonly LivePacket[] = [
  packet({}),
  packet({ step: 2, stack: node, interface: 'enic3ab4fa5af5', direction: 'in' }),
  packet({
    step: 3,
    stack: node,
    view: echo('192.168.1.138', '198.51.100.100', { ttl: 63, icmpId: 60723 }),
    rewritten: [snat],
  }),
  packet({
    packet: 4,
    stack: node,
    direction: 'in',
    view: echo('198.51.100.100', '192.168.1.138', { icmpType: 0, icmpId: 60723 }),
  }),
]

const write = (packets: readonly LivePacket[], width: number | null): string => {
  const line = liveLines({ width, colour: 0, stacks: [pod, node], offsetMinutes: 0 })
  return packets.map(line).join('\n')
}

describe('captured packets, a line each', () => {
  it('stand under each other where there is room', () => {
    expect(write(ping, null)).toBe(
      [
        '11:32:22.739775  3.1 netshoot-pod-fkcv6 eth0           out 192.168.1.239 → 198.51.100.100 ttl 64 echo request id 8 seq 1',
        '11:32:22.739775  3.2 ip-192-168-1-138   enic3ab4fa5af5 in  192.168.1.239 → 198.51.100.100 ttl 64 echo request id 8 seq 1',
        '11:32:22.739775  3.3 ip-192-168-1-138   eth0           out 192.168.1.138 → 198.51.100.100 ttl 63 echo request id 60723 seq 1 SNAT 192.168.1.239 ⇒ 192.168.1.138',
        '11:32:22.739775  4.1 ip-192-168-1-138   eth0           in  198.51.100.100 → 192.168.1.138 ttl 64 echo reply id 60723 seq 1',
      ].join('\n'),
    )
  })

  it('go on, indented, at the next line where there is none', () => {
    expect(write(ping.slice(1, 3), 80)).toBe(
      [
        '11:32:22.739775  3.2 ip-192-168-1-138   enic3ab4fa5af5 in',
        '         192.168.1.239 → 198.51.100.100 ttl 64 echo request id 8 seq 1',
        '11:32:22.739775  3.3 ip-192-168-1-138   eth0           out',
        '         192.168.1.138 → 198.51.100.100 ttl 63 echo request id 60723 seq 1',
        '         SNAT 192.168.1.239 ⇒ 192.168.1.138',
      ].join('\n'),
    )
  })

  it.each([60, 80, 100, 120])(
    'no line is wider than a terminal of %i columns, and nothing is cut',
    (width) => {
      const lines = write(ping, width).split('\n')
      expect(Math.max(...lines.map(columns))).toBeLessThanOrEqual(width)
      expect(lines.join(' ')).toContain('SNAT 192.168.1.239 ⇒ 192.168.1.138')
    },
  )

  it.each<{ because: string; view: PacketView | null; detail: PacketDetail; says: string }>([
    {
      because: 'a TCP segment: flags and octets',
      view: {
        src: '10.0.0.1',
        dst: '10.0.0.2',
        protocol: 'tcp',
        ttl: 64,
        sourcePort: 4000,
        destinationPort: 80,
        tcpFlags: 'PA',
      },
      detail: { kind: 'payload', length: 78 },
      says: '10.0.0.1:4000 → 10.0.0.2:80 ttl 64 tcp [PA] len 78',
    },
    {
      because: 'IPv6 addresses with ports are bracketed',
      view: { src: 'fd00::1', dst: 'fd00::2', protocol: 'udp', ttl: 5, sourcePort: 1, destinationPort: 2 },
      detail: { kind: 'payload', length: 0 },
      says: '[fd00::1]:1 → [fd00::2]:2 ttl 5  udp',
    },
    {
      because: 'a DNS question',
      view: {
        src: '10.0.0.1',
        dst: '10.0.0.2',
        protocol: 'udp',
        ttl: 64,
        sourcePort: 999,
        destinationPort: 53,
      },
      detail: {
        kind: 'dns',
        response: false,
        code: 0,
        question: { name: 'web.default', type: 'A' },
        answers: [],
      },
      says: 'dns A? web.default',
    },
    {
      because: 'a DNS answer that there is no such name',
      view: {
        src: '10.0.0.2',
        dst: '10.0.0.1',
        protocol: 'udp',
        ttl: 64,
        sourcePort: 53,
        destinationPort: 999,
      },
      detail: { kind: 'dns', response: true, code: 3, question: { name: 'x', type: 'A' }, answers: [] },
      says: 'dns A? x = NXDOMAIN',
    },
    {
      because: 'an ICMP error says which packet it is about',
      view: echo('10.0.0.9', '10.0.0.1', { icmpType: 3, icmpCode: 3, icmpId: undefined as never }),
      detail: {
        kind: 'error',
        about: { src: '10.0.0.1', dst: '10.0.0.9', protocol: 'udp', sourcePort: 1, destinationPort: 2 },
      },
      says: 'icmp port unreachable, about 10.0.0.1:1 → 10.0.0.9:2 udp',
    },
    {
      because: 'ARP has no IP addresses of its own',
      view: null,
      detail: { kind: 'arp', operation: 'request', sender: '10.0.0.1', target: '10.0.0.2' },
      says: 'arp who has 10.0.0.2? tell 10.0.0.1',
    },
    {
      because: 'a frame of a protocol that is not read',
      view: null,
      detail: { kind: 'frame', etherType: 0x88cc },
      says: 'frame of EtherType 0x88cc',
    },
  ])('$because', ({ view, detail, says }) => {
    expect(write([packet({ view, detail, packet: view ? 1 : null })], null)).toContain(says)
  })

  it('names from the wire move no cursor and reorder no text', () => {
    const name = 'x\u001b[2J\u202e'
    const line = write(
      [
        packet({
          interface: name,
          detail: { kind: 'dns', response: false, code: 0, question: { name, type: 'A' }, answers: [] },
        }),
      ],
      null,
    )
    expect(line).not.toMatch(/[\u001b\u202e]/)
  })
})

describe('short names', () => {
  it.each([
    { because: 'a ReplicaSet’s hash says nothing', stacks: [pod], names: ['netshoot-pod-fkcv6'] },
    { because: 'a node without its domain', stacks: [node], names: ['ip-192-168-1-138'] },
    {
      because: 'two of one short name keep their hashes',
      stacks: ['pod/default/web-8675d4fb89-fkcv6', 'pod/default/web-79b47d6c48-fkcv6'],
      names: ['web-8675d4fb89-fkcv6', 'web-79b47d6c48-fkcv6'],
    },
  ])('$because', ({ stacks, names }) => {
    expect([...shortNames(stacks).values()]).toEqual(names)
  })
})

describe('the places of a probe', () => {
  const row = (change: Partial<HopRow>): HopRow => ({
    probe: 1,
    direction: 'forward',
    stack: pod,
    interface: 'eth0',
    inOut: 'out',
    view: echo('192.168.1.239', '198.51.100.100'),
    after: 0,
    rewritten: [],
    ...change,
  })
  const rows = [
    row({}),
    row({ stack: node, interface: 'enic3ab4fa5af5', inOut: 'in', after: 7_000 }),
    row({
      stack: node,
      after: 31_000,
      view: echo('192.168.1.138', '198.51.100.100', { ttl: 63 }),
      rewritten: [snat],
    }),
    row({
      stack: node,
      direction: 'reply',
      inOut: 'in',
      after: null,
      view: echo('198.51.100.100', '192.168.1.138'),
    }),
  ]
  const render = (width: number) => renderHops(rows, 1, { width, colour: 0, words: catalogue('en') })

  it('stand in columns, what was rewritten at the end', () => {
    expect(render(120)).toEqual([
      'request netshoot-pod-fkcv6 eth0         out 192.168.1.239 → 198.51.100.100 ttl 64   +0 µs',
      'request ip-192-168-1-138 enic3ab4fa5af5 in  192.168.1.239 → 198.51.100.100 ttl 64   +7 µs',
      'request ip-192-168-1-138 eth0           out 192.168.1.138 → 198.51.100.100 ttl 63  +31 µs',
      '         SNAT 192.168.1.239 ⇒ 192.168.1.138',
      'reply   ip-192-168-1-138 eth0           in  198.51.100.100 → 192.168.1.138 ttl 64',
    ])
  })

  it('at 80 columns nothing of a place is lost', () => {
    const lines = render(79)
    expect(Math.max(...lines.map(columns))).toBeLessThanOrEqual(79)
    const text = lines.join('\n')
    for (const part of [
      '↓ …92-168-1-138 enic3ab4fa5af5 in  192.168.1.239 → 198.51.100.100 ttl 64  +7 µs',
      '↓ netshoot-pod-fkcv6 eth0      out 192.168.1.239 → 198.51.100.100 ttl 64',
      'SNAT 192.168.1.239 ⇒ 192.168.1.138',
      'ttl 63',
      '+31 µs',
    ])
      expect(text).toContain(part)
    expect(text).not.toMatch(/…[.\d]+ →/)
  })

  it('are of the latest probe alone, and say which it is', () => {
    const lines = renderHops([...rows, row({ probe: 2 })], 3, {
      width: 120,
      colour: 0,
      words: catalogue('en'),
    })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toBe('probe 2 of 3')
  })
})
