import type { Sighting } from '../../model/packet/sighting.ts'
import type { FollowFabric } from '../follow/fabric.ts'
import { packetKey, portsOf, samePayload } from '../follow/packet.ts'
import { arrivingCost } from '../follow/step.ts'

/** A frame that one of several captures showed. */
export interface Captured {
  /** The clock that its time was read from: stacks of one node share one. */
  readonly clock: string
  /** Nanoseconds since the epoch by that clock. */
  readonly time: bigint
  /** Which capture; each comes in its own order. */
  readonly capture: number
  /** Null: it holds no IP packet. */
  readonly sighting: Sighting | null
}

/** A frame in its place among all others. */
export interface Ordered<Frame> {
  readonly frame: Frame
  /** Nanoseconds since the epoch by our clock, as near as the clocks are known; never before what it follows from. */
  readonly time: bigint
}

interface Waiting<Frame> {
  readonly frame: Frame
  /** Nanoseconds by its own clock, counted from `#epoch`: exact in a double for a hundred days. */
  readonly time: number
  /** Milliseconds by our clock when it arrived. */
  readonly arrived: number
  /** Where the same packet had left the stack before, when that is still waiting. */
  before: Waiting<Frame> | null
  group: Group<Frame> | null
  place: number
  placed: boolean
}

/** The waiting sightings of what may be one packet between two stacks, or equals of it. */
interface Group<Frame> {
  readonly key: string
  readonly left: Waiting<Frame>[]
  readonly came: Waiting<Frame>[]
}

/** What one clock's captures showed, in the order of that clock; placed ones have gone from the front. */
interface Line<Frame> {
  /** How far it is ahead of ours, in nanoseconds, as packets between clocks tell within what was measured. */
  offset: number
  /** Null: it was guessed from when its first frame arrived. */
  measured: Measured | null
  readonly waiting: Waiting<Frame>[]
  /** Frames at the front of `waiting` that are placed. */
  gone: number
  /** The place of the last of them: what is learned of the clock afterwards takes nothing back behind it. */
  latest: number
}

/** Nanoseconds; the truth lies no farther from `offset` than `uncertainty`. */
interface Measured {
  readonly offset: number
  readonly uncertainty: number
}

interface Candidate<Frame> {
  readonly line: Line<Frame>
  readonly one: Waiting<Frame>
}

/** Milliseconds that a frame waits for others that came before it and arrive later. */
export const defaultWindow = 200
/** Frames that wait at most: beyond, the oldest are placed at once. */
const mostWaiting = 50_000
/** Equal packets beyond these are a flood; pairing them would take long and tell nobody anything. */
const mostAlike = 64

/**
 * Frames of many captures in one order: that of each clock, and for each packet that of its way: it leaves a stack
 * before it comes into the next. What the clocks of different nodes say decides only between the rest, so an error of
 * seconds between them reverses nothing. Frames that arrive within the window are placed rightly; one that
 * comes later is placed when it comes.
 */
export class CausalMerge<Frame extends Captured> {
  readonly #fabric: FollowFabric
  readonly #window: number
  readonly #lines = new Map<string, Line<Frame>>()
  readonly #groups = new Map<string, Group<Frame>>()
  /** In the order of arrival; placed ones have gone from the front. */
  readonly #arrivals: Waiting<Frame>[] = []
  #arrivalsGone = 0
  #waiting = 0
  #epoch: bigint | null = null

  constructor(fabric: FollowFabric, window = defaultWindow) {
    this.#fabric = fabric
    this.#window = window
  }

  /**
   * @param offset nanoseconds that the clock is ahead of ours
   * @param uncertainty the truth lies no farther away
   */
  setClock(clock: string, offset: bigint, uncertainty: bigint): void {
    const line = this.#lineOf(clock)
    const first = line.measured === null
    line.measured = { offset: Number(offset), uncertainty: Number(uncertainty) }
    // What packets taught stays as long as it can be true: times then do not jump.
    if (first || Math.abs(line.offset - line.measured.offset) > line.measured.uncertainty)
      line.offset = line.measured.offset
  }

  /** More frames wait than should: `take` places the oldest, whatever the window. */
  get isFull(): boolean {
    return this.#waiting > mostWaiting
  }

  /** @param arrived milliseconds since the epoch by our clock; never less than before */
  push(frame: Frame, arrived: number): void {
    this.#epoch ??= frame.time
    const time = Number(frame.time - this.#epoch)
    const line = this.#lineOf(frame.clock)
    if (line.measured === null && line.waiting.length === 0 && line.gone === 0)
      line.offset = Number(frame.time - BigInt(Math.round(arrived * 1e6)))
    const one: Waiting<Frame> = { frame, time, arrived, before: null, group: null, place: 0, placed: false }
    insert(line, one)
    this.#arrivals.push(one)
    this.#waiting++
    if (frame.sighting) this.#relate(one, frame.sighting)
  }

  /** The frames that have waited long enough, and all that belong before them. */
  take(now: number): readonly Ordered<Frame>[] {
    return this.#place((oldest) => now - oldest.arrived >= this.#window || this.#waiting > mostWaiting)
  }

  /** All that wait. */
  drain(): readonly Ordered<Frame>[] {
    return this.#place(() => true)
  }

  #lineOf(clock: string): Line<Frame> {
    let line = this.#lines.get(clock)
    if (!line) {
      line = { offset: 0, measured: null, waiting: [], gone: 0, latest: Number.NEGATIVE_INFINITY }
      this.#lines.set(clock, line)
    }
    return line
  }

