import type { Ip } from '../../model/address/address.ts'
import { ICMP, ICMPV6, protocolName, TCP, UDP, type Packet } from '../../model/packet/packet.ts'
import { formatIp } from '../../model/address/address.ts'
import type { PacketView } from '../../model/path/path.ts'

/** A packet on its way. Ports below zero are not known: the kernel picks them; see `PortRanges`. */
export interface PacketState {
  src: Ip
  dst: Ip
  protocol: number
  ttl: number
  /** The identifier, for an ICMP echo. */
  sourcePort: number
  destinationPort: number
  icmpType: number
  icmpCode: number
  tcpFlags: number
  length: number
  dontFragment: boolean
  tos: number
  mark: number
}

type Range = readonly [low: number, high: number]

const sizeOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0)

/** What of the ranges lies in low..high, or outside of it. */
const within = (ranges: readonly Range[], low: number, high: number): readonly Range[] =>
  ranges
    .map(([from, to]): Range => [Math.max(from, low), Math.min(to, high)])
    .filter(([from, to]) => from <= to)
const without = (ranges: readonly Range[], low: number, high: number): readonly Range[] => [
  ...within(ranges, 0, low - 1),
  ...within(ranges, high + 1, 65535),
]

const anyPort: readonly Range[] = [[0, 65535]]

/** Ports that nobody can know beforehand, as what the kernel may draw them from. */
export class PortRanges {
  readonly #ranges: (readonly Range[])[] = []

  /** A new unknown port: a number below zero that stands for "one of low..high". */
  draw(low: number, high: number): number {
    return -this.#ranges.push([[low, high]])
  }

  /** The share of the possible values of `port` that lie in low..high: 0, 1, or between. */
  share(port: number, low: number, high: number): number {
    if (port >= 0) return port >= low && port <= high ? 1 : 0
    const ranges = this.#ranges[-port - 1] ?? anyPort
    return sizeOf(within(ranges, low, high)) / sizeOf(ranges)
  }

  /** How many ranges have to be looked at to tell of a port. */
  pieces(port: number): number {
    return port >= 0 ? 0 : (this.#ranges[-port - 1]?.length ?? 1)
  }

  /** Chance has decided whether `port` lies in low..high: it will not do so a second time. */
  learn(port: number, low: number, high: number, inside: boolean): void {
    const ranges = this.#ranges[-port - 1] ?? anyPort
    this.#ranges[-port - 1] = inside ? within(ranges, low, high) : without(ranges, low, high)
  }

  /** Equal texts, equal knowledge. */
  get text(): string {
    return this.#ranges.join(';')
  }
}

export const hasPorts = (protocol: number): boolean =>
  protocol === TCP || protocol === UDP || protocol === 132 || protocol === 136 || protocol === 33

export const isIcmp = (protocol: number): boolean => protocol === ICMP || protocol === ICMPV6

const flagLetters: readonly (readonly [number, string])[] = [
  [2, 'S'],
  [1, 'F'],
  [4, 'R'],
  [8, 'P'],
  [16, '.'],
  [32, 'U'],
]

/** As tcpdump writes them: `S`, `S.`, `R.` */
const flagsText = (flags: number): string =>
  flagLetters
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .join('')

/** For a result; a port that is not known is left out. */
export function viewOf(packet: PacketState): PacketView {
  const ports = hasPorts(packet.protocol)
  const icmp = isIcmp(packet.protocol)
  return {
    src: formatIp(packet.src),
    dst: formatIp(packet.dst),
    protocol: protocolName(packet.protocol),
    ttl: packet.ttl,
    ...(ports && packet.sourcePort >= 0 ? { sourcePort: packet.sourcePort } : {}),
    ...(ports && packet.destinationPort >= 0 ? { destinationPort: packet.destinationPort } : {}),
    ...(icmp ? { icmpType: packet.icmpType, icmpCode: packet.icmpCode } : {}),
    ...(icmp && packet.sourcePort > 0 ? { icmpId: packet.sourcePort } : {}),
    ...(packet.protocol === TCP ? { tcpFlags: flagsText(packet.tcpFlags) } : {}),
    length: packet.length,
    ...(packet.mark === 0 ? {} : { mark: packet.mark }),
  }
}

/** For the seam: what a VPC element may look at. */
export const packetOf = (packet: PacketState): Packet => ({
  src: packet.src,
  dst: packet.dst,
  protocol: packet.protocol,
  ttl: packet.ttl,
  sourcePort: hasPorts(packet.protocol) && packet.sourcePort >= 0 ? packet.sourcePort : null,
  destinationPort: hasPorts(packet.protocol) && packet.destinationPort >= 0 ? packet.destinationPort : null,
  icmpType: isIcmp(packet.protocol) ? packet.icmpType : null,
  icmpCode: isIcmp(packet.protocol) ? packet.icmpCode : null,
  tcpFlags: packet.protocol === TCP ? packet.tcpFlags : null,
  length: packet.length,
  dontFragment: packet.dontFragment,
  tos: packet.tos,
})
