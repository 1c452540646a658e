import * as z from 'zod'
import type {
  PrefixList,
  UnresolvedVpcRoute,
  VpcRoute,
  VpcRouteTable,
  VpcRouteTarget,
} from '../model/vpc/vpc.ts'
import { routeLine, unresolvedRouteLine } from './line.ts'
import { cidr, id, readItems, text, type Reading } from './reading.ts'
import type { InVpc } from './subnets.ts'

const route = z.object({
  DestinationCidrBlock: cidr.optional(),
  DestinationIpv6CidrBlock: cidr.optional(),
  DestinationPrefixListId: id.optional(),
  GatewayId: id.optional(),
  NatGatewayId: id.optional(),
  NetworkInterfaceId: id.optional(),
  InstanceId: id.optional(),
  TransitGatewayId: id.optional(),
  VpcPeeringConnectionId: id.optional(),
  EgressOnlyInternetGatewayId: id.optional(),
  LocalGatewayId: id.optional(),
  CarrierGatewayId: id.optional(),
  CoreNetworkArn: text.optional(),
  Origin: z.string().default(''),
  State: z.enum(['active', 'blackhole']).default('active'),
})
type RawRoute = z.infer<typeof route>

const table = z.object({
  RouteTableId: id,
  VpcId: id,
  Associations: z
    .array(
      z.object({
        RouteTableAssociationId: id.optional(),
        Main: z.boolean().default(false),
        SubnetId: id.optional(),
        GatewayId: id.optional(),
        AssociationState: z.object({ State: z.string() }).optional(),
      }),
    )
    .default([]),
  Routes: z.array(route).default([]),
})

/** EC2 names the kind of a gateway by the id's prefix alone: `local`, `igw-`, `vgw-`, `vpce-`. */
function gatewayTarget(gateway: string): VpcRouteTarget {
  if (gateway === 'local') return { kind: 'local' }
  if (gateway.startsWith('igw-')) return { kind: 'internet-gateway', id: gateway }
  if (gateway.startsWith('vpce-')) return { kind: 'vpc-endpoint', id: gateway }
  return { kind: 'other', id: gateway }
}

function targetOf(r: RawRoute): VpcRouteTarget {
  if (r.NatGatewayId !== undefined) return { kind: 'nat-gateway', id: r.NatGatewayId }
  if (r.TransitGatewayId !== undefined) return { kind: 'transit-gateway', id: r.TransitGatewayId }
  if (r.VpcPeeringConnectionId !== undefined) return { kind: 'peering', id: r.VpcPeeringConnectionId }
  if (r.EgressOnlyInternetGatewayId !== undefined)
    return { kind: 'egress-only-internet-gateway', id: r.EgressOnlyInternetGatewayId }
  if (r.NetworkInterfaceId !== undefined) return { kind: 'interface', id: r.NetworkInterfaceId }
  if (r.GatewayId !== undefined) return gatewayTarget(r.GatewayId)
  const other = r.LocalGatewayId ?? r.CarrierGatewayId ?? r.CoreNetworkArn ?? r.InstanceId ?? 'no target'
  return { kind: 'other', id: other }
}

function routesOf(
  tableId: string,
  r: RawRoute,
  lists: ReadonlyMap<string, PrefixList>,
): { readonly routes: readonly VpcRoute[]; readonly unresolved: readonly UnresolvedVpcRoute[] } {
  const target = targetOf(r)
  const propagated = r.Origin === 'EnableVgwRoutePropagation' ? { propagated: true } : {}
  const withLine = (made: Omit<VpcRoute, 'line'>): VpcRoute => ({ ...made, line: routeLine(tableId, made) })
  const listId = r.DestinationPrefixListId
  if (listId !== undefined) {
    const list = lists.get(listId)
    if (list === undefined) {
      const line = unresolvedRouteLine(tableId, listId, target, r.State)
      return { routes: [], unresolved: [{ prefixList: listId, target, state: r.State, line }] }
    }
    const routes = list.prefixes.map((destination) =>
      withLine({ destination, target, state: r.State, prefixList: listId }),
    )
    return { routes, unresolved: [] }
  }
  const destination = r.DestinationCidrBlock ?? r.DestinationIpv6CidrBlock
  if (destination === undefined) return { routes: [], unresolved: [] }
  return { routes: [withLine({ destination, target, state: r.State, ...propagated })], unresolved: [] }
}

/**
 * `aws ec2 describe-route-tables`. Routes to a managed prefix list become one route for each entry of the lists given;
 * a list that is not given stays as an unresolved route, which makes lookups `unknown` where it could matter.
 */
export function readRouteTables(
  json: unknown,
  prefixLists: readonly PrefixList[],
): Reading<readonly InVpc<VpcRouteTable>[]> {
  const lists = new Map(prefixLists.map((list) => [list.id, list]))
  const { seen, gaps } = readItems('ec2/route-tables.json', json, 'RouteTables', table)
  return {
    gaps,
    seen: seen.map((t) => {
      const read = t.Routes.map((r) => routesOf(t.RouteTableId, r, lists))
      const unresolved = read.flatMap((r) => r.unresolved)
      const live = t.Associations.filter(
        (a) => a.AssociationState === undefined || a.AssociationState.State === 'associated',
      )
      const gateways = live.flatMap((a) => (a.GatewayId === undefined ? [] : [a.GatewayId]))
      const associations = live.flatMap((a) =>
        a.RouteTableAssociationId === undefined || a.GatewayId !== undefined
          ? []
          : [[a.RouteTableAssociationId, a.SubnetId ?? null] as const],
      )
      return {
        vpc: t.VpcId,
        value: {
          id: t.RouteTableId,
          main: live.some((a) => a.Main),
          subnets: live.flatMap((a) => (a.SubnetId === undefined ? [] : [a.SubnetId])),
          ...(gateways.length === 0 ? {} : { gateways }),
          ...(associations.length === 0 ? {} : { associations: Object.fromEntries(associations) }),
          routes: read.flatMap((r) => r.routes),
          ...(unresolved.length === 0 ? {} : { unresolved }),
        },
      }
    }),
  }
}
