import { followFabric } from '../capture/follow/fabric.ts'
import { answerDue, answerKind, isProbe, packetView } from '../capture/follow/packet.ts'
import { PacketTracker } from '../capture/live/packet-tracker.ts'
import type { Ip } from '../model/address/address.ts'
import type { Sighting } from '../model/packet/sighting.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import type { HopSeen, PacketSeen } from './trace-event.ts'

/** What a trace knows of its probe before it is sent. */
export interface ExpectedProbe {
  readonly sender: StackId
  /** Null: any of the sender's own addresses. */
  readonly source: Ip | null
  /** Null: a name that the sender will resolve. */
  readonly destination: Ip | null
  /** IANA protocol number. */
  readonly protocol: number
  readonly destinationPort?: number
}

/** One packet of the probe, and what is known of its answer. */
interface LiveProbe {
  readonly number: number
  readonly first: Sighting
  readonly sightings: Sighting[]
  answer: number | null
}

interface Passage {
  readonly probe: LiveProbe
  readonly direction: 'forward' | 'reply'
  readonly stacks: StackId[]
}

/** Packets of the probe that are told of; a download has thousands. */
const mostProbes = 1_000

/**
 * Says of each sighting, given in causal order, which packet it is and which place of the probe's path there or back.
 * What it says is provisional: `follow` decides when all is captured.
 */
export class LiveHops {
  readonly #tracker: PacketTracker
  readonly #expected: ExpectedProbe
  readonly #clockOf: (stack: StackId) => string
  readonly #probes: LiveProbe[] = []
  /** By the packet's number. */
  readonly #passages = new Map<number, Passage>()

  /** @param clockOf names the clock of a stack: stacks of one node have one */
  constructor(expected: ExpectedProbe, stacks: readonly StackId[], clockOf: (stack: StackId) => string) {
    this.#expected = expected
    this.#clockOf = clockOf
    this.#tracker = new PacketTracker(
      followFabric({
        stacks: stacks.map((stack) => ({ stack, captured: 'any', dropped: null, addresses: [] })),
        wires: [],
        vpc: null,
      }),
    )
  }

  /** @param atMs the sighting's time by our clock */
  note(sighting: Sighting, atMs: number): { readonly seen: PacketSeen; readonly hop: HopSeen | null } {
    const tracked = this.#tracker.note(sighting)
    const seen: PacketSeen = {
      packet: tracked.packet,
      step: tracked.step,
      stack: sighting.point.stack,
      interface: sighting.point.interface,
      direction: sighting.direction,
      view: packetView(sighting.packet),
      atMs,
      rewritten: tracked.rewritten,
    }
    if (tracked.again) return { seen, hop: null }
    const passage =
      tracked.step === 1 ? this.#begin(tracked.packet, sighting) : this.#passages.get(tracked.packet)
    if (!passage) return { seen, hop: null }
    if (passage.direction === 'forward') passage.probe.sightings.push(sighting)
    if (passage.stacks.at(-1) !== sighting.point.stack) passage.stacks.push(sighting.point.stack)
    const { first } = passage.probe
    const sameClock = this.#clockOf(first.point.stack) === this.#clockOf(sighting.point.stack)
    return {
      seen,
      hop: {
        probe: passage.probe.number,
        direction: passage.direction,
        hop: passage.stacks.length - 1,
        seen,
        after: sameClock ? Number(sighting.time - first.time) : null,
      },
    }
  }

  #begin(packet: number, sighting: Sighting): Passage | undefined {
    const passage = this.#answerTo(packet, sighting) ?? this.#probeOf(sighting)
    if (passage) this.#passages.set(packet, passage)
    return passage ?? undefined
  }

  #answerTo(packet: number, sighting: Sighting): Passage | null {
    const probe = this.#probes.findLast(
      (one) =>
        one.answer === null &&
        one.sightings.some(
          (seen) =>
            seen.point.stack === sighting.point.stack && answerKind(seen.packet, sighting.packet) !== null,
        ),
    )
    if (!probe) return null
    probe.answer = packet
    return { probe, direction: 'reply', stacks: [] }
  }

  #probeOf(sighting: Sighting): Passage | null {
    const { sender, source, destination, protocol, destinationPort } = this.#expected
    const { packet, point, direction } = sighting
    if (point.stack !== sender || direction === 'in' || packet.protocol !== protocol) return null
    if (!isProbe(packet) || answerDue(packet) === 'none' || this.#probes.length >= mostProbes) return null
    if (source !== null && packet.source !== source) return null
    // A node's own stack has translated a service's address before the packet is seen.
    if (destination !== null && packet.destination !== destination && source !== null) return null
    const port = 'destinationPort' in packet.transport ? packet.transport.destinationPort : undefined
    if (destinationPort !== undefined && port !== undefined && port !== destinationPort && source !== null)
      return null
    const probe: LiveProbe = { number: this.#probes.length + 1, first: sighting, sightings: [], answer: null }
    this.#probes.push(probe)
    return { probe, direction: 'forward', stacks: [] }
  }
}
