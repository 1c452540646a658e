import { formatPrefix, prefixFamily, type Prefix } from '../../../model/address/prefix.ts'
import type { VpcEndpoint, VpcPeering } from '../../../model/vpc/vpc.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'
import type { Xml } from '../xml.ts'

const rangesXml = (prefixes: readonly Prefix[]): Readonly<Record<string, Xml>> => {
  const of = (family: 4 | 6) => prefixes.filter((p) => prefixFamily(p) === family).map(formatPrefix)
  return {
    cidrBlock: of(4)[0],
    cidrBlockSet: of(4).map((cidrBlock) => ({ cidrBlock })),
    ipv6CidrBlockSet: of(6).map((ipv6CidrBlock) => ({ ipv6CidrBlock })),
  }
}

/** The lab's VPC always stands on the requester's side. */
export const describeVpcPeeringConnections: Describe<VpcPeering> = {
  action: 'DescribeVpcPeeringConnections',
  element: 'vpcPeeringConnectionSet',
  list: (view) => view.vpc.peerings ?? [],
  ids: [
    {
      parameter: 'VpcPeeringConnectionId',
      of: (peering) => peering.id,
      prefix: 'pcx-',
      malformed: 'InvalidVpcPeeringConnectionId.Malformed',
      notFound: 'InvalidVpcPeeringConnectionID.NotFound',
      message: (id) => `The vpcPeeringConnection ID '${id}' does not exist`,
    },
  ],
  filters: {
    'vpc-peering-connection-id': (p) => [p.id],
    'status-code': (p) => [p.status],
    'requester-vpc-info.vpc-id': (_, view) => [view.vpc.id],
    'requester-vpc-info.owner-id': (_, view) => [view.account],
    'accepter-vpc-info.vpc-id': (p) => [p.peerVpc],
    'accepter-vpc-info.cidr-block': (p) => (p.peerPrefixes ?? []).map(formatPrefix),
  },
  tags: (p, view) => tagsOf(view, p.id),
  paged: true,
  render: (peering, view) => ({
    vpcPeeringConnectionId: peering.id,
    requesterVpcInfo: {
      ownerId: view.account,
      vpcId: view.vpc.id,
      region: view.vpc.region,
      ...rangesXml(view.vpc.prefixes),
    },
    accepterVpcInfo: {
      ownerId: view.account,
      vpcId: peering.peerVpc,
      ...rangesXml(peering.peerPrefixes ?? []),
    },
    status: { code: peering.status },
    tagSet: tagSet(tagsOf(view, peering.id)),
  }),
}

export const describeVpcEndpoints: Describe<VpcEndpoint> = {
  action: 'DescribeVpcEndpoints',
  element: 'vpcEndpointSet',
  list: (view) => view.vpc.endpoints ?? [],
  ids: [
    {
      parameter: 'VpcEndpointId',
      of: (endpoint) => endpoint.id,
      prefix: 'vpce-',
      malformed: 'InvalidVpcEndpointId.Malformed',
      notFound: 'InvalidVpcEndpointId.NotFound',
      message: (id) => `The Vpc Endpoint Id '${id}' does not exist`,
    },
  ],
  filters: {
    'vpc-endpoint-id': (e) => [e.id],
    'vpc-endpoint-state': (e) => [e.state],
    'vpc-endpoint-type': (e) => [e.type],
    'service-name': (e) => [e.service],
    'vpc-id': (_, view) => [view.vpc.id],
  },
  tags: (e, view) => tagsOf(view, e.id),
  paged: true,
  render: (endpoint, view) => ({
    vpcEndpointId: endpoint.id,
    vpcEndpointType: endpoint.type,
    vpcId: view.vpc.id,
    serviceName: endpoint.service,
    state: endpoint.state,
    routeTableIdSet: view.vpc.routeTables
      .filter((table) =>
        [...table.routes, ...(table.unresolved ?? [])].some(
          ({ target }) => target?.kind === 'vpc-endpoint' && target.id === endpoint.id,
        ),
      )
      .map((table) => table.id),
    ownerId: view.account,
    tagSet: tagSet(tagsOf(view, endpoint.id)),
  }),
}
