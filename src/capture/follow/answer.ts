import type { Sighting } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { Exchanges } from './exchange.ts'
import type { FollowFabric } from './fabric.ts'
import type { ProbeFlow } from './input.ts'
import { answerKind, isErrorAbout, packetKey, sameAddresses, type AnswerKind } from './packet.ts'
import type { SightingPool, Walk } from './walk.ts'

/** The first sighting of what came back. */
export interface Answer {
  readonly kind: AnswerKind
  readonly first: Sighting
  /** It was first seen coming in from where nobody captures, not leaving the packet's last stack. */
  readonly fromOutside: boolean
  /**
   * The stack that reset a connection which was not for it: a rule of its own rejects with tcp-reset. It was not the packet's
   * destination, no Service's backend, and the reset did not come to it from anywhere.
   */
  readonly refusedBy: StackId | null
}

/** An ICMP error about a packet, told by a stack on its way. */
export interface ErrorReport {
  readonly first: Sighting
  /** The stack that sent it; null when it came from where nobody captures. */
  readonly by: StackId | null
}

/**
 * What came back to a packet. It is looked for where the packet was last seen, by that stack's own clock: leaving
 * the stack in which the packet stayed, or coming in where it had left. When the packet was last seen in a stack
 * where absence proves nothing, an answer further back proves that it went on.
 */
export function findAnswer(
  walked: Walk,
  pool: SightingPool,
  exchanges: Exchanges,
  fabric: FollowFabric,
  flow: Pick<ProbeFlow, 'backends'>,
): Answer | null {
  const last = walked.visits.at(-1)
  if (!last) return null
  if (walked.end.kind === 'stayed' && last.in) {
    const answer = firstAfter(last.in, 'out', pool, exchanges)
    if (answer && !cameFromElsewhere(answer.first, pool))
      return {
        ...answer,
        fromOutside: false,
        refusedBy: answer.kind === 'reset' && !mayBeFor(last.stack, fabric, walked, flow) ? last.stack : null,
      }
    // Seen by a capture that loses packets: the answer may show itself later.
    if (fabric.isReliable(last.stack) && walked.end.local !== false) return null
  }
  if (walked.end.kind === 'lost' && walked.end.certain) return null
  for (const visit of [...walked.visits].reverse()) {
    if (!visit.out) continue
    const answer = firstAfter(visit.out, 'in', pool, exchanges)
    if (answer) return { ...answer, fromOutside: true, refusedBy: null }
    if (fabric.isReliable(visit.stack)) return null
  }
  return null
}

/** The first matching answer in the same stack after a sighting of the packet, and before the packet is repeated. */
function firstAfter(
  packet: Sighting,
  direction: 'in' | 'out',
  pool: SightingPool,
  exchanges: Exchanges,
): Pick<Answer, 'kind' | 'first'> | null {
  for (const other of exchanges.between(packet.point.stack, packet.packet, packet.time)) {
    if (other === packet) continue
    // An answer after a retransmission is the retransmission's: one cannot tell, and the later one is surer.
    if (repeats(packet, other)) return null
    const kind = answers(packet, other, direction, pool)
    if (kind) return { kind, first: other }
  }
  for (const other of exchanges.errorsAbout(packet.point.stack, packet.packet, packet.time)) {
    const kind = answers(packet, other, direction, pool)
    if (kind) return { kind, first: other }
  }
  return null
}

/** A stack that passes on what another one answered is not who answered. */
const cameFromElsewhere = (answer: Sighting, pool: SightingPool): boolean =>
  pool
    .sameAs(answer)
    .some(
      (other) =>
        other.point.stack === answer.point.stack &&
        other.direction === 'in' &&
        !other.otherHost &&
        other.time <= answer.time &&
        (other.packet.ttl === answer.packet.ttl + 1 || other.packet.ttl === answer.packet.ttl),
    )

/** Does the stack hold the destination, or what a Service makes of it? Where its addresses are not known it may. */
function mayBeFor(
  stack: StackId,
  fabric: FollowFabric,
  walked: Walk,
  flow: Pick<ProbeFlow, 'backends'>,
): boolean {
  if (walked.end.kind !== 'stayed' || walked.end.local !== false) return true
  return (flow.backends ?? []).some(({ address }) => fabric.holds(stack, address) !== false)
}

function answers(
  packet: Sighting,
  other: Sighting,
  direction: 'in' | 'out',
  pool: SightingPool,
): AnswerKind | null {
  if (pool.isUsed(other) || other.otherHost) return null
  if (other.direction !== direction && other.direction !== 'unknown') return null
  return answerKind(packet.packet, other.packet)
}

/** The same segment or question again, at the same place: a retransmission has another IP id. */
function repeats(packet: Sighting, other: Sighting): boolean {
  const a = packet.packet
  const b = other.packet
  if (packet.point.interface !== other.point.interface || packet.direction !== other.direction) return false
  if (a.transport.kind === 'icmp' || !sameAddresses(a, b) || a.payloadLength !== b.payloadLength) return false
  if (a.transport.kind === 'tcp' && b.transport.kind === 'tcp')
    return a.transport.sequence === b.transport.sequence && a.transport.flags === b.transport.flags
  return a.transport.kind === b.transport.kind && a.payloadDigest === b.payloadDigest
}

/** ICMP errors about the packet, one for each, by the stack that sent it out without having taken it in. */
export function findErrors(walked: Walk, exchanges: Exchanges): ErrorReport[] {
  const sightings = new Map<string, Set<Sighting>>()
  for (const visit of walked.visits)
    for (const seen of [visit.in, visit.out]) {
      if (!seen) continue
      for (const other of exchanges.errorsAbout(visit.stack, seen.packet, seen.time)) {
        if (!isErrorAbout(other.packet, seen.packet)) continue
        const key = packetKey(other.packet)
        sightings.set(key, (sightings.get(key) ?? new Set()).add(other))
      }
    }
  return [...sightings.values()].flatMap((same) => {
    const passed = new Set(
      [...same].filter(({ direction }) => direction === 'in').map(({ point }) => point.stack),
    )
    const spoken = [...same].find(({ direction, point }) => direction !== 'in' && !passed.has(point.stack))
    const first = spoken ?? [...same].at(-1)
    return first ? [{ first, by: spoken?.point.stack ?? null }] : []
  })
}
