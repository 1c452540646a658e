import type { StackId } from '../stack/stack-id.ts'

/** What finally happens to a packet. `unknown` is an honest answer; a guess would be a bug. */
export type Verdict = 'delivered' | 'dropped' | 'unknown'

/** Where in a hop something was decided; the order is that of the kernel, then of the VPC. */
export const stages = [
  'raw',
  'conntrack',
  'mangle',
  'nat',
  'rp_filter',
  'rule',
  'route',
  'local',
  'filter',
  'security',
  'neighbour',
  'ttl',
  'mtu',
  'forwarding',
  'link',
  'network-policy',
  'source-dest-check',
  'security-group',
  'network-acl',
  'vpc-route',
  'gateway',
  'service',
  'socket',
] as const
export type Stage = (typeof stages)[number]

/**
 * Why a look-up sends a packet nowhere: no table has a route (`no-route`), a policy rule says so (`rule-…`), or a route of
 * that type does.
 */
export type Refusal =
  | 'no-route'
  | 'rule-blackhole'
  | 'rule-unreachable'
  | 'rule-prohibit'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'

/** One thing that was decided, and the verbatim line that decided it. A decision without its line is a bug. */
export interface Decision {
  readonly stage: Stage
  /** The line as its own tool prints it: `ip rule`, `ip route`, `iptables-save`, `nft`, `sysctl`, an EC2 rule. */
  readonly by: string
  /** What it did, in English: `lookup main`, `via 192.168.1.1 dev eth0`, `source becomes 192.168.1.138`. */
  readonly effect: string
  /** Where a look-up refused the packet: why, for programs that ask. */
  readonly refusal?: Refusal
}

/** The header fields of one packet as they stand in a result; absent means not known or not applicable. */
export interface PacketView {
  readonly src: string
  readonly dst: string
  /** `icmp`, `icmpv6`, `tcp`, `udp`, or the IANA protocol number as text. */
  readonly protocol: string
  readonly ttl?: number
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly icmpType?: number
  readonly icmpCode?: number
  readonly icmpId?: number
  readonly icmpSequence?: number
  readonly tcpFlags?: string
  /** The IPv4 identification field. */
  readonly id?: number
  /** Octets of the IP packet. */
  readonly length?: number
  readonly mark?: number
}

/** Nanoseconds after the trace's `startedAt`, by the clock of the stack that saw the packet. */
export interface HopTimes {
  readonly in: number | null
  readonly out: number | null
}

/** One stack or VPC element that the packet crossed. Null: it began or ended here, or nobody could look. */
export interface Hop {
  readonly stack: StackId
  readonly in: string | null
  readonly out: string | null
  readonly packetIn: PacketView | null
  readonly packetOut: PacketView | null
  readonly decisions: readonly Decision[]
  /** Only in observed paths. */
  readonly times?: HopTimes
  /**
   * In observed paths `captured` when this very hop was seen; `inferred` when it lies between two captured hops, or
   * between the last capture and an answer, and nobody can capture inside it. In predicted paths `derived` when the
   * stack was not recorded and its tables are those that it should have.
   */
  readonly evidence?: 'captured' | 'inferred' | 'derived'
}

/** A way through the fabric, there and back. */
export interface Path {
  /** Of the forward direction. */
  readonly verdict: Verdict
  /** Null: no reply was to be expected. */
  readonly replyVerdict: Verdict | null
  /** The stack in which the packet (or its reply) ended against its will, or beyond which nothing is known. */
  readonly stoppedAt: StackId | null
  readonly forward: readonly Hop[]
  readonly reply: readonly Hop[]
}

/** One rewriting of an address on the way forward, with the rule that did it. */
export interface Translation {
  readonly at: StackId
  readonly kind: 'SNAT' | 'DNAT'
  readonly from: string
  readonly to: string
  readonly by: string
}
