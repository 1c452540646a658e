import { fc } from '@fast-check/vitest'
import { ip, type Ip } from '../../model/address/address.ts'
import type { SeenPacket, SeenTransport } from '../../model/packet/sighting.ts'

/**
 * A cluster that is simulated from scratch: what its stacks would have seen of a few probes, beside noise, duplicates,
 * clocks that disagree, translations that rewrite whatever they may, and packets that vanish. It shares no code with
 * following, so that the two can disagree.
 */
const destinations = ['other-node', 'same-node', 'internet', 'service', 'node'] as const
const protocols = ['icmp', 'tcp', 'udp'] as const

export const world = fc.record({
  destination: fc.constantFrom(...destinations),
  protocol: fc.constantFrom(...protocols),
  probes: fc.integer({ min: 1, max: 4 }),
  /** For each probe: after how many sightings it vanishes; null never. */
  vanish: fc.array(fc.option(fc.nat(11), { freq: 2 }), { minLength: 4, maxLength: 4 }),
  skew: fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 4, maxLength: 4 }),
  masquerade: fc.boolean(),
  ids: fc.array(fc.nat(65535), { minLength: 8, maxLength: 8 }),
  duplicates: fc.array(fc.nat(), { maxLength: 5 }),
  /** Microseconds after (or before) each packet at which its twin is seen; null without twins. */
  twins: fc.option(fc.constantFrom(-1, 1)),
  noise: fc.array(
    fc.record({ stack: fc.nat(3), id: fc.nat(65535), at: fc.nat(2_000_000), error: fc.boolean() }),
    {
      maxLength: 8,
    },
  ),
  order: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
  knowWires: fc.boolean(),
})
export type World = typeof world extends fc.Arbitrary<infer T> ? T : never

export const podA = 'pod/default/a'
export const podB = 'pod/default/b'
export const nodeA = 'node/a'
export const nodeB = 'node/b'
export const names = [podA, podB, nodeA, nodeB] as const
export const addresses: Readonly<Record<string, string>> = {
  [podA]: '192.168.1.10',
  [podB]: '192.168.2.20',
  [nodeA]: '192.168.1.1',
  [nodeB]: '192.168.2.1',
}
const service = '10.100.0.10'
const outside = '198.51.100.7'

export interface Step {
  readonly stack: string
  readonly interface: string
  readonly direction: 'in' | 'out'
  readonly packet: SeenPacket
}

interface Ends {
  readonly source: Ip
  readonly destination: Ip
  readonly sourcePort: number
  readonly destinationPort: number
}

export function transport(protocol: World['protocol'], ends: Ends, i: number, reply: boolean): SeenTransport {
  if (protocol === 'icmp') {
    const id = reply ? ends.destinationPort : ends.sourcePort
    return { kind: 'icmp', type: reply ? 0 : 8, code: 0, id, sequence: i + 1 }
  }
  const { sourcePort, destinationPort } = ends
  if (protocol === 'udp') return { kind: 'udp', sourcePort, destinationPort }
  return reply
    ? {
        kind: 'tcp',
        sourcePort,
        destinationPort,
        flags: 18,
        sequence: 900 + i,
        acknowledgement: 1001 + i * 1000,
      }
    : { kind: 'tcp', sourcePort, destinationPort, flags: 2, sequence: 1000 + i * 1000, acknowledgement: 0 }
}

/** The whole way of one probe and its reply, if nothing vanished. */
export function pathOf(w: World, i: number): { readonly there: Step[]; readonly back: Step[] } {
  const number = { icmp: 1, tcp: 6, udp: 17 }[w.protocol]
  const packet = (ends: Ends, ttl: number, reply: boolean): SeenPacket => ({
    source: ends.source,
    destination: ends.destination,
    protocol: number,
    ttl,
    id: reply ? w.ids[4 + i]! : w.ids[i]!,
    length: 84,
    fragmentOffset: 0,
    transport: transport(w.protocol, ends, i, reply),
    // An echo reply carries the payload of its request.
    payloadDigest: w.protocol === 'icmp' ? 7000 + i : w.protocol === 'tcp' ? 0 : (reply ? 5000 : 6000) + i,
    payloadLength: w.protocol === 'tcp' ? 0 : 56,
  })
  const step = (
    stack: string,
    name: string,
    direction: 'in' | 'out',
    ends: Ends,
    ttl: number,
    reply: boolean,
  ): Step => ({
    stack,
    interface: name,
    direction,
    packet: packet(ends, ttl, reply),
  })
  const target = { 'other-node': podB, 'same-node': podB, internet: null, service: podB, node: nodeB }[
    w.destination
  ]
  const final = target === null ? outside : addresses[target]!
  const port = 1024 + i * 7
  const sent: Ends = {
    source: ip(addresses[podA]!),
    destination: ip(w.destination === 'service' ? service : final),
    sourcePort: port,
    destinationPort: w.protocol === 'icmp' ? port : 80,
  }
  const snat = w.destination === 'internet' || (w.destination === 'service' && w.masquerade)
  const random = 30_000 + w.ids[i]! / 2
  const rewrittenPort = snat ? Math.floor(random) : port
  const onward: Ends = {
    source: snat ? ip(addresses[nodeA]!) : sent.source,
    destination: ip(final),
    sourcePort: rewrittenPort,
    destinationPort: w.protocol === 'icmp' ? rewrittenPort : w.destination === 'service' ? 8080 : 80,
  }
  const turned = (e: Ends): Ends => ({
    source: e.destination,
    destination: e.source,
    sourcePort: e.destinationPort,
    destinationPort: e.sourcePort,
  })
  if (w.destination === 'same-node')
    return {
      there: [
        step(podA, 'eth0', 'out', sent, 64, false),
        step(nodeA, 'eniA', 'in', sent, 64, false),
        step(nodeA, 'eniB', 'out', onward, 63, false),
        step(podB, 'eth0', 'in', onward, 63, false),
      ],
      back: [
        step(podB, 'eth0', 'out', turned(onward), 64, true),
        step(nodeA, 'eniB', 'in', turned(onward), 64, true),
        step(nodeA, 'eniA', 'out', turned(sent), 63, true),
        step(podA, 'eth0', 'in', turned(sent), 63, true),
      ],
    }
  const first = [
    step(podA, 'eth0', 'out', sent, 64, false),
    step(nodeA, 'eniA', 'in', sent, 64, false),
    step(nodeA, 'eth0', 'out', onward, 63, false),
  ]
  const last = (ttl: number): Step[] => [
    step(nodeA, 'eth0', 'in', turned(onward), ttl, true),
    step(nodeA, 'eniA', 'out', turned(sent), ttl - 1, true),
    step(podA, 'eth0', 'in', turned(sent), ttl - 1, true),
  ]
  if (w.destination === 'internet') return { there: first, back: last(50) }
  if (w.destination === 'node')
    return {
      there: [...first, step(nodeB, 'eth0', 'in', onward, 63, false)],
      back: [step(nodeB, 'eth0', 'out', turned(onward), 64, true), ...last(64)],
    }
  return {
    there: [
      ...first,
      step(nodeB, 'eth0', 'in', onward, 63, false),
      step(nodeB, 'eniB', 'out', onward, 62, false),
      step(podB, 'eth0', 'in', onward, 62, false),
    ],
    back: [
      step(podB, 'eth0', 'out', turned(onward), 64, true),
      step(nodeB, 'eniB', 'in', turned(onward), 64, true),
      step(nodeB, 'eth0', 'out', turned(onward), 63, true),
      ...last(63),
    ],
  }
}
