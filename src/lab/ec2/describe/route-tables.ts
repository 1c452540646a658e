import { formatPrefix, prefixFamily } from '../../../model/address/prefix.ts'
import type { Vpc, VpcRoute, VpcRouteTable, VpcRouteTarget } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { derivedId } from '../derived.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'
import type { Xml } from '../xml.ts'

/** One route as EC2 lists it: the entries of a prefix list are one route again. */
interface ListedRoute {
  readonly destination: { readonly [element: string]: string }
  readonly target: VpcRouteTarget
  readonly state: string
  readonly origin: string
}

const originOf = (route: VpcRoute): string =>
  route.target.kind === 'local'
    ? 'CreateRouteTable'
    : route.propagated === true
      ? 'EnableVgwRoutePropagation'
      : route.advertised === true
        ? 'Advertisement'
        : 'CreateRoute'

/** EC2 prints local routes first, then the more specific before the less. */
export function listedRoutes(table: VpcRouteTable): readonly ListedRoute[] {
  const listed: ListedRoute[] = []
  const lists = new Set<string>()
  for (const route of table.routes) {
    const { target, state, prefixList } = route
    if (prefixList !== undefined) {
      if (lists.has(prefixList)) continue
      lists.add(prefixList)
      listed.push({
        destination: { destinationPrefixListId: prefixList },
        target,
        state,
        origin: 'CreateRoute',
      })
      continue
    }
    const element =
      prefixFamily(route.destination) === 4 ? 'destinationCidrBlock' : 'destinationIpv6CidrBlock'
    const destination = { [element]: formatPrefix(route.destination) }
    listed.push({ destination, target, state, origin: originOf(route) })
  }
  // The lab's own routes are all known; its prefix lists alone may have no entries.
  for (const { prefixList, target, state } of table.unresolved ?? [])
    if (prefixList !== null && target !== null && state !== null)
      listed.push({
        destination: { destinationPrefixListId: prefixList },
        target,
        state,
        origin: 'CreateRoute',
      })
  return listed
}

export function targetXml(target: VpcRouteTarget, vpc: Vpc, account: string): Readonly<Record<string, Xml>> {
  switch (target.kind) {
    case 'local':
      return { gatewayId: 'local' }
    case 'internet-gateway':
    case 'vpc-endpoint':
    case 'other':
      return { gatewayId: target.id }
    case 'egress-only-internet-gateway':
      return { egressOnlyInternetGatewayId: target.id }
    case 'nat-gateway':
      return { natGatewayId: target.id }
    case 'peering':
      return { vpcPeeringConnectionId: target.id }
    case 'transit-gateway':
      return { transitGatewayId: target.id }
    case 'interface': {
      const instance = vpc.interfaces.find((eni) => eni.id === target.id)?.attachment?.instance
      return {
        networkInterfaceId: target.id,
        ...(instance === undefined ? {} : { instanceId: instance, instanceOwnerId: account }),
      }
    }
  }
}

function associations(table: VpcRouteTable): readonly Readonly<Record<string, Xml>>[] {
  const one = (of: Readonly<Record<string, Xml>>, key: string): Readonly<Record<string, Xml>> => ({
    routeTableAssociationId: derivedId('rtbassoc', table.id, key),
    routeTableId: table.id,
    ...of,
    associationState: { state: 'associated' },
  })
  return [
    ...(table.main ? [one({ main: true }, 'main')] : []),
    ...table.subnets.map((subnetId) => one({ subnetId, main: false }, subnetId)),
    ...(table.gateways ?? []).map((gatewayId) => one({ gatewayId, main: false }, gatewayId)),
  ]
}

const field = (table: VpcRouteTable, view: CloudView, name: string): readonly string[] =>
  listedRoutes(table).flatMap((route) => {
    const value = { ...route.destination, ...targetXml(route.target, view.vpc, view.account) }[name]
    return typeof value === 'string' ? [value] : []
  })

export const describeRouteTables: Describe<VpcRouteTable> = {
  action: 'DescribeRouteTables',
  element: 'routeTableSet',
  list: (view) => view.vpc.routeTables,
  ids: [
    {
      parameter: 'RouteTableId',
      of: (table) => table.id,
      prefix: 'rtb-',
      malformed: 'InvalidRouteTableId.Malformed',
      notFound: 'InvalidRouteTableID.NotFound',
      message: (id) => `The routeTable ID '${id}' does not exist`,
    },
  ],
  filters: {
    'route-table-id': (t) => [t.id],
    'vpc-id': (_, view) => [view.vpc.id],
    'owner-id': (_, view) => [view.account],
    'association.main': (t) => associations(t).map((a) => a['main'] === true),
    'association.subnet-id': (t) => t.subnets,
    'association.gateway-id': (t) => t.gateways ?? [],
    'association.route-table-id': (t) => (associations(t).length > 0 ? [t.id] : []),
    'association.route-table-association-id': (t) =>
      associations(t).map((a) => String(a['routeTableAssociationId'])),
    'route.destination-cidr-block': (t, view) => field(t, view, 'destinationCidrBlock'),
    'route.destination-ipv6-cidr-block': (t, view) => field(t, view, 'destinationIpv6CidrBlock'),
    'route.destination-prefix-list-id': (t, view) => field(t, view, 'destinationPrefixListId'),
    'route.gateway-id': (t, view) => field(t, view, 'gatewayId'),
    'route.nat-gateway-id': (t, view) => field(t, view, 'natGatewayId'),
    'route.instance-id': (t, view) => field(t, view, 'instanceId'),
    'route.transit-gateway-id': (t, view) => field(t, view, 'transitGatewayId'),
    'route.vpc-peering-connection-id': (t, view) => field(t, view, 'vpcPeeringConnectionId'),
    'route.egress-only-internet-gateway-id': (t, view) => field(t, view, 'egressOnlyInternetGatewayId'),
    'route.origin': (t) => listedRoutes(t).map((r) => r.origin),
    'route.state': (t) => listedRoutes(t).map((r) => r.state),
  },
  tags: (t, view) => tagsOf(view, t.id),
  paged: true,
  render: (table, view) => ({
    routeTableId: table.id,
    vpcId: view.vpc.id,
    ownerId: view.account,
    routeSet: listedRoutes(table).map((route) => ({
      ...route.destination,
      ...targetXml(route.target, view.vpc, view.account),
      state: route.state,
      origin: route.origin,
    })),
    associationSet: associations(table),
    propagatingVgwSet: [],
    tagSet: tagSet(tagsOf(view, table.id)),
  }),
}
