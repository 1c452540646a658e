import { isIp4, type Ip } from '../address/address.ts'

export const ICMP = 1
export const TCP = 6
export const UDP = 17
export const ICMPV6 = 58

/** The header fields that forwarding depends on. */
export interface Packet {
  readonly src: Ip
  readonly dst: Ip
  /** IANA protocol number. */
  readonly protocol: number
  readonly ttl: number
  /** Null: the kernel picks it (an ephemeral port), so that nobody can know it beforehand. */
  readonly sourcePort: number | null
  readonly destinationPort: number | null
  readonly icmpType: number | null
  readonly icmpCode: number | null
  /** As bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  readonly tcpFlags: number | null
  /** Octets of the whole IP packet. */
  readonly length: number
  readonly dontFragment: boolean
  /** The eight bits of TOS or traffic class. */
  readonly tos: number
}

/** The protocol that `icmp` means towards an address: ping speaks the family's own (RFC 792, RFC 4443). */
export const protocolTowards = (address: Ip, protocol: number): number =>
  protocol === ICMP && !isIp4(address) ? ICMPV6 : protocol

const names: ReadonlyMap<number, string> = new Map([
  [ICMP, 'icmp'],
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [ICMPV6, 'icmpv6'],
])
const numbers: ReadonlyMap<string, number> = new Map([
  ['icmp', ICMP],
  ['tcp', TCP],
  ['udp', UDP],
  ['icmpv6', ICMPV6],
  ['ipv6-icmp', ICMPV6],
  ['igmp', 2],
  ['ipip', 4],
  ['ipencap', 4],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ospf', 89],
  ['vrrp', 112],
  ['sctp', 132],
  ['udplite', 136],
  ['dccp', 33],
  ['ipv6', 41],
])

/** `tcp`, or the number as text where /etc/protocols would be needed. */
export const protocolName = (protocol: number): string => names.get(protocol) ?? String(protocol)

/** For text from outside: a name that Linux tools print, or a number 0..255; undefined otherwise. */
export function parseProtocol(text: string): number | undefined {
  const known = numbers.get(text.toLowerCase())
  if (known !== undefined) return known
  if (!/^\d{1,3}$/.test(text)) return undefined
  const value = Number(text)
  return value <= 255 ? value : undefined
}
