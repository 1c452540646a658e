import type { Rewriting } from '../model/packet/live-packet.ts'
import type { PacketView } from '../model/path/path.ts'
import type { Endpoint, Gap, OverallVerdict, ProbeOutcome, ProbeProtocol } from '../model/result/result.ts'
import type { StackId } from '../model/stack/stack-id.ts'

/** One packet at one place, as it stands in an event. */
export interface PacketSeen {
  /** Counts the packets of the run from 1: sightings with one number are of one packet. */
  readonly packet: number
  /** 1 is where the packet was first seen. */
  readonly step: number
  readonly stack: StackId
  readonly interface: string
  readonly direction: 'in' | 'out' | 'unknown'
  readonly view: PacketView
  /** Milliseconds since the epoch by our clock, as near as the stack's clock is known. */
  readonly atMs: number
  /** What the stack rewrote since the packet came into it; empty where it came in. */
  readonly rewritten: readonly Rewriting[]
}

/** A packet of the probe, or an answer to one, at one of the places of its way. */
export interface HopSeen {
  /** Which packet of the probe, counted from 1 as they left. */
  readonly probe: number
  readonly direction: 'forward' | 'reply'
  /** Which stack of the seen way, counted from 0: the way's inferred hops (the VPC) are not counted. */
  readonly hop: number
  readonly seen: PacketSeen
  /** Nanoseconds since the probe's packet was first seen, by the same clock; null where another clock was read. */
  readonly after: number | null
}

/** What a trace tells while it runs, in order. All of it is plain data that JSON carries. */
export type TraceEvent =
  | {
      readonly kind: 'resolved'
      readonly from: Endpoint
      readonly to: Endpoint
      /** The stack whose process sends. */
      readonly sender: StackId
    }
  /** Every stack listens, but for the gaps: what they do not see proves nothing. */
  | {
      readonly kind: 'capturing'
      readonly stacks: readonly StackId[]
      readonly gaps: readonly Gap[]
    }
  | { readonly kind: 'probe-sent'; readonly protocol: ProbeProtocol; readonly count: number }
  /** Any captured packet, in causal order; of a busy cluster the first `mostSightingEvents`. */
  | { readonly kind: 'sighting'; readonly seen: PacketSeen }
  /** The same packet where it is one of the probe's: follows its `sighting`. */
  | { readonly kind: 'hop-seen'; readonly hop: HopSeen }
  | { readonly kind: 'probe-answered'; readonly outcome: ProbeOutcome }
  | { readonly kind: 'done'; readonly verdict: OverallVerdict }

/** Whatever a busy cluster sends, whoever listens gets no more events of packets that are not the probe's. */
export const mostSightingEvents = 5_000
