import type { Rewriting } from '../../model/packet/live-packet.ts'
import type { SeenPacket, Sighting } from '../../model/packet/sighting.ts'
import type { FollowFabric } from '../follow/fabric.ts'
import { packetKey, sameAddresses, samePayload } from '../follow/packet.ts'
import { arrivingCost, leavingCost } from '../follow/step.ts'
import { rewritingOf } from '../follow/translation.ts'
import { duplicateWindow } from '../follow/walk.ts'

/** A sighting, tied to the others of the same packet. */
export interface Tracked {
  /** Counts the packets from 1, in the order in which they were first seen. */
  readonly packet: number
  /** 1 is where the packet was first seen. */
  readonly step: number
  /** Seen again at the same place; such a sighting is no step. */
  readonly again: boolean
  /** The sighting before it on the packet's way. */
  readonly before: Sighting | null
  readonly rewritten: readonly Rewriting[]
}

interface OpenPacket {
  readonly number: number
  step: number
  last: Sighting
}

/** Packets that are remembered, to recognise them at the next place; and translations, to recognise their undoing. */
const mostPackets = 20_000
const mostTranslations = 20_000

/** Equal packets (a flood of one datagram) of which that many are remembered. */
const mostAlike = 64

/**
 * Recognises packets while sightings come in causal order: by what `follow` goes by, one sighting at a time.
 * Memory is bounded: a packet that many others have followed since is a new one when it is seen again.
 */
export class PacketTracker {
  readonly #fabric: FollowFabric
  readonly #open = new Map<string, OpenPacket[]>()
  #openCount = 0
  readonly #translations = new Set<string>()
  #packets = 0

  constructor(fabric: FollowFabric) {
    this.#fabric = fabric
  }

  note(sighting: Sighting): Tracked {
    const key = packetKey(sighting.packet)
    const same = this.#open.get(key) ?? []
    const repeated = same.findLast((one) => isAgain(one.last, sighting))
    if (repeated)
      return { packet: repeated.number, step: repeated.step, again: true, before: null, rewritten: [] }
    const known = this.#nearest(same, sighting)
    if (!known) return this.#first(key, same, sighting)
    const before = known.last
    known.last = sighting
    known.step++
    const stays = before.point.stack === sighting.point.stack
    return {
      packet: known.number,
      step: known.step,
      again: false,
      before,
      rewritten: stays ? this.#rewritings(sighting.point.stack, before.packet, sighting.packet) : [],
    }
  }

  #nearest(same: readonly OpenPacket[], sighting: Sighting): OpenPacket | null {
    let best: OpenPacket | null = null
    let bestCost = Number.POSITIVE_INFINITY
    for (const one of same) {
      if (!samePayload(one.last.packet, sighting.packet)) continue
      const cost = stepCost(one.last, sighting, this.#fabric)
      if (cost === null || cost >= bestCost) continue
      best = one
      bestCost = cost
    }
    return best
  }

  #first(key: string, same: OpenPacket[], sighting: Sighting): Tracked {
    const number = ++this.#packets
    same.push({ number, step: 1, last: sighting })
    this.#openCount++
    if (same.length > mostAlike) {
      same.shift()
      this.#openCount--
    }
    // At the end of the map, so that its beginning is what is longest not seen.
    this.#open.delete(key)
    this.#open.set(key, same)
    for (const [oldest, packets] of this.#open) {
      if (this.#openCount <= mostPackets) break
      this.#openCount -= packets.length
      this.#open.delete(oldest)
    }
    return { packet: number, step: 1, again: false, before: null, rewritten: [] }
  }

  #rewritings(stack: string, before: SeenPacket, after: SeenPacket): readonly Rewriting[] {
    return rewritingOf(stack, before, after).map(({ kind, from, to }) => {
      const undone = this.#translations.has(
        translationKey(stack, kind === 'SNAT' ? 'DNAT' : 'SNAT', to, from),
      )
      if (undone) return { kind: kind === 'SNAT' ? 'DNAT' : 'SNAT', undone, from, to }
      this.#translations.add(translationKey(stack, kind, from, to))
      for (const oldest of this.#translations) {
        if (this.#translations.size <= mostTranslations) break
        this.#translations.delete(oldest)
      }
      return { kind, undone, from, to }
    })
  }
}

const translationKey = (stack: string, kind: string, from: string, to: string): string =>
  `${stack} ${kind} ${from} ${to}`

/** How likely `next` is the next sighting of a packet that was last seen so; null: it is another packet's. */
function stepCost(last: Sighting, next: Sighting, fabric: FollowFabric): number | null {
  if (last.point.stack === next.point.stack)
    return last.direction === 'in' && !last.otherHost ? leavingCost(last, next, fabric) : null
  return last.direction === 'out' ? arrivingCost(last, next, fabric) : null
}

const isAgain = (last: Sighting, next: Sighting): boolean =>
  last.point.stack === next.point.stack &&
  last.point.interface === next.point.interface &&
  last.direction === next.direction &&
  last.packet.ttl === next.packet.ttl &&
  last.packet.payloadDigest === next.packet.payloadDigest &&
  next.time - last.time < duplicateWindow &&
  sameAddresses(last.packet, next.packet)
