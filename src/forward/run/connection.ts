/**
 * What conntrack of one stack remembers: net/netfilter/nf_conntrack_core.c. A run knows the connections that its own
 * packets made, and those that were there when the stack was read.
 */
import { formatIp, type Ip } from '../../model/address/address.ts'
import type { ConntrackEntry, ConntrackTuple } from '../../model/stack/conntrack.ts'
import { ICMP, ICMPV6, TCP } from '../../model/packet/packet.ts'
import { hasPorts, isIcmp, type PacketState } from './packet-state.ts'

/** An ICMP echo's tuple has the identifier as its first port and the type as its second. */
export interface Tuple {
  src: Ip
  dst: Ip
  sourcePort: number
  destinationPort: number
}

export interface Connection {
  readonly protocol: number
  readonly original: Readonly<Tuple>
  /** What its replies look like when they come in: changed by NAT. */
  reply: Tuple
  mark: number
  /** IPS_SRC_NAT and IPS_DST_NAT: it is really translated. */
  sourceNat: boolean
  destinationNat: boolean
  /** The nat chains of this kind have been asked; they will not be asked again. */
  sourceDone: boolean
  destinationDone: boolean
  /** The lines that made the translations: for replies, which no rule decides. */
  sourceBy: string
  destinationBy: string
  seenReply: boolean
  /**
   * IPS_ASSURED. A request and its reply do not make it so: TCP needs the third packet (nf_conntrack_proto_tcp.c), UDP one
   * after two seconds (nf_conntrack_proto_udp.c). Null: when the stack was read it was not, and may be by now.
   */
  readonly assured: boolean | null
  /** IPS_CONFIRMED: its first packet has left this stack, or was delivered here. */
  confirmed: boolean
  /** The line of `conntrack -L`, of a connection that was there before; null: the run's own packet began it. */
  readonly known: string | null
}

/** The bits of `ct status` that a run knows (include/uapi/linux/netfilter/nf_conntrack_common.h). */
export const statusBits = {
  expected: 1,
  'seen-reply': 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
  dying: 512,
} as const

const knownBits = Object.values(statusBits).reduce((all: number, bit) => all | bit, 0)

/** The bits of `mask` that are set, and those of which it is not known. */
export function statusOf(
  connection: Connection,
  mask: number,
): { readonly set: number; readonly unknown: number } {
  const set =
    (connection.seenReply ? statusBits['seen-reply'] : 0) |
    (connection.assured === true ? statusBits.assured : 0) |
    (connection.confirmed ? statusBits.confirmed : 0) |
    (connection.sourceNat ? statusBits.snat : 0) |
    (connection.destinationNat ? statusBits.dnat : 0)
  const unknown = ~knownBits | (connection.assured === null ? statusBits.assured : 0)
  return { set: set & mask, unknown: unknown & mask }
}

const echoReply = (protocol: number, type: number): number =>
  protocol === ICMPV6 ? (type === 128 ? 129 : 128) : type === 8 ? 0 : 8

export const tupleOf = (packet: PacketState): Tuple => ({
  src: packet.src,
  dst: packet.dst,
  sourcePort: hasPorts(packet.protocol) || isIcmp(packet.protocol) ? packet.sourcePort : 0,
  destinationPort: hasPorts(packet.protocol)
    ? packet.destinationPort
    : isIcmp(packet.protocol)
      ? packet.icmpType
      : 0,
})

export const inverse = (tuple: Readonly<Tuple>, protocol: number): Tuple =>
  isIcmp(protocol)
    ? {
        src: tuple.dst,
        dst: tuple.src,
        sourcePort: tuple.sourcePort,
        destinationPort: echoReply(protocol, tuple.destinationPort),
      }
    : {
        src: tuple.dst,
        dst: tuple.src,
        sourcePort: tuple.destinationPort,
        destinationPort: tuple.sourcePort,
      }

export const sameTuple = (a: Readonly<Tuple>, b: Readonly<Tuple>): boolean =>
  a.src === b.src &&
  a.dst === b.dst &&
  a.sourcePort === b.sourcePort &&
  a.destinationPort === b.destinationPort

export const newConnection = (packet: PacketState): Connection => {
  const original = tupleOf(packet)
  return {
    protocol: packet.protocol,
    original,
    reply: inverse(original, packet.protocol),
    mark: 0,
    sourceNat: false,
    destinationNat: false,
    sourceDone: false,
    destinationDone: false,
    sourceBy: '',
    destinationBy: '',
    seenReply: false,
    assured: false,
    confirmed: false,
    known: null,
  }
}