  /** Ties a packet's coming in to its leaving of the stack before. Equal packets are paired in their order. */
  #relate(one: Waiting<Frame>, sighting: Sighting): void {
    if (sighting.direction === 'unknown') return
    const key = onWireKey(sighting)
    let group = this.#groups.get(key)
    if (!group) {
      group = { key, left: [], came: [] }
      this.#groups.set(key, group)
    }
    one.group = group
    const alike = group.left.length + group.came.length >= mostAlike
    if (alike) (sighting.direction === 'out' ? group.left : group.came).push(one)
    else if (sighting.direction === 'out') {
      group.left.push(one)
      const came = nearest(group.came, (other) => (other.before === null ? this.#cost(one, other) : null))
      if (came) came.before = one
    } else {
      group.came.push(one)
      const taken = new Set(group.came.map(({ before }) => before))
      one.before = nearest(group.left, (other) => (taken.has(other) ? null : this.#cost(other, one)))
    }
  }

  #cost(left: Waiting<Frame>, came: Waiting<Frame>): number | null {
    const a = left.frame.sighting
    const b = came.frame.sighting
    return a && b && samePayload(a.packet, b.packet) ? arrivingCost(a, b, this.#fabric) : null
  }

  #place(isDue: (oldest: Waiting<Frame>) => boolean): readonly Ordered<Frame>[] {
    const placed: Ordered<Frame>[] = []
    for (;;) {
      while (this.#arrivals[this.#arrivalsGone]?.placed) this.#arrivalsGone++
      const oldest = this.#arrivals[this.#arrivalsGone]
      if (!oldest || !isDue(oldest)) break
      const next = this.#next()
      if (!next) break
      placed.push(this.#settle(next))
    }
    if (this.#arrivalsGone > 1024 && this.#arrivalsGone * 2 > this.#arrivals.length) {
      this.#arrivals.splice(0, this.#arrivalsGone)
      this.#arrivalsGone = 0
    }
    return placed
  }

  /** The first frame by its clock that waits for no other; where all wait for each other, the first of all. */
  #next(): Candidate<Frame> | null {
    let best: Candidate<Frame> | null = null
    let bestTime = Number.POSITIVE_INFINITY
    let first: Candidate<Frame> | null = null
    let firstTime = Number.POSITIVE_INFINITY
    for (const line of this.#lines.values()) {
      const front = line.waiting[line.gone]
      if (!front) continue
      const time = front.time - line.offset
      if (time < firstTime) {
        first = { line, one: front }
        firstTime = time
      }
      if (time >= bestTime) continue
      const one = freeAtFront(line, front)
      if (!one) continue
      best = { line, one }
      bestTime = time
    }
    return best ?? first
  }

  #settle({ line, one }: Candidate<Frame>): Ordered<Frame> {
    one.placed = true
    this.#waiting--
    while (line.waiting[line.gone]?.placed) line.gone++
    if (line.gone > 1024 && line.gone * 2 > line.waiting.length) {
      line.waiting.splice(0, line.gone)
      line.gone = 0
    }
    const own = one.time - line.offset
    const left = one.before?.placed ? one.before.place : Number.NEGATIVE_INFINITY
    if (left > own) hurry(line, left - own)
    one.place = Math.max(own, left, line.latest)
    line.latest = one.place
    one.before = null
    this.#forget(one)
    return { frame: one.frame, time: (this.#epoch ?? 0n) + BigInt(Math.round(one.place)) }
  }

  #forget(one: Waiting<Frame>): void {
    const { group } = one
    if (!group) return
    one.group = null
    const list = one.frame.sighting?.direction === 'out' ? group.left : group.came
    list.splice(list.indexOf(one), 1)
    if (group.left.length === 0 && group.came.length === 0) this.#groups.delete(group.key)
  }
}

/** A packet came in before it had left: so the clock is behind what we believe, at least by that much. */
function hurry<Frame>(line: Line<Frame>, nanoseconds: number): void {
  const { measured } = line
  const least = measured ? measured.offset - measured.uncertainty : Number.NEGATIVE_INFINITY
  line.offset = Math.max(line.offset - nanoseconds, Math.min(least, line.offset))
}

/** By its clock; frames of one time as they arrived. */
function insert<Frame extends Captured>(line: Line<Frame>, one: Waiting<Frame>): void {
  const { waiting } = line
  let at = waiting.length
  while (at > line.gone && (waiting[at - 1]?.time ?? 0) > one.time) at--
  if (at === waiting.length) waiting.push(one)
  else waiting.splice(at, 0, one)
}

/** Among the frames at the front that have one time, the first of a capture that waits for no other. */
function freeAtFront<Frame extends Captured>(
  line: Line<Frame>,
  front: Waiting<Frame>,
): Waiting<Frame> | null {
  if (isFree(front)) return front
  const blocked = new Set([front.frame.capture])
  for (let at = line.gone + 1; at < line.waiting.length; at++) {
    const one = line.waiting[at]
    if (!one || one.time !== front.time) return null
    if (one.placed || blocked.has(one.frame.capture)) continue
    if (isFree(one)) return one
    blocked.add(one.frame.capture)
  }
  return null
}

const isFree = <Frame extends Captured>(one: Waiting<Frame>): boolean =>
  one.before === null || one.before.placed

function nearest<Frame extends Captured>(
  candidates: readonly Waiting<Frame>[],
  costOf: (one: Waiting<Frame>) => number | null,
): Waiting<Frame> | null {
  let best: Waiting<Frame> | null = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const one of candidates) {
    const cost = costOf(one)
    if (cost === null || cost >= bestCost) continue
    best = one
    bestCost = cost
  }
  return best
}

/** What no wire changes. */
function onWireKey({ packet }: Sighting): string {
  const [source, destination] = portsOf(packet.transport)
  return `${packetKey(packet)} ${packet.ttl} ${packet.source} ${packet.destination} ${source} ${destination}`
}
