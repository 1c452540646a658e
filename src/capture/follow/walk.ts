import type { Sighting } from '../../model/packet/sighting.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import { isBeyondCapture, type FollowFabric, type Point } from './fabric.ts'
import { packetKey, rewrites, samePayload } from './packet.ts'
import { arrivingCost, leavingCost } from './step.ts'

/** One stay of a packet in one stack: how it was seen to come in and to leave. */
export interface Visit {
  readonly stack: StackId
  readonly in: Sighting | null
  readonly out: Sighting | null
}

/** How the way of one packet ended, as far as captures tell. */
export type WalkEnd =
  /** It came into this stack and was not seen to leave. `local`: the address is the stack's own; null: not known. */
  | { readonly kind: 'stayed'; readonly local: boolean | null }
  /** It left toward where nobody could look. */
  | { readonly kind: 'left' }
  /** It left, and did not come in where it had to. `certain`: the capture there lost nothing. */
  | { readonly kind: 'lost'; readonly missing: Point; readonly certain: boolean }

export interface Walk {
  readonly visits: readonly Visit[]
  readonly end: WalkEnd
}

/** Sightings of one interface nearer than this are one packet seen twice; TCP's shortest retransmission is 200 ms. */
export const duplicateWindow = 100_000_000n

/** Sightings by what identifies their packet, each in the order of its stack's clock. */
export class SightingPool {
  readonly #byKey = new Map<string, Sighting[]>()
  readonly #used = new Set<Sighting>()
  readonly #duplicates = new Map<Sighting, Sighting[]>()

  constructor(sightings: readonly Sighting[]) {
    for (const sighting of sightings) {
      const key = packetKey(sighting.packet)
      const group = this.#byKey.get(key)
      if (group) group.push(sighting)
      else this.#byKey.set(key, [sighting])
    }
    for (const [key, group] of this.#byKey) this.#byKey.set(key, this.#withoutDuplicates(group))
  }

  #withoutDuplicates(group: Sighting[]): Sighting[] {
    if (group.length === 1) return group
    group.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    const last = new Map<string, Sighting>()
    return group.filter((sighting) => {
      const { point, direction, packet } = sighting
      const place = `${point.stack}\n${point.interface}\n${direction} ${packet.ttl} ${packet.payloadDigest} ${packet.source} ${packet.destination} ${transportText(packet)}`
      const before = last.get(place)
      if (before && sighting.time - before.time < duplicateWindow) {
        this.#duplicates.set(before, [...(this.#duplicates.get(before) ?? []), sighting])
        return false
      }
      last.set(place, sighting)
      return true
    })
  }

  /** The same packet wherever it was seen, in the order of each stack's clock. */
  sameAs(sighting: Sighting): readonly Sighting[] {
    return (this.#byKey.get(packetKey(sighting.packet)) ?? []).filter(
      (other) => !this.#used.has(other) && samePayload(other.packet, sighting.packet),
    )
  }

