/** What lines of EC2 objects lacked: for who asks why no security group allowed a packet, or which route came second. */
import { formatIp, type Ip } from '../../model/address.ts'
import { lack, type Lack } from '../../model/consulted.ts'
import { ICMP, ICMPV6, protocolName, type Packet } from '../../model/packet.ts'
import { contains, formatPrefix } from '../../model/prefix.ts'
import type { Eni, NetworkAcl, NetworkAclEntry, SecurityGroupRule } from '../../model/vpc.ts'
import { ownerOf, type CompiledVpc } from './compile.ts'
import type { HopWriter } from './hop-writer.ts'
import { inOrder } from './network-acl.ts'
import { matchProtocol } from './match.ts'
import type { CompiledRoutes } from './route.ts'

type Line = Pick<SecurityGroupRule, 'direction' | 'protocol' | 'ports'>

function protocolLacks({ protocol, ports }: Line, packet: Packet): readonly Lack[] {
  if (protocol !== null && protocol !== packet.protocol)
    return [
      lack('protocol', { want: protocolName(protocol), got: protocolName(packet.protocol), not: false }),
    ]
  if (ports === null || matchProtocol(protocol, ports, packet) !== 'no') return []
  if (protocol === ICMP || protocol === ICMPV6) return [lack('other', { text: `icmp type ${ports.from}` })]
  const want = ports.from === ports.to ? String(ports.from) : `${ports.from}-${ports.to}`
  const got = packet.destinationPort === null ? '' : String(packet.destinationPort)
  return [lack('destination-port', { want, got, not: false })]
}

const addressLack = (direction: Line['direction'], want: string, got: Ip): Lack =>
  lack(direction === 'ingress' ? 'source' : 'destination', { want, got: formatIp(got), not: false })

/** Every rule of the ENI's groups for this direction. */
export function consultSecurityGroups(
  hops: HopWriter,
  compiled: CompiledVpc,
  eni: Eni,
  direction: SecurityGroupRule['direction'],
  packet: Packet,
  by: string,
): void {
  const ip = direction === 'ingress' ? packet.src : packet.dst
  for (const id of eni.securityGroups)
    for (const rule of compiled.groups.get(id)?.rules ?? []) {
      if (rule.direction !== direction) continue
      const { peer } = rule
      const lacks = [...protocolLacks(rule, packet)]
      if (peer.kind === 'prefix' && !contains(peer.prefix, ip))
        lacks.push(addressLack(direction, formatPrefix(peer.prefix), ip))
      if (peer.kind === 'prefix-list' && peer.prefixes?.some((one) => contains(one, ip)) === false)
        lacks.push(addressLack(direction, peer.id, ip))
      if (peer.kind === 'group' && ownerOf(compiled, ip)?.eni.securityGroups.includes(peer.id) !== true)
        lacks.push(lack('group-member', { group: peer.id, got: formatIp(ip) }))
      const matched = rule.line === by
      if (matched || lacks.length > 0)
        hops.consult('security-group', id, rule.line, matched, matched ? [] : lacks)
    }
}

/** The entries of a network ACL, up to the one that decided. */
export function consultNetworkAcl(
  hops: HopWriter,
  acl: NetworkAcl,
  direction: NetworkAclEntry['direction'],
  packet: Packet,
  by: string,
): void {
  const ip = direction === 'ingress' ? packet.src : packet.dst
  let decided = false
  for (const entry of inOrder(acl, direction)) {
    const matched = entry.line === by
    const lacks = [...protocolLacks(entry, packet)]
    if (!contains(entry.prefix, ip)) lacks.push(addressLack(direction, formatPrefix(entry.prefix), ip))
    if (decided && lacks.length === 0) lacks.push(lack('decided-before', { chosen: by }))
    if (matched || lacks.length > 0)
      hops.consult('network-acl', acl.id, entry.line, matched, matched ? [] : lacks)
    decided ||= matched
  }
}

/** Every route of a VPC route table. */
export function consultVpcRoutes(
  hops: HopWriter,
  table: CompiledRoutes,
  to: Ip,
  taken: { readonly line: string; readonly destination: { readonly length: number } } | null,
): void {
  for (const route of table.routes) {
    if (route.line === taken?.line) {
      hops.consult('vpc-route', table.id, route.line, true, [])
      continue
    }
    const covers = contains(route.destination, to)
    hops.consult('vpc-route', table.id, route.line, false, [
      !covers
        ? addressLack('egress', formatPrefix(route.destination), to)
        : taken !== null && route.destination.length < taken.destination.length
          ? lack('shorter-prefix', { length: route.destination.length, chosen: taken.destination.length })
          : lack('later', {}),
    ])
  }
}
