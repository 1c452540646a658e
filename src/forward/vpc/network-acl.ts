import type { Ip } from '../../model/address/address.ts'
import type { Packet } from '../../model/packet/packet.ts'
import { contains } from '../../model/address/prefix.ts'
import type { NetworkAcl, NetworkAclEntry } from '../../model/vpc/vpc.ts'
import type { Judgement } from './judgement.ts'
import { matchProtocol } from './match.ts'

/**
 * Network ACLs know no connections: every packet is read against the entries in the order of their numbers, the first
 * that matches decides. Ingress entries speak of the source, egress entries of the destination; ports are always the
 * destination's, so a reply needs the client's ephemeral port to be allowed.
 * https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
 */
export function evaluateNetworkAcl(
  acl: NetworkAcl,
  direction: NetworkAclEntry['direction'],
  packet: Packet,
): Judgement {
  const peer: Ip = direction === 'ingress' ? packet.src : packet.dst
  const uncertainties: NetworkAclEntry[] = []
  for (const entry of inOrder(acl, direction)) {
    if (!contains(entry.prefix, peer)) continue
    const match = matchProtocol(entry.protocol, entry.ports, packet)
    if (match === 'no') continue
    if (match === 'maybe') {
      uncertainties.push(entry)
      continue
    }
    const uncertainty = uncertainties.find((each) => each.action !== entry.action)
    if (uncertainty !== undefined) return undecided(uncertainty, entry)
    return {
      kind: entry.action,
      decision: {
        stage: 'network-acl',
        by: entry.line,
        effect: entry.action === 'allow' ? `allowed ${way(direction)}` : `dropped ${way(direction)}`,
      },
    }
  }
  const uncertainty = uncertainties.find((each) => each.action === 'allow')
  if (uncertainty !== undefined) return undecided(uncertainty, null)
  // EC2 always lists the final deny; a recording without it still ends so.
  return {
    kind: 'deny',
    decision: {
      stage: 'network-acl',
      by: `${acl.id}: ${direction} * deny all`,
      effect: `dropped ${way(direction)}`,
    },
  }
}

const way = (direction: NetworkAclEntry['direction']): string =>
  direction === 'ingress' ? 'into the subnet' : 'out of the subnet'

const undecided = (uncertainty: NetworkAclEntry, next: NetworkAclEntry | null): Judgement => ({
  kind: 'unknown',
  decision: {
    stage: 'network-acl',
    by: uncertainty.line,
    effect:
      'depends on a port or ICMP type that is not known beforehand' +
      (next === null ? '' : `; otherwise ${next.line} decides`),
  },
})

const sorted = new WeakMap<NetworkAcl, Readonly<Record<'ingress' | 'egress', readonly NetworkAclEntry[]>>>()

/** Sorted once for each ACL object; the model does not promise an order. */
export function inOrder(acl: NetworkAcl, direction: 'ingress' | 'egress'): readonly NetworkAclEntry[] {
  let both = sorted.get(acl)
  if (both === undefined) {
    const of = (which: 'ingress' | 'egress') =>
      acl.entries.filter((e) => e.direction === which).toSorted((a, b) => a.number - b.number)
    both = { ingress: of('ingress'), egress: of('egress') }
    sorted.set(acl, both)
  }
  return both[direction]
}