/** The connections of a stack by the packets that belong to them. */
export type KnownConnections = Pick<
  ReadonlyMap<string, { readonly entry: ConntrackEntry; readonly isReply: boolean }>,
  'get' | 'has' | 'size'
>

/** The same without one connection, which is found by identity. */
export function withoutConnection(known: KnownConnections, entry: ConntrackEntry): KnownConnections {
  const get = (key: string): ReturnType<KnownConnections['get']> => {
    const found = known.get(key)
    return found?.entry === entry ? undefined : found
  }
  return { get, has: (key) => get(key) !== undefined, size: known.size }
}

export const tupleKey = (protocol: number, tuple: Readonly<Tuple>): string =>
  `${protocol} ${formatIp(tuple.src)} ${tuple.sourcePort} ${formatIp(tuple.dst)} ${tuple.destinationPort}`

/** An echo's entry names the identifier twice, where a tuple has the type. */
const tupleOfEntry = (protocol: number, tuple: ConntrackTuple, isReply: boolean): Tuple =>
  isIcmp(protocol)
    ? {
        ...tuple,
        destinationPort: protocol === ICMPV6 ? (isReply ? 129 : 128) : isReply ? 0 : 8,
      }
    : { ...tuple }

/** A SYN on a connection that is over begins a new one (tcp_packet, TCP_CONNTRACK_SYN_SENT from TIME_WAIT on). */
const over: ReadonlySet<string> = new Set(['TIME_WAIT', 'CLOSE'])

export function knownConnections(entries: readonly ConntrackEntry[]): KnownConnections {
  const known = new Map<string, { readonly entry: ConntrackEntry; readonly isReply: boolean }>()
  for (const entry of entries) {
    if (entry.state !== null && over.has(entry.state)) continue
    // Another zone's connections are no business of packets without one.
    if (/ zone(?:-orig|-reply)?=/.test(entry.line)) continue
    const { protocol } = entry
    known.set(tupleKey(protocol, tupleOfEntry(protocol, entry.original, false)), { entry, isReply: false })
    known.set(tupleKey(protocol, tupleOfEntry(protocol, entry.reply, true)), { entry, isReply: true })
  }
  return known
}

/** A connection as conntrack remembers it: its translations are fixed, and no nat rule is asked again. */
export function connectionOf(entry: ConntrackEntry): Connection {
  const { protocol, line } = entry
  const original = tupleOfEntry(protocol, entry.original, false)
  const reply = tupleOfEntry(protocol, entry.reply, true)
  const plain = inverse(original, protocol)
  return {
    protocol,
    original,
    reply,
    mark: entry.mark,
    sourceNat:
      plain.dst !== reply.dst ||
      (isIcmp(protocol)
        ? plain.sourcePort !== reply.sourcePort
        : plain.destinationPort !== reply.destinationPort),
    destinationNat: plain.src !== reply.src || (!isIcmp(protocol) && plain.sourcePort !== reply.sourcePort),
    sourceDone: true,
    destinationDone: true,
    sourceBy: line,
    destinationBy: line,
    seenReply: !entry.unreplied,
    assured: entry.assured || (isIcmp(protocol) || (entry.unreplied && protocol !== TCP) ? false : null),
    confirmed: true,
    known: line,
  }
}

/**
 * Can this packet begin a connection? nf_conntrack_proto_tcp.c takes a SYN, or (nf_conntrack_tcp_loose) an ACK in
 * the middle of one, but no SYN-ACK and no RST; nf_conntrack_proto_icmp.c takes requests, but no replies.
 */
export function mayBegin(packet: PacketState): boolean {
  if (packet.protocol === TCP) {
    const flags = packet.tcpFlags & 0x17
    return flags === 2 || flags === 16 || flags === 17
  }
  if (packet.protocol === ICMP)
    return packet.icmpType === 8 || packet.icmpType === 13 || packet.icmpType === 15 || packet.icmpType === 17
  if (packet.protocol === ICMPV6) return packet.icmpType === 128 || packet.icmpType === 139
  return true
}

/**
 * Neighbour discovery, router discovery and multicast groups' reports belong to no connection (nf_conntrack_proto_icmpv6.c,
 * noct_valid_new).
 */
export const isUntracked = ({ protocol, icmpType }: PacketState): boolean =>
  protocol === ICMPV6 && ((icmpType >= 130 && icmpType <= 136) || icmpType === 143)
