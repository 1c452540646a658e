import { formatIp } from '../../../model/address/address.ts'
import { natGatewayOfEni } from '../../../model/vpc/nat-gateway-eni.ts'
import { formatPrefix } from '../../../model/address/prefix.ts'
import type {
  Eni,
  NetworkAcl,
  NetworkAclEntry,
  SecurityGroup,
  SecurityGroupRule,
  Vpc,
} from '../../../model/vpc/vpc.ts'

/** The router's end of an ENI's wire: interface names hold 15 characters at the most, EC2's ids 21. */
export const wireName = (eniId: string): string => `e${eniId.slice('eni-0'.length, 'eni-0'.length + 13)}`

/** The router's interface towards the internet gateway. */
export const gatewayWire = 'igw'

/** The router's interface towards what AWS itself runs in every VPC: resolver and instance metadata. */
export const serviceWire = 'services'

/** The fwmark that carries a packet's subnet from its ENI to the subnet's route table. */
export const subnetMark = (vpc: Vpc, subnetId: string): number =>
  1 +
  Math.max(
    0,
    vpc.subnets.findIndex((subnet) => subnet.id === subnetId),
  )

const setName = (id: string): string => id.replaceAll('-', '_')
const quoted = (text: string): string => `"${text.replaceAll('"', '')}"`
const list = (elements: readonly string[]): string =>
  elements.length === 0 ? '' : `\n    elements = { ${elements.join(', ')} }`

/**
 * The VPC as the kernel enforces it, as one nftables table: source/destination check, network ACLs at the subnet's
 * edge (stateless), security groups at the ENI (stateful). Nothing here rewrites an address.
 *
 * The order is AWS's: what leaves an ENI meets its source check, its security groups' egress rules, then its subnet's
 * ACL; what arrives meets the ACL, then the security groups' ingress rules. Traffic inside one subnet meets no ACL.
 */
