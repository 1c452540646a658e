import { formatPrefix } from '../../../model/address/prefix.ts'
import type { Subnet } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { derivedId, freeAddresses, zoneId } from '../derived.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'

const arnOf = (subnet: Subnet, view: CloudView): string =>
  `arn:aws:ec2:${view.vpc.region}:${view.account}:subnet/${subnet.id}`

export const describeSubnets: Describe<Subnet> = {
  action: 'DescribeSubnets',
  element: 'subnetSet',
  list: (view) => view.vpc.subnets,
  ids: [
    {
      parameter: 'SubnetId',
      of: (subnet) => subnet.id,
      prefix: 'subnet-',
      malformed: 'InvalidSubnetId.Malformed',
      notFound: 'InvalidSubnetID.NotFound',
      message: (id) => `The subnet ID '${id}' does not exist`,
    },
  ],
  filters: {
    'subnet-id': (subnet) => [subnet.id],
    'subnet-arn': (subnet, view) => [arnOf(subnet, view)],
    'vpc-id': (_, view) => [view.vpc.id],
    state: () => ['available'],
    cidr: (subnet) => [formatPrefix(subnet.prefix)],
    'cidr-block': (subnet) => [formatPrefix(subnet.prefix)],
    cidrBlock: (subnet) => [formatPrefix(subnet.prefix)],
    'availability-zone': (subnet) => [subnet.zone],
    availabilityZone: (subnet) => [subnet.zone],
    'availability-zone-id': (subnet) => [zoneId(subnet.zone)],
    'available-ip-address-count': (subnet, view) => [freeAddresses(view.vpc, subnet.id)],
    'map-public-ip-on-launch': (subnet) => [subnet.mapPublicIp],
    'default-for-az': () => [false],
    defaultForAz: () => [false],
    'owner-id': (_, view) => [view.account],
  },
  tags: (subnet, view) => tagsOf(view, subnet.id),
  paged: true,
  render: (subnet, view) => ({
    subnetId: subnet.id,
    subnetArn: arnOf(subnet, view),
    state: 'available',
    ownerId: view.account,
    vpcId: view.vpc.id,
    cidrBlock: formatPrefix(subnet.prefix),
    ipv6CidrBlockAssociationSet: (subnet.ipv6Prefixes ?? []).map(formatPrefix).map((ipv6CidrBlock) => ({
      ipv6CidrBlock,
      associationId: derivedId('subnet-cidr-assoc', subnet.id, ipv6CidrBlock),
      ipv6CidrBlockState: { state: 'associated' },
    })),
    availableIpAddressCount: freeAddresses(view.vpc, subnet.id),
    availabilityZone: subnet.zone,
    availabilityZoneId: zoneId(subnet.zone),
    defaultForAz: false,
    mapPublicIpOnLaunch: subnet.mapPublicIp,
    mapCustomerOwnedIpOnLaunch: false,
    assignIpv6AddressOnCreation: false,
    enableDns64: false,
    ipv6Native: false,
    privateDnsNameOptionsOnLaunch: {
      hostnameType: 'ip-name',
      enableResourceNameDnsARecord: false,
      enableResourceNameDnsAAAARecord: false,
    },
    tagSet: tagSet(tagsOf(view, subnet.id)),
  }),
}
