import type { Packet } from '../../model/packet/packet.ts'
import type { Eni } from '../../model/vpc/vpc.ts'
import type { VpcOutcome } from '../run/boundaries.ts'
import { recordNetworkAcl, recordSecurityGroups } from './evaluated-lines.ts'
import { evaluateNetworkAcl } from './network-acl.ts'
import { evaluateSecurityGroups } from './security-group.ts'
import { type Trip, decision } from './trip.ts'

/** An ENI's security groups. Null: the packet passes, or there is a doubt that the writer keeps. */
export function filterAtEni(
  { compiled, memory, budget, hops, direction }: Trip,
  eni: Eni,
  way: 'ingress' | 'egress',
  packet: Packet,
): VpcOutcome | null {
  const [tracked, track] =
    way === 'egress' ? [memory.allowedIn, memory.allowedOut] : [memory.allowedOut, memory.allowedIn]
  const before = direction === 'reply' ? tracked.get(eni.id) : undefined
  if (before !== undefined) {
    hops.decide(decision('security-group', before, 'allowed: a reply to what this rule allowed'))
    return null
  }
  for (const id of eni.securityGroups) budget.left -= compiled.groups.get(id)?.rules.length ?? 1
  const judged = evaluateSecurityGroups(compiled, eni, way, packet)
  if (hops.everyLine) recordSecurityGroups(hops, compiled, eni, way, packet, judged.decision.by)
  if (judged.kind === 'deny') return hops.drop(judged.decision)
  if (judged.kind === 'unknown') hops.leaveOpen(judged.decision)
  else hops.decide(judged.decision)
  if (direction === 'forward') track.set(eni.id, judged.decision.by)
  return null
}

/** A subnet's network ACL. Null: the packet passes, or there is a doubt that the writer keeps. */
export function filterAtSubnet(
  { compiled, budget, hops }: Trip,
  subnet: string,
  way: 'ingress' | 'egress',
  packet: Packet,
): VpcOutcome | null {
  const acl = compiled.acls.get(subnet)
  if (acl === undefined) {
    hops.leaveOpen(
      decision('network-acl', `${subnet}: its network ACL is not recorded`, 'nobody can tell what it allows'),
    )
    return null
  }
  budget.left -= acl.entries.length
  const judged = evaluateNetworkAcl(acl, way, packet)
  if (hops.everyLine) recordNetworkAcl(hops, acl, way, packet, judged.decision.by)
  if (judged.kind === 'deny') return hops.drop(judged.decision)
  if (judged.kind === 'unknown') hops.leaveOpen(judged.decision)
  else hops.decide(judged.decision)
  return null
}
