/** What lines of EC2 objects lacked: for who asks why no security group allowed a packet, or which route came second. */
import { formatIp, type Ip } from '../../model/address/address.ts'
import { mismatch, type Mismatch } from '../../model/path/evaluated.ts'
import { ICMP, ICMPV6, protocolName, type Packet } from '../../model/packet/packet.ts'
import { contains, formatPrefix } from '../../model/address/prefix.ts'
import type { Eni, NetworkAcl, NetworkAclEntry, SecurityGroupRule } from '../../model/vpc/vpc.ts'
import { eniOwnerOf, type CompiledVpc } from './compile.ts'
import type { HopWriter } from './hop-writer.ts'
import { inOrder } from './network-acl.ts'
import { matchProtocol } from './match.ts'
import type { CompiledRoutes } from './route.ts'

type Line = Pick<SecurityGroupRule, 'direction' | 'protocol' | 'ports'>

function protocolMismatches({ protocol, ports }: Line, packet: Packet): readonly Mismatch[] {
  if (protocol !== null && protocol !== packet.protocol)
    return [
      mismatch('protocol', { want: protocolName(protocol), got: protocolName(packet.protocol), not: false }),
    ]
  if (ports === null || matchProtocol(protocol, ports, packet) !== 'no') return []
  if (protocol === ICMP || protocol === ICMPV6)
    return [mismatch('other', { text: `icmp type ${ports.from}` })]
  const want = ports.from === ports.to ? String(ports.from) : `${ports.from}-${ports.to}`
  const got = packet.destinationPort === null ? '' : String(packet.destinationPort)
  return [mismatch('destination-port', { want, got, not: false })]
}

const addressMismatch = (direction: Line['direction'], want: string, got: Ip): Mismatch =>
  mismatch(direction === 'ingress' ? 'source' : 'destination', { want, got: formatIp(got), not: false })

/** Every rule of the ENI's groups for this direction. */
export function recordSecurityGroups(
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
      const mismatches = [...protocolMismatches(rule, packet)]
      if (peer.kind === 'prefix' && !contains(peer.prefix, ip))
        mismatches.push(addressMismatch(direction, formatPrefix(peer.prefix), ip))
      if (peer.kind === 'prefix-list' && peer.prefixes?.some((one) => contains(one, ip)) === false)
        mismatches.push(addressMismatch(direction, peer.id, ip))
      if (peer.kind === 'group' && eniOwnerOf(compiled, ip)?.eni.securityGroups.includes(peer.id) !== true)
        mismatches.push(mismatch('group-member', { group: peer.id, got: formatIp(ip) }))
      const matched = rule.line === by
      if (matched || mismatches.length > 0)
        hops.noteEvaluated('security-group', id, rule.line, matched, matched ? [] : mismatches)
    }
}

/** The entries of a network ACL, up to the one that decided. */
export function recordNetworkAcl(
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
    const mismatches = [...protocolMismatches(entry, packet)]
    if (!contains(entry.prefix, ip))
      mismatches.push(addressMismatch(direction, formatPrefix(entry.prefix), ip))
    if (decided && mismatches.length === 0) mismatches.push(mismatch('decided-before', { chosen: by }))
    if (matched || mismatches.length > 0)
      hops.noteEvaluated('network-acl', acl.id, entry.line, matched, matched ? [] : mismatches)
    decided ||= matched
  }
}

/** Every route of a VPC route table. */
export function recordVpcRoutes(
  hops: HopWriter,
  table: CompiledRoutes,
  to: Ip,
  taken: { readonly line: string; readonly destination: { readonly length: number } } | null,
): void {
  for (const route of table.routes) {
    if (route.line === taken?.line) {
      hops.noteEvaluated('vpc-route', table.id, route.line, true, [])
      continue
    }
    const covers = contains(route.destination, to)
    hops.noteEvaluated('vpc-route', table.id, route.line, false, [
      !covers
        ? addressMismatch('egress', formatPrefix(route.destination), to)
        : taken !== null && route.destination.length < taken.destination.length
          ? mismatch('shorter-prefix', { length: route.destination.length, chosen: taken.destination.length })
          : mismatch('later', {}),
    ])
  }
}
