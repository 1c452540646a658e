import { routeLine } from '../../../aws/line.ts'
import { formatPrefix, networkOf, type Prefix } from '../../../model/address/prefix.ts'
import type { Vpc, VpcRoute, VpcRouteTable, VpcRouteTarget } from '../../../model/vpc/vpc.ts'
import type { Edited } from '../cloud-view.ts'
import { fault, isFault, type AwsFault } from '../fault.ts'

/** EC2 keeps the network address: `100.68.0.18/18` becomes `100.68.0.0/18` (API reference, CreateRoute). */
const normal = (destination: Prefix): Prefix => ({
  address: networkOf(destination),
  length: destination.length,
})

const same = (a: Prefix, b: Prefix): boolean => a.length === b.length && networkOf(a) === networkOf(b)

const find = (vpc: Vpc, tableId: string): VpcRouteTable | AwsFault =>
  vpc.routeTables.find((table) => table.id === tableId) ??
  fault('InvalidRouteTableID.NotFound', `The routeTable ID '${tableId}' does not exist`)

/** Is there such a thing to route to? Null: yes. */
export function targetFault(vpc: Vpc, target: VpcRouteTarget): AwsFault | null {
  switch (target.kind) {
    case 'local':
      return fault('InvalidParameterValue', 'The local gateway cannot be specified for this route.')
    case 'internet-gateway':
      return vpc.internetGateways.includes(target.id)
        ? null
        : fault('InvalidGatewayID.NotFound', `The gateway ID '${target.id}' does not exist`)
    case 'nat-gateway':
      return vpc.natGateways.some((gateway) => gateway.id === target.id)
        ? null
        : fault('InvalidNatGatewayID.NotFound', `The natGateway ID '${target.id}' does not exist`)
    case 'interface':
      return vpc.interfaces.some((eni) => eni.id === target.id)
        ? null
        : fault('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${target.id}' does not exist`)
    case 'peering':
      return (vpc.peerings ?? []).some((peering) => peering.id === target.id)
        ? null
        : fault(
            'InvalidVpcPeeringConnectionID.NotFound',
            `The vpcPeeringConnection ID '${target.id}' does not exist`,
          )
    case 'vpc-endpoint':
      return (vpc.endpoints ?? []).some((endpoint) => endpoint.id === target.id)
        ? null
        : fault('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${target.id}' does not exist`)
    case 'transit-gateway':
    case 'egress-only-internet-gateway':
    case 'other':
      // The lab has none of these, and its router could not carry a packet there.
      return fault('InvalidGatewayID.NotFound', `The gateway ID '${target.id}' does not exist`)
  }
}

/** A route to an ENI that no instance holds, or to a NAT gateway that is gone, carries nothing. */
function stateOf(vpc: Vpc, target: VpcRouteTarget): VpcRoute['state'] {
  if (target.kind === 'interface')
    return vpc.interfaces.find((eni) => eni.id === target.id)?.attachment ? 'active' : 'blackhole'
  if (target.kind === 'nat-gateway') {
    const state = vpc.natGateways.find((gateway) => gateway.id === target.id)?.state ?? 'available'
    return state === 'available' || state === 'pending' ? 'active' : 'blackhole'
  }
  return 'active'
}

const withRoutes = (vpc: Vpc, table: VpcRouteTable, routes: readonly VpcRoute[]): Edited<null> => ({
  vpc: {
    ...vpc,
    routeTables: vpc.routeTables.map((each) => (each.id === table.id ? { ...table, routes } : each)),
  },
  made: null,
})

function make(vpc: Vpc, tableId: string, destination: Prefix, target: VpcRouteTarget): VpcRoute {
  const route = { destination: normal(destination), target, state: stateOf(vpc, target) }
  return { ...route, line: routeLine(tableId, route) }
}

export function createRoute(
  vpc: Vpc,
  tableId: string,
  destination: Prefix,
  target: VpcRouteTarget,
): Edited<null> {
  const table = find(vpc, tableId)
  if (isFault(table)) return table
  const wrong = targetFault(vpc, target)
  if (wrong) return wrong
  if (table.routes.some((route) => same(route.destination, destination)))
    return fault(
      'RouteAlreadyExists',
      `The route identified by ${formatPrefix(normal(destination))} already exists.`,
    )
  return withRoutes(vpc, table, [...table.routes, make(vpc, tableId, destination, target)])
}

export function replaceRoute(
  vpc: Vpc,
  tableId: string,
  destination: Prefix,
  target: VpcRouteTarget,
): Edited<null> {
  const table = find(vpc, tableId)
  if (isFault(table)) return table
  const wrong = targetFault(vpc, target)
  if (wrong) return wrong
  const old = table.routes.find((route) => same(route.destination, destination))
  if (old === undefined)
    return fault(
      'InvalidParameterValue',
      `There is no route defined for '${formatPrefix(normal(destination))}' in the route table. Use CreateRoute instead.`,
    )
  if (old.target.kind === 'local')
    return fault(
      'InvalidParameterValue',
      `The local route ${formatPrefix(old.destination)} cannot be replaced in this lab`,
    )
  const made = make(vpc, tableId, destination, target)
  return withRoutes(
    vpc,
    table,
    table.routes.map((route) => (route === old ? made : route)),
  )
}

export function deleteRoute(vpc: Vpc, tableId: string, destination: Prefix): Edited<null> {
  const table = find(vpc, tableId)
  if (isFault(table)) return table
  const text = formatPrefix(normal(destination))
  const old = table.routes.find((route) => same(route.destination, destination))
  if (old === undefined)
    return fault(
      'InvalidRoute.NotFound',
      `no route with destination-cidr-block ${text} in route table ${tableId}`,
    )
  if (old.target.kind === 'local')
    return fault('InvalidParameterValue', `cannot remove local route ${text} in route table ${tableId}`)
  return withRoutes(
    vpc,
    table,
    table.routes.filter((route) => route !== old),
  )
}
