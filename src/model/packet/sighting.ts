import type { Ip } from '../address/address.ts'
import type { StackId } from '../stack/stack-id.ts'

/** One interface of one stack. */
export interface CapturePoint {
  readonly stack: StackId
  /** The name in the captured stack's own table of interfaces. */
  readonly interface: string
}

/** What a captured packet carries above IP, as far as following it needs to know. */
export type SeenTransport =
  | {
      readonly kind: 'icmp'
      readonly type: number
      readonly code: number
      readonly id: number
      readonly sequence: number
      /** The packet that an ICMP error quotes, as far as it was captured. Absent in all other messages. */
      readonly about?: SeenPacket
    }
  | {
      readonly kind: 'tcp'
      readonly sourcePort: number
      readonly destinationPort: number
      readonly flags: number
      readonly sequence: number
      readonly acknowledgement: number
    }
  | { readonly kind: 'udp'; readonly sourcePort: number; readonly destinationPort: number }
  | { readonly kind: 'other' }

/** One IP packet as it was captured. */
export interface SeenPacket {
  readonly source: Ip
  readonly destination: Ip
  /** IANA protocol number (1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6). */
  readonly protocol: number
  readonly ttl: number
  /** IPv4 identification; 0 for IPv6. */
  readonly id: number
  /** Octets of the whole IP packet, from its header. */
  readonly length: number
  /** Fragment offset in octets; transport is `other` when it is not 0. */
  readonly fragmentOffset: number
  readonly transport: SeenTransport
  /**
   * A digest of the first octets of the payload above the transport header: equal payloads, equal digests.
   * 0 is not known: an empty payload, or one that was captured too short to be compared.
   */
  readonly payloadDigest: number
  readonly payloadLength: number
  /**
   * What a probe is known by whatever rewrites addresses and ports. Echo: a digest of the payload's 17th to 32nd octet, which ping's
   * time stamp leaves to its pattern. UDP: the payload's first two octets, the id of a DNS message. Absent: there is none, or it was not captured.
   */
  readonly tag?: number
}

/** One packet seen at one capture point at one time. */
export interface Sighting {
  readonly point: CapturePoint
  /** As the capture's link layer tells it; `unknown` where it cannot (Ethernet, RAW). */
  readonly direction: 'in' | 'out' | 'unknown'
  /** The frame was for another host (tcpdump's `P`): the interface saw it, and IP did not take it. */
  readonly otherHost?: true
  /** Nanoseconds since the epoch by the clock of that stack. */
  readonly time: bigint
  readonly packet: SeenPacket
  /** Which packet of which capture file it is: lets a reader find the octets again. */
  readonly capture: number
  readonly frame: number
}