  /** Every sighting but the duplicates. */
  *all(): Generator<Sighting> {
    for (const group of this.#byKey.values()) yield* group
  }

  use(sighting: Sighting): void {
    this.#used.add(sighting)
  }

  isUsed(sighting: Sighting): boolean {
    return this.#used.has(sighting)
  }

  /** Further sightings of the same packet at the same place. */
  duplicatesOf(sighting: Sighting): readonly Sighting[] {
    return this.#duplicates.get(sighting) ?? []
  }
}

const transportText = ({ transport }: Sighting['packet']): string =>
  transport.kind === 'icmp'
    ? String(transport.id)
    : transport.kind === 'other'
      ? ''
      : `${transport.sourcePort} ${transport.destinationPort}`

/**
 * Follows one packet from where it was first seen. Clocks are compared within a stack alone; between stacks the
 * order comes from wires, from addresses (a wire changes none) and from the TTL (each stack lowers it by one).
 * @param first the sighting that the way begins with: leaving its origin, or coming in from outside
 */
export function walk(first: Sighting, comesIn: boolean, pool: SightingPool, fabric: FollowFabric): Walk {
  const same = pool.sameAs(first)
  const visits: Visit[] = []
  pool.use(first)
  let visit: Visit = { stack: first.point.stack, in: comesIn ? first : null, out: comesIn ? null : first }
  // Every round but the last consumes a sighting, so the way ends.
  for (;;) {
    if (!visit.out && visit.in) {
      const out = leaving(visit.in, same, pool, fabric)
      if (out) pool.use(out)
      visit = { ...visit, out }
    }
    visits.push(visit)
    const next = visit.out
      ? arriving(visit.out, same, pool, fabric)
      : visit.in
        ? arrivingUnseen(visit.in, same, pool, fabric)
        : null
    if (next) {
      pool.use(next)
      visit = { stack: next.point.stack, in: next, out: null }
      continue
    }
    const through = visit.out ? leavingUnwatched(visit.out, same, pool, fabric) : null
    if (!through) return { visits, end: endOf(visit, fabric) }
    pool.use(through)
    visit = { stack: through.point.stack, in: null, out: through }
  }
}

function endOf(visit: Visit, fabric: FollowFabric): WalkEnd {
  if (visit.out) {
    const missing = fabric.peerOf(visit.out.point)
    return missing && fabric.covers(missing)
      ? { kind: 'lost', missing, certain: fabric.isReliable(missing.stack) }
      : { kind: 'left' }
  }
  const local = visit.in ? fabric.holds(visit.stack, visit.in.packet.destination) : null
  // A pod does not forward: what comes into it is for it.
  return { kind: 'stayed', local: local ?? (stackKind(visit.stack) === 'pod' ? true : null) }
}

/** How the packet left the stack that it came into: one less TTL when routed, the same when bridged. */
function leaving(
  came: Sighting,
  same: readonly Sighting[],
  pool: SightingPool,
  fabric: FollowFabric,
): Sighting | null {
  return came.otherHost ? null : nearest(same, pool, (other) => leavingCost(came, other, fabric))
}

/** Where the packet came in after it had left: at the wire's other end, or wherever the VPC brought it. */
const arriving = (
  left: Sighting,
  same: readonly Sighting[],
  pool: SightingPool,
  fabric: FollowFabric,
): Sighting | null => nearest(same, pool, (other) => arrivingCost(left, other, fabric))

/** The sighting of the least cost that no way has used; the first of equals. */
function nearest(
  same: readonly Sighting[],
  pool: SightingPool,
  costOf: (other: Sighting) => number | null,
): Sighting | null {
  let best: Sighting | null = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const other of same) {
    if (pool.isUsed(other)) continue
    const cost = costOf(other)
    if (cost === null || cost >= bestCost) continue
    best = other
    bestCost = cost
  }
  return best
}

/** How it left the stack at the wire's other end, where the end itself was not captured. */
function leavingUnwatched(
  left: Sighting,
  same: readonly Sighting[],
  pool: SightingPool,
  fabric: FollowFabric,
): Sighting | null {
  const peer = fabric.peerOf(left.point)
  if (!peer || fabric.covers(peer)) return null
  const found = same.filter(
    (other) =>
      !pool.isUsed(other) &&
      other.point.stack === peer.stack &&
      other.direction !== 'in' &&
      other.packet.ttl === left.packet.ttl - 1,
  )
  return found.sort((a, b) => rewrites(left.packet, a.packet) - rewrites(left.packet, b.packet))[0] ?? null
}

/** The next place after a stack of which not every interface was captured: it may have rewritten anything. */
function arrivingUnseen(
  came: Sighting,
  same: readonly Sighting[],
  pool: SightingPool,
  fabric: FollowFabric,
): Sighting | null {
  if (came.otherHost || fabric.coversAll(came.point.stack)) return null
  let best: Sighting | null = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const other of same) {
    if (pool.isUsed(other) || other.direction === 'out' || other.point.stack === came.point.stack) continue
    if (other.packet.ttl >= came.packet.ttl) continue
    const from = fabric.peerOf(other.point)
    const wiredHere = from?.stack === came.point.stack
    if (from && !wiredHere && !isBeyondCapture(from.stack)) continue
    const cost =
      (came.packet.ttl - other.packet.ttl) * 32 + (wiredHere ? 0 : 16) + rewrites(came.packet, other.packet)
    if (cost < bestCost) {
      best = other
      bestCost = cost
    }
  }
  return best
}
