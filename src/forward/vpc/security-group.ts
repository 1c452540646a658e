import { formatIp, type Ip } from '../../model/address/address.ts'
import { protocolName, type Packet } from '../../model/packet/packet.ts'
import { contains } from '../../model/address/prefix.ts'
import type { Eni, SecurityGroupPeer, SecurityGroupRule } from '../../model/vpc/vpc.ts'
import { inVpc, eniOwnerOf, type CompiledVpc } from './compile.ts'
import { both, type Judgement, type Match } from './judgement.ts'
import { matchProtocol } from './match.ts'

/**
 * Security groups hold at an ENI: a new connection passes when any rule of any of its groups allows it; there are no
 * denying rules, so their order does not matter. What the connection's replies may do is the caller's to remember.
 * https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
export function evaluateSecurityGroups(
  compiled: CompiledVpc,
  eni: Eni,
  direction: SecurityGroupRule['direction'],
  packet: Packet,
): Judgement {
  const peer = direction === 'ingress' ? packet.src : packet.dst
  let uncertainty: string | null = null
  for (const id of eni.securityGroups) {
    const group = compiled.groups.get(id)
    if (group === undefined) {
      uncertainty ??= `${id}: its rules are not recorded`
      continue
    }
    for (const rule of group.rules) {
      if (rule.direction !== direction) continue
      const match = both(
        matchProtocol(rule.protocol, rule.ports, packet),
        matchPeer(compiled, rule.peer, peer),
      )
      if (match === 'yes') return judged('allow', rule.line, `allowed ${way(direction)} ${eni.id}`)
      if (match === 'maybe') uncertainty ??= rule.line
    }
  }
  // The ENIs of NAT gateways and Network Load Balancers may have no group at all: nothing is filtered there.
  if (eni.securityGroups.length === 0)
    return judged('allow', `${eni.id}: no security groups`, `allowed ${way(direction)} ${eni.id}`)
  if (uncertainty !== null)
    return judged(
      'unknown',
      uncertainty,
      'depends on what is not recorded, or on a port that is not known beforehand',
    )
  return judged(
    'deny',
    `${eni.securityGroups.join(', ')}: no ${direction} rule allows ${describePacket(packet)} ${
      direction === 'ingress' ? 'from' : 'to'
    } ${formatIp(peer)}`,
    `dropped ${way(direction)} ${eni.id}`,
  )
}

const judged = (kind: Judgement['kind'], by: string, effect: string): Judgement => ({
  kind,
  decision: { stage: 'security-group', by, effect },
})

const way = (direction: SecurityGroupRule['direction']): string =>
  direction === 'ingress' ? 'into' : 'out of'

/** `tcp 80`, `icmp type 8`, `tcp` where the port is not known. */
export function describePacket(packet: Packet): string {
  const name = protocolName(packet.protocol)
  if (packet.icmpType !== null) return `${name} type ${packet.icmpType}`
  return packet.destinationPort === null ? name : `${name} ${packet.destinationPort}`
}

/**
 * A rule that names a group speaks of the private addresses of the ENIs that carry it. Whose address it is decides,
 * not who forwarded the packet.
 */
function matchPeer(compiled: CompiledVpc, peer: SecurityGroupPeer, address: Ip): Match {
  switch (peer.kind) {
    case 'prefix':
      return contains(peer.prefix, address) ? 'yes' : 'no'
    case 'prefix-list':
      if (peer.prefixes === null) return 'maybe'
      return peer.prefixes.some((p) => contains(p, address)) ? 'yes' : 'no'
    case 'group': {
      const owner = eniOwnerOf(compiled, address)
      if (owner !== null) return owner.eni.securityGroups.includes(peer.id) ? 'yes' : 'no'
      if (compiled.isUnread('network-interfaces') && inVpc(compiled.vpc, address)) return 'maybe'
      // A group of a peered VPC: its ENIs are not described here.
      const peered = compiled.vpc.peerings ?? []
      const beyond = peered.some(
        (p) => p.peerPrefixes === null || p.peerPrefixes.some((range) => contains(range, address)),
      )
      return beyond && !compiled.groups.has(peer.id) ? 'maybe' : 'no'
    }
  }
}
