import { formatIp } from '../../../model/address/address.ts'
import { eniOfNatGateway } from '../../../model/vpc/nat-gateway-eni.ts'
import type { NatGateway } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { derivedId } from '../derived.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'
import type { Xml } from '../xml.ts'
import { primaryOf } from './network-interfaces.ts'

export const describeInternetGateways: Describe<string> = {
  action: 'DescribeInternetGateways',
  element: 'internetGatewaySet',
  list: (view) => view.vpc.internetGateways,
  ids: [
    {
      parameter: 'InternetGatewayId',
      of: (id) => id,
      prefix: 'igw-',
      malformed: 'InvalidInternetGatewayId.Malformed',
      notFound: 'InvalidInternetGatewayID.NotFound',
      message: (id) => `The internetGateway ID '${id}' does not exist`,
    },
  ],
  filters: {
    'internet-gateway-id': (id) => [id],
    'attachment.vpc-id': (_, view) => [view.vpc.id],
    'attachment.state': () => ['available'],
    'owner-id': (_, view) => [view.account],
  },
  tags: (id, view) => tagsOf(view, id),
  paged: true,
  render: (id, view) => ({
    internetGatewayId: id,
    ownerId: view.account,
    attachmentSet: [{ vpcId: view.vpc.id, state: 'available' }],
    tagSet: tagSet(tagsOf(view, id)),
  }),
}

/** The only thing that EC2 tells of an egress-only internet gateway is that it is there: routes name it. */
const egressOnlyGateways = (view: CloudView): readonly string[] => [
  ...new Set(
    view.vpc.routeTables.flatMap((table) =>
      table.routes.flatMap((r) => (r.target.kind === 'egress-only-internet-gateway' ? [r.target.id] : [])),
    ),
  ),
]

export const describeEgressOnlyInternetGateways: Describe<string> = {
  action: 'DescribeEgressOnlyInternetGateways',
  element: 'egressOnlyInternetGatewaySet',
  list: egressOnlyGateways,
  ids: [
    {
      parameter: 'EgressOnlyInternetGatewayId',
      of: (id) => id,
      prefix: 'eigw-',
      malformed: 'InvalidEgressOnlyInternetGatewayId.Malformed',
      notFound: 'InvalidGatewayID.NotFound',
      message: (id) => `The gateway ID '${id}' does not exist`,
    },
  ],
  filters: {},
  tags: (id, view) => tagsOf(view, id),
  paged: true,
  render: (id, view) => ({
    egressOnlyInternetGatewayId: id,
    attachmentSet: [{ vpcId: view.vpc.id, state: 'attached' }],
    tagSet: tagSet(tagsOf(view, id)),
  }),
}

/** A NAT gateway's address is that of an ENI that EC2 manages. */
function natAddress(gateway: NatGateway, view: CloudView): Xml {
  const eni = eniOfNatGateway(view.vpc, gateway)
  const elastic = (eni && primaryOf(eni)?.associationId) ?? undefined
  return {
    allocationId: elastic && derivedId('eipalloc', elastic),
    associationId: elastic,
    networkInterfaceId: eni?.id,
    privateIp: formatIp(gateway.privateAddress),
    publicIp: gateway.publicAddress === null ? undefined : formatIp(gateway.publicAddress),
    isPrimary: true,
    status: 'succeeded',
  }
}

export const describeNatGateways: Describe<NatGateway> = {
  action: 'DescribeNatGateways',
  element: 'natGatewaySet',
  list: (view) => view.vpc.natGateways,
  ids: [
    {
      parameter: 'NatGatewayId',
      of: (gateway) => gateway.id,
      prefix: 'nat-',
      malformed: 'NatGatewayMalformed',
      notFound: 'NatGatewayNotFound',
      message: (id) => `NAT gateway ${id} was not found`,
    },
  ],
  filters: {
    'nat-gateway-id': (g) => [g.id],
    'subnet-id': (g) => [g.subnet],
    'vpc-id': (_, view) => [view.vpc.id],
    state: (g) => [g.state ?? 'available'],
  },
  tags: (g, view) => tagsOf(view, g.id),
  paged: true,
  render: (gateway, view) => ({
    natGatewayId: gateway.id,
    subnetId: gateway.subnet,
    vpcId: view.vpc.id,
    state: gateway.state ?? 'available',
    connectivityType: gateway.connectivity ?? 'public',
    natGatewayAddressSet: [natAddress(gateway, view)],
    tagSet: tagSet(tagsOf(view, gateway.id)),
  }),
}
