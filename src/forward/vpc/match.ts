import { ICMP, ICMPV6, TCP, UDP, type Packet } from '../../model/packet/packet.ts'
import type { Match } from './judgement.ts'

/**
 * The lowest port that a kernel picks for a client: Linux's ip_local_port_range starts at 32768 by default, but
 * `SNAT --random-fully` takes any port from 1024 on for a source port above 1023 (net/netfilter/nf_nat_core.c).
 */
const firstEphemeral = 1024
const lastPort = 65535

type Ports = { readonly from: number; readonly to: number } | null

/**
 * The protocol and ports of a security group rule or network ACL entry against a packet: both look at the destination
 * port alone. ICMP has a type and a code, of which -1 is every one. A port that the kernel is still to pick matches
 * surely only where every ephemeral port would.
 */
export function matchProtocol(protocol: number | null, ports: Ports, packet: Packet): Match {
  if (protocol === null) return 'yes'
  if (protocol !== packet.protocol) return 'no'
  if (ports === null) return 'yes'
  if (protocol === ICMP || protocol === ICMPV6) return matchIcmp(ports, packet)
  if (protocol !== TCP && protocol !== UDP) return 'yes'
  const port = packet.destinationPort
  if (port !== null) return port >= ports.from && port <= ports.to ? 'yes' : 'no'
  if (ports.from <= firstEphemeral && ports.to >= lastPort) return 'yes'
  return ports.to < firstEphemeral ? 'no' : 'maybe'
}

function matchIcmp(ports: { readonly from: number; readonly to: number }, packet: Packet): Match {
  const { icmpType, icmpCode } = packet
  if (ports.from === -1) return 'yes'
  if (icmpType === null) return 'maybe'
  if (icmpType !== ports.from) return 'no'
  if (ports.to === -1) return 'yes'
  return icmpCode === null ? 'maybe' : icmpCode === ports.to ? 'yes' : 'no'
}
