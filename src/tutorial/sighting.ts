import type { Evidence } from '../model/result/finding.ts'
import type { Hop, PacketView } from '../model/path/path.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import type { FlowFacts } from './facts.ts'
import { failed, unknown, type Found } from './outcome.ts'

export type Direction = 'in' | 'out'
export type Leg = 'forward' | 'reply'

/** The probe's packet as it was captured on one interface. */
export interface Seen {
  readonly stack: StackId
  readonly direction: Direction
  readonly interface: string
  readonly packet: PacketView
  readonly time: number | null
}

/** `192.168.1.239 → 192.168.3.143 icmp ttl 64` */
export const describe = (packet: PacketView): string =>
  `${withPort(packet.src, packet.sourcePort)} → ${withPort(packet.dst, packet.destinationPort)} ${packet.protocol}${packet.ttl === undefined ? '' : ` ttl ${packet.ttl}`}`

const withPort = (address: string, port: number | undefined): string =>
  port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** `192.168.1.239 → 192.168.3.143` */
export const ends = (packet: Pick<PacketView, 'src' | 'dst'>): string => `${packet.src} → ${packet.dst}`

export const hopAt = (facts: FlowFacts, way: Leg, stack: StackId): Hop | undefined =>
  facts.trace.observed?.[way].find((hop) => hop.stack === stack)

/** Where the probe was captured at a stack; or failed when it was looked for in vain, unknown when nobody looked. */
export function seenAt(facts: FlowFacts, way: Leg, stack: StackId, direction: Direction): Found<Seen> {
  const hop = hopAt(facts, way, stack)
  const packet = direction === 'in' ? hop?.packetIn : hop?.packetOut
  const where = direction === 'in' ? hop?.in : hop?.out
  if (hop && hop.evidence !== 'inferred' && packet && where) {
    const time = (direction === 'in' ? hop.times?.in : hop.times?.out) ?? null
    return { found: { stack, direction, interface: where, packet, time } }
  }
  const lost = facts.captures.get(stack)
  if (lost === undefined) return { miss: unknown(stack, { code: 'not-captured', facts: { stack } }) }
  if (lost > 0) return { miss: unknown(stack, { code: 'capture-lossy', facts: { stack, dropped: lost } }) }
  const asked = facts.trace.observed?.forward[0]?.packetOut ?? null
  const missing: Evidence = {
    kind: 'missing',
    at: stack,
    interface: where ?? null,
    packet:
      asked && way === 'forward'
        ? describe(asked)
        : `${facts.trace.to.address} → ${facts.trace.from.address}`,
  }
  return {
    miss: failed(stack, { code: 'not-seen', facts: { stack, interface: where ?? null, direction } }, [
      missing,
    ]),
  }
}

/** A sighting that must carry these addresses; another pair is a failure at that very interface. */
export function seenUnchanged(
  facts: FlowFacts,
  way: Leg,
  stack: StackId,
  direction: Direction,
  expected: Pick<PacketView, 'src' | 'dst'>,
): Found<Seen> {
  const seen = seenAt(facts, way, stack, direction)
  if (seen.miss) return seen
  const { packet } = seen.found
  if (packet.src === expected.src && packet.dst === expected.dst) return seen
  const reason = {
    code: 'addresses-changed',
    facts: { stack, interface: seen.found.interface, expected: ends(expected), seen: ends(packet) },
  } as const
  return { miss: failed(stack, reason, [sightingOf(seen.found)]) }
}

export const sightingOf = (seen: Seen): Evidence => ({
  kind: 'sighting',
  at: seen.stack,
  interface: seen.interface,
  direction: seen.direction,
  time: seen.time ?? 0,
  packet: describe(seen.packet),
})

export const lineOf = (at: StackId, source: string, line: string): Evidence => ({
  kind: 'line',
  at,
  source,
  line,
})
