import { formatPrefix } from '../model/address/prefix.ts'
import type {
  NetworkAclEntry,
  SecurityGroupPeer,
  SecurityGroupRule,
  UnresolvedVpcRoute,
  VpcRoute,
  VpcRouteTarget,
} from '../model/vpc/vpc.ts'
import { describePorts } from './protocol.ts'

/*
 * EC2 prints structures, not lines. These are the one-line descriptions that decisions quote: every fact that EC2
 * gives about the object, nothing else, always in the same words, so that they can be searched for.
 */

/** `local`, `igw-0123`, `nat-0123`… as the console's Target column shows it. */
export const targetText = (target: VpcRouteTarget): string => (target.kind === 'local' ? 'local' : target.id)

/** `rtb-0abc: 0.0.0.0/0 -> igw-0def (active)`; a prefix list's entry names the list and the entry. */
export function routeLine(table: string, route: Omit<VpcRoute, 'line'>): string {
  const destination = formatPrefix(route.destination)
  const named = route.prefixList === undefined ? destination : `${route.prefixList} (${destination})`
  const origin = route.propagated === true ? ', propagated' : route.advertised === true ? ', advertised' : ''
  return `${table}: ${named} -> ${targetText(route.target)} (${route.state}${origin})`
}

/** `rtb-0abc: pl-63a5400a -> vpce-0def (active)`, `rtb-0abc: 10.0.0.0/8 -> eni-0def (filtered)`; `?` stands for what could not be read. */
export const unresolvedRouteLine = (
  table: string,
  route: Pick<UnresolvedVpcRoute, 'destination' | 'prefixList' | 'target'>,
  state: string,
): string => {
  const destination = route.prefixList ?? (route.destination === null ? '?' : formatPrefix(route.destination))
  return `${table}: ${destination} -> ${route.target === null ? '?' : targetText(route.target)} (${state})`
}

export const peerText = (peer: SecurityGroupPeer): string =>
  peer.kind === 'prefix' ? formatPrefix(peer.prefix) : peer.id

/** `sgr-0abc: ingress tcp 22 from 0.0.0.0/0`, `sgr-0abc: egress all to sg-0def` */
export const securityGroupRuleLine = (rule: Omit<SecurityGroupRule, 'line'>): string =>
  `${rule.id}: ${rule.direction} ${describePorts(rule.protocol, rule.ports)} ${rule.direction === 'ingress' ? 'from' : 'to'} ${peerText(rule.peer)}`

/** `acl-0abc: ingress 100 allow all from 0.0.0.0/0`; the last entry is `*`, as the console prints it. */
export const networkAclEntryLine = (acl: string, entry: Omit<NetworkAclEntry, 'line'>): string =>
  `${acl}: ${entry.direction} ${entry.number === 32767 ? '*' : entry.number} ${entry.action} ` +
  `${describePorts(entry.protocol, entry.ports)} ${entry.direction === 'ingress' ? 'from' : 'to'} ${formatPrefix(entry.prefix)}`