export function routerRuleset(vpc: Vpc): string {
  const bound = vpc.interfaces.flatMap((eni) =>
    [...eni.addresses.map((one) => formatIp(one.address)), ...eni.prefixes.map(formatPrefix)].map(
      (address) => `${quoted(wireName(eni.id))} . ${address}`,
    ),
  )
  const unchecked = vpc.interfaces
    .filter((eni) => !eni.sourceDestCheck)
    .map((eni) => quoted(wireName(eni.id)))
  const lines = [
    'table ip vpc',
    'flush table ip vpc',
    'delete table ip vpc',
    'table ip vpc {',
    `  set bound { type ifname . ipv4_addr; flags interval; auto-merge;${list(bound)} ; }`,
    `  set unchecked { type ifname;${list(unchecked)} ; }`,
    `  map subnet { type ifname : mark;${list(vpc.interfaces.map((eni) => `${quoted(wireName(eni.id))} : ${subnetMark(vpc, eni.subnet)}`))} ; }`,
    ...vpc.securityGroups.flatMap((group) => memberSets(group, vpc.interfaces)),
    '  chain mark_subnet {',
    '    type filter hook prerouting priority mangle; policy accept;',
    '    meta mark set iifname map @subnet',
    '  }',
    ...vpc.networkAcls.flatMap(aclChains),
    ...vpc.subnets.flatMap((subnet) =>
      subnetAclChains(subnet.id, formatPrefix(subnet.prefix), subnetMark(vpc, subnet.id), vpc.networkAcls),
    ),
    ...vpc.securityGroups.flatMap(groupChains),
    ...vpc.interfaces.flatMap(eniChains),
    `  chain no_state { type filter hook prerouting priority raw; policy accept; iifname ${quoted(serviceWire)} notrack ; }`,
    '  chain forward {',
    '    type filter hook forward priority filter; policy drop;',
    `    iifname . ip saddr != @bound iifname != @unchecked iifname != { ${quoted(gatewayWire)}, ${quoted(serviceWire)} } counter drop comment "source/destination check"`,
    `    iifname ${quoted(serviceWire)} accept`,
    `    oifname ${quoted(serviceWire)} accept`,
    // Nothing would end a packet's going round: neither the router nor the gateway is a hop.
    ...vpc.interfaces
      .filter((eni) => natGatewayOfEni(vpc, eni) !== undefined)
      .map((eni) => quoted(wireName(eni.id)))
      .map((wire) => `    iifname ${wire} oifname ${wire} counter drop comment "back to the NAT gateway"`),
    vmap('iifname', vpc.interfaces, (eni) => subnetChain(eni.subnet, 'out')),
    vmap('oifname', vpc.interfaces, (eni) => subnetChain(eni.subnet, 'in')),
    '    ct state established,related accept',
    vmap('iifname', vpc.interfaces, (eni) => eniChain(eni, 'out')),
    vmap('oifname', vpc.interfaces, (eni) => eniChain(eni, 'in')),
    '    accept',
    '  }',
    '  chain input {',
    '    type filter hook input priority filter; policy drop;',
    '  }',
    '  chain output {',
    '    type filter hook output priority filter; policy drop;',
    '    icmp type destination-unreachable icmp code frag-needed accept comment "path MTU discovery"',
    '  }',
    '}',
  ]
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

const vmap = (key: 'iifname' | 'oifname', enis: readonly Eni[], chain: (eni: Eni) => string): string =>
  enis.length === 0
    ? ''
    : `    ${key} vmap { ${enis.map((eni) => `${quoted(wireName(eni.id))} : jump ${chain(eni)}`).join(', ')} }`

const subnetChain = (id: string, way: 'in' | 'out'): string => `acl_${way}_${setName(id)}`
const eniChain = (eni: Eni, way: 'in' | 'out'): string => `sg_${way}_${wireName(eni.id)}`

/**
 * What a rule that names a group means: the addresses of the ENIs that carry it, and the prefixes delegated to them. Two sets,
 * because one of intervals takes nft many times as long to load, and every ENI that comes loads them anew.
 */
function memberSets(group: SecurityGroup, enis: readonly Eni[]): readonly string[] {
  const members = enis.filter((eni) => eni.securityGroups.includes(group.id))
  const addresses = members.flatMap((eni) => eni.addresses.map((one) => formatIp(one.address)))
  const prefixes = members.flatMap((eni) => eni.prefixes.map(formatPrefix))
  const name = setName(group.id)
  return [
    `  set members_${name} { type ipv4_addr;${list([...new Set(addresses)])} ; }`,
    `  set delegated_${name} { type ipv4_addr; flags interval;${list([...new Set(prefixes)])} ; }`,
  ]
}

function protocolMatch(
  protocol: number | null,
  ports: { readonly from: number; readonly to: number } | null,
): string {
  if (protocol === null) return ''
  if ((protocol === 6 || protocol === 17) && ports)
    return `${protocol === 6 ? 'tcp' : 'udp'} dport ${ports.from}-${ports.to} `
  if (protocol === 1 && ports && ports.from >= 0)
    return `icmp type ${ports.from} ${ports.to >= 0 ? `icmp code ${ports.to} ` : ''}`
  return `ip protocol ${protocol} `
}

function aclChains(acl: NetworkAcl): string[] {
  const chain = (way: 'in' | 'out', direction: 'ingress' | 'egress'): string[] => [
    `  chain ${setName(acl.id)}_${way} {`,
    ...[...acl.entries]
      .filter((entry) => entry.direction === direction)
      .sort((a, b) => a.number - b.number)
      .map(
        (entry) =>
          `    ${aclMatch(entry, way)}counter ${entry.action === 'allow' ? 'return' : 'drop'} comment ${quoted(entry.line)}`,
      ),
    '    counter drop',
    '  }',
  ]
  return [...chain('in', 'ingress'), ...chain('out', 'egress')]
}

const aclMatch = (entry: NetworkAclEntry, way: 'in' | 'out'): string =>
  `ip ${way === 'in' ? 'saddr' : 'daddr'} ${formatPrefix(entry.prefix)} ${protocolMatch(entry.protocol, entry.ports)}`

/** Traffic that stays in the subnet does not meet the ACL; the rest meets the subnet's own. */
function subnetAclChains(id: string, prefix: string, mark: number, acls: readonly NetworkAcl[]): string[] {
  const acl = acls.find((one) => one.subnets.includes(id)) ?? acls.find((one) => one.default)
  return (['in', 'out'] as const).flatMap((way) => [
    `  chain ${subnetChain(id, way)} {`,
    // Arriving from the own subnet means: from an ENI in it, whatever source the packet claims.
    way === 'in' ? `    meta mark ${mark} return` : `    ip daddr ${prefix} return`,
    acl ? `    jump ${setName(acl.id)}_${way}` : '    drop',
    '  }',
  ])
}

/** A group's rules mark what they allow with a return to the ENI's chain through `goto`-free accept bits. */
function groupChains(group: SecurityGroup): string[] {
  const chain = (way: 'in' | 'out', direction: 'ingress' | 'egress'): string[] => [
    `  chain ${setName(group.id)}_${way} {`,
    ...group.rules.filter((rule) => rule.direction === direction).flatMap((rule) => groupRule(rule, way)),
    '  }',
  ]
  return [...chain('in', 'ingress'), ...chain('out', 'egress')]
}

/** Bit 31 of the mark says: some group of this ENI allows it. The subnet's number sits in the low bits. */
const allowed = '0x80000000'

function groupRule(rule: SecurityGroupRule, way: 'in' | 'out'): string[] {
  const field = way === 'in' ? 'saddr' : 'daddr'
  const match = protocolMatch(rule.protocol, rule.ports)
  const peers = peersOf(rule.peer).map((peer) => `ip ${field} ${peer} `)
  return peers.map(
    (peer) =>
      `    ${peer}${match}counter meta mark set meta mark or ${allowed} return comment ${quoted(rule.line)}`,
  )
}

/** Addresses as nft takes them: prefixes, or sets. */
function peersOf(peer: SecurityGroupRule['peer']): readonly string[] {
  switch (peer.kind) {
    case 'prefix':
      return [formatPrefix(peer.prefix)]
    case 'group':
      return [`@members_${setName(peer.id)}`, `@delegated_${setName(peer.id)}`]
    case 'prefix-list':
      return (peer.prefixes ?? []).map(formatPrefix)
  }
}

function eniChains(eni: Eni): string[] {
  return (['in', 'out'] as const).flatMap((way) => [
    `  chain ${eniChain(eni, way)} {`,
    '    meta mark set meta mark and 0x7fffffff',
    ...eni.securityGroups.map((group) => `    jump ${setName(group)}_${way}`),
    // That of a NAT gateway has no group, and nothing is filtered there.
    eni.securityGroups.length === 0
      ? ''
      : `    meta mark and ${allowed} == 0 counter drop comment ${quoted(`${eni.id}: no security group allows it`)}`,
    '  }',
  ])
}
