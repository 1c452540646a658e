import { formatPrefix, prefixFamily } from '../../../model/address/prefix.ts'
import type { NetworkAcl, NetworkAclEntry } from '../../../model/vpc/vpc.ts'
import { derivedId } from '../derived.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'
import type { Xml } from '../xml.ts'

function entryXml(entry: NetworkAclEntry): Xml {
  const { protocol, ports } = entry
  const icmp = protocol === 1 || protocol === 58
  const ranged = protocol === 6 || protocol === 17
  return {
    ruleNumber: entry.number,
    protocol: protocol === null ? '-1' : String(protocol),
    ruleAction: entry.action,
    egress: entry.direction === 'egress',
    [prefixFamily(entry.prefix) === 4 ? 'cidrBlock' : 'ipv6CidrBlock']: formatPrefix(entry.prefix),
    icmpTypeCode: icmp ? { type: ports?.from ?? -1, code: ports?.to ?? -1 } : undefined,
    portRange: ranged ? (ports ?? { from: 0, to: 65535 }) : undefined,
  }
}

const entries =
  <T>(of: (entry: NetworkAclEntry) => T) =>
  (acl: NetworkAcl): readonly T[] =>
    acl.entries.map(of)

const associationId = (acl: NetworkAcl, subnet: string): string => derivedId('aclassoc', acl.id, subnet)

export const describeNetworkAcls: Describe<NetworkAcl> = {
  action: 'DescribeNetworkAcls',
  element: 'networkAclSet',
  list: (view) => view.vpc.networkAcls,
  ids: [
    {
      parameter: 'NetworkAclId',
      of: (acl) => acl.id,
      prefix: 'acl-',
      malformed: 'InvalidNetworkAclId.Malformed',
      notFound: 'InvalidNetworkAclID.NotFound',
      message: (id) => `The networkAcl ID '${id}' does not exist`,
    },
  ],
  filters: {
    'network-acl-id': (acl) => [acl.id],
    'vpc-id': (_, view) => [view.vpc.id],
    'owner-id': (_, view) => [view.account],
    default: (acl) => [acl.default],
    'association.subnet-id': (acl) => acl.subnets,
    'association.network-acl-id': (acl) => (acl.subnets.length > 0 ? [acl.id] : []),
    'association.association-id': (acl) => acl.subnets.map((subnet) => associationId(acl, subnet)),
    'entry.cidr': entries((e) => formatPrefix(e.prefix)),
    'entry.egress': entries((e) => e.direction === 'egress'),
    'entry.protocol': entries((e) => (e.protocol === null ? '-1' : String(e.protocol))),
    'entry.rule-action': entries((e) => e.action),
    'entry.rule-number': entries((e) => e.number),
    'entry.port-range.from': entries((e) =>
      e.protocol === 6 || e.protocol === 17 ? e.ports?.from : undefined,
    ),
    'entry.port-range.to': entries((e) => (e.protocol === 6 || e.protocol === 17 ? e.ports?.to : undefined)),
    'entry.icmp.type': entries((e) => (e.protocol === 1 ? (e.ports?.from ?? -1) : undefined)),
    'entry.icmp.code': entries((e) => (e.protocol === 1 ? (e.ports?.to ?? -1) : undefined)),
  },
  tags: (acl, view) => tagsOf(view, acl.id),
  paged: true,
  render: (acl, view) => ({
    networkAclId: acl.id,
    vpcId: view.vpc.id,
    ownerId: view.account,
    default: acl.default,
    entrySet: acl.entries.map(entryXml),
    associationSet: acl.subnets.map((subnetId) => ({
      networkAclAssociationId: associationId(acl, subnetId),
      networkAclId: acl.id,
      subnetId,
    })),
    tagSet: tagSet(tagsOf(view, acl.id)),
  }),
}
