import type { PacketView } from '../path/path.ts'
import type { StackId } from '../stack/stack-id.ts'

/** An address, or a port, that was rewritten between two sightings of one packet in one stack. */
export interface Rewriting {
  readonly kind: 'SNAT' | 'DNAT'
  /** It takes back what the same stack did to a packet the other way: the answer to a rewritten packet. */
  readonly undone: boolean
  readonly from: string
  readonly to: string
}

/** What a packet carries, as far as a line has room for it. */
export type PacketDetail =
  | {
      readonly kind: 'dns'
      readonly response: boolean
      /** RFC 1035 section 4.1.1: 0 is no error, 3 no such name. */
      readonly code: number
      readonly question: { readonly name: string; readonly type: string } | null
      /** Addresses and names of the answers, the first few. */
      readonly answers: readonly string[]
    }
  /** The packet that an ICMP error quotes. */
  | { readonly kind: 'error'; readonly about: PacketView }
  | {
      readonly kind: 'arp'
      readonly operation: 'request' | 'reply' | 'other'
      readonly sender: string
      readonly target: string
    }
  /** Octets above the transport header. */
  | { readonly kind: 'payload'; readonly length: number }
  /** A frame that is not read: its EtherType, where it has one. */
  | { readonly kind: 'frame'; readonly etherType: number | null }

/** One captured packet at one place, tied to the other sightings of the same packet. */
export interface LivePacket {
  /** Nanoseconds since the epoch by our clock, as near as the stack's clock is known. */
  readonly time: bigint
  /** Counts the packets from 1: lines with one number are of one packet. Null: it is no IP packet. */
  readonly packet: number | null
  /** 1 is where the packet was first seen. */
  readonly step: number
  readonly stack: StackId
  readonly interface: string
  readonly direction: 'in' | 'out' | 'unknown'
  /** Null: it is no IP packet. */
  readonly view: PacketView | null
  readonly detail: PacketDetail
  /** What the stack rewrote since the packet came into it. */
  readonly rewritten: readonly Rewriting[]
}
