import type { Ip } from '../model/address.ts'
import { ICMP, ICMPV6, protocolName, TCP, UDP, type Packet } from '../model/packet.ts'
import { formatIp } from '../model/address.ts'
import type { PacketView } from '../model/path.ts'

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

/** Ports that nobody can know beforehand, as the range that the kernel draws them from. */
export class PortRanges {
  readonly #ranges: (readonly [number, number])[] = []

  /** A new unknown port: a number below zero that stands for "one of low..high". */
  draw(low: number, high: number): number {
    return -this.#ranges.push([low, high])
  }

  /** The share of the possible values of `port` that lie in low..high: 0, 1, or between. */
  share(port: number, low: number, high: number): number {
    if (port >= 0) return port >= low && port <= high ? 1 : 0
    const [from, to] = this.#ranges[-port - 1] ?? [0, 65535]
    const overlap = Math.min(high, to) - Math.max(low, from) + 1
    return overlap <= 0 ? 0 : overlap / (to - from + 1)
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
