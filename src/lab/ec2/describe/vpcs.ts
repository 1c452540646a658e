import { formatPrefix, prefixFamily } from '../../../model/address/prefix.ts'
import type { Vpc } from '../../../model/vpc/vpc.ts'
import { derivedId } from '../derived.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'

const ranges = (vpc: Vpc, family: 4 | 6): readonly string[] =>
  vpc.prefixes.filter((p) => prefixFamily(p) === family).map(formatPrefix)

export const describeVpcs: Describe<Vpc> = {
  action: 'DescribeVpcs',
  element: 'vpcSet',
  list: (view) => [view.vpc],
  ids: [
    {
      parameter: 'VpcId',
      of: (vpc) => vpc.id,
      prefix: 'vpc-',
      malformed: 'InvalidVpcID.Malformed',
      notFound: 'InvalidVpcID.NotFound',
      message: (id) => `The vpc ID '${id}' does not exist`,
    },
  ],
  filters: {
    'vpc-id': (vpc) => [vpc.id],
    state: () => ['available'],
    cidr: (vpc) => ranges(vpc, 4).slice(0, 1),
    'cidr-block-association.cidr-block': (vpc) => ranges(vpc, 4),
    'cidr-block-association.state': () => ['associated'],
    'ipv6-cidr-block-association.ipv6-cidr-block': (vpc) => ranges(vpc, 6),
    'dhcp-options-id': (vpc) => [derivedId('dopt', vpc.id)],
    'owner-id': (_, view) => [view.account],
    'is-default': () => [false],
    isDefault: () => [false],
  },
  tags: (vpc, view) => tagsOf(view, vpc.id),
  paged: true,
  render: (vpc, view) => ({
    vpcId: vpc.id,
    ownerId: view.account,
    state: 'available',
    cidrBlock: ranges(vpc, 4)[0],
    cidrBlockAssociationSet: ranges(vpc, 4).map((cidrBlock) => ({
      cidrBlock,
      associationId: derivedId('vpc-cidr-assoc', vpc.id, cidrBlock),
      cidrBlockState: { state: 'associated' },
    })),
    ipv6CidrBlockAssociationSet:
      ranges(vpc, 6).length === 0
        ? undefined
        : ranges(vpc, 6).map((ipv6CidrBlock) => ({
            ipv6CidrBlock,
            associationId: derivedId('vpc-cidr-assoc', vpc.id, ipv6CidrBlock),
            ipv6CidrBlockState: { state: 'associated' },
          })),
    dhcpOptionsId: derivedId('dopt', vpc.id),
    tagSet: tagSet(tagsOf(view, vpc.id)),
    instanceTenancy: 'default',
    isDefault: false,
  }),
}
