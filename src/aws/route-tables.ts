import * as z from 'zod'
import type {
  PrefixList,
  UnresolvedVpcRoute,
  VpcRoute,
  VpcRouteTable,
  VpcRouteTarget,
} from '../model/vpc/vpc.ts'
import type { Gap } from '../model/result/result.ts'
import { routeLine, unresolvedRouteLine } from './line.ts'
import { cidr, firstIssue, id, readItems, text, type Reading } from './reading.ts'
import type { InVpc } from './subnets.ts'

const file = 'ec2/route-tables.json'

const destinations = z.object({
  DestinationCidrBlock: cidr.optional(),
  DestinationIpv6CidrBlock: cidr.optional(),
  DestinationPrefixListId: id.optional(),
})

const targets = z.object({
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
  OdbNetworkArn: text.optional(),
})

const state = z.object({ State: text })
const origin = z.object({ Origin: text.default('') })

const association = z.object({
  RouteTableAssociationId: id.optional(),
  Main: z.boolean().optional(),
  SubnetId: id.optional(),
  GatewayId: id.optional(),
  AssociationState: z.object({ State: text }).optional(),
})

const table = z.object({
  RouteTableId: id,
  VpcId: id,
  Associations: z.unknown(),
  Routes: z.unknown(),
})

/** EC2 names the kind of a gateway by the id's prefix alone: `local`, `igw-`, `vgw-`, `vpce-`. */
function gatewayTarget(gateway: string): VpcRouteTarget {
  if (gateway === 'local') return { kind: 'local' }
  if (gateway.startsWith('igw-')) return { kind: 'internet-gateway', id: gateway }
  if (gateway.startsWith('vpce-')) return { kind: 'vpc-endpoint', id: gateway }
  return { kind: 'other', id: gateway }
}

function targetOf(r: z.infer<typeof targets>): VpcRouteTarget | null {
  if (r.NatGatewayId !== undefined) return { kind: 'nat-gateway', id: r.NatGatewayId }
  if (r.TransitGatewayId !== undefined) return { kind: 'transit-gateway', id: r.TransitGatewayId }
  if (r.VpcPeeringConnectionId !== undefined) return { kind: 'peering', id: r.VpcPeeringConnectionId }
  if (r.EgressOnlyInternetGatewayId !== undefined)
    return { kind: 'egress-only-internet-gateway', id: r.EgressOnlyInternetGatewayId }
  if (r.NetworkInterfaceId !== undefined) return { kind: 'interface', id: r.NetworkInterfaceId }
  if (r.GatewayId !== undefined) return gatewayTarget(r.GatewayId)
  const other =
    r.LocalGatewayId ?? r.CarrierGatewayId ?? r.CoreNetworkArn ?? r.OdbNetworkArn ?? r.InstanceId ?? null
  return other === null ? null : { kind: 'other', id: other }
}

interface ReadRoutes {
  readonly routes: readonly VpcRoute[]
  readonly unresolved: readonly UnresolvedVpcRoute[]
  readonly gaps: readonly string[]
}

/** What nobody knows of a table whose list of routes is no list: any route may stand there. */
const anyRoute = (tableId: string, because: string): UnresolvedVpcRoute => {
  const unknown = { destination: null, prefixList: null, target: null, state: null }
  return { ...unknown, line: unresolvedRouteLine(tableId, unknown, '?'), because }
}

/** A route is a fact for itself: what cannot be read of one leaves the others as they are. */
function readRoute(tableId: string, raw: unknown, lists: ReadonlyMap<string, PrefixList>): ReadRoutes {
  const where = destinations.safeParse(raw)
  const whither = targets.safeParse(raw)
  const told = state.safeParse(raw)
  const from = origin.safeParse(raw)
  const target = whither.data === undefined ? null : targetOf(whither.data)
  const destination = where.data?.DestinationCidrBlock ?? where.data?.DestinationIpv6CidrBlock ?? null
  const prefixList = where.data?.DestinationPrefixListId ?? null
  const word = told.data?.State ?? '?'
  const known: VpcRoute['state'] | null = word === 'active' || word === 'blackhole' ? word : null
  const unresolved = (because: string, isGap: boolean): ReadRoutes => {
    const route = { destination, prefixList, target, state: known }
    const line = unresolvedRouteLine(tableId, route, word)
    return { routes: [], unresolved: [{ ...route, line, because }], gaps: isGap ? [because] : [] }
  }
  for (const part of [where, whither, told, from])
    if (part.error !== undefined) return unresolved(firstIssue(part.error), true)
  if (destination === null && prefixList === null) return unresolved('no destination that is known', true)
  if (target === null) return unresolved('no target that is known', true)
  // A route server's route may be `filtered`; what EC2 does with it is nowhere written.
  if (known === null) return unresolved(`whether a route in the state ${word} takes part is not known`, true)
  const learned = from.data?.Origin
  const made = (to: VpcRoute['destination']): VpcRoute => {
    const route: Omit<VpcRoute, 'line'> = {
      destination: to,
      target,
      state: known,
      ...(prefixList === null ? {} : { prefixList }),
      ...(learned === 'EnableVgwRoutePropagation' ? { propagated: true } : {}),
      ...(learned === 'Advertisement' ? { advertised: true } : {}),
    }
    return { ...route, line: routeLine(tableId, route) }
  }
  if (prefixList === null)
    return { routes: destination === null ? [] : [made(destination)], unresolved: [], gaps: [] }
  const list = lists.get(prefixList)
  // That the list is not recorded is a gap of its own.
  return list === undefined
    ? unresolved(`the entries of ${prefixList} are not recorded`, false)
    : { routes: list.prefixes.map(made), unresolved: [], gaps: [] }
}

interface ReadAssociations {
  readonly live: readonly z.infer<typeof association>[]
  readonly unsettled: readonly string[]
  readonly gaps: readonly string[]
}

/** Associations that have gone (`disassociated`, `failed`) are left out; those under way bind nobody can tell whom. */
function readAssociations(raw: unknown): ReadAssociations {
  if (!Array.isArray(raw)) return { live: [], unsettled: [], gaps: ['Associations: no list'] }
  const live: z.infer<typeof association>[] = []
  const unsettled: string[] = []
  const gaps: string[] = []
  for (const [index, one] of raw.entries()) {
    const read = association.safeParse(one)
    const gap = (because: string): void => void gaps.push(`Associations[${index}]: ${because}`)
    if (!read.success) {
      gap(firstIssue(read.error))
      continue
    }
    const { Main, SubnetId, GatewayId, AssociationState } = read.data
    const whom = SubnetId ?? GatewayId
    const state = AssociationState?.State ?? 'associated'
    if (state === 'disassociated' || state === 'failed') continue
    if (Main !== true && whom === undefined) gap('neither main nor of a subnet or a gateway')
    else if (state === 'associated') live.push(read.data)
    else if (whom === undefined) gap(`the main association is ${state}`)
    else unsettled.push(whom)
  }
  return { live, unsettled, gaps }
}

/**
 * `aws ec2 describe-route-tables`. Routes to a managed prefix list become one route for each entry of the lists given; a route
 * of which something is not known stays as an unresolved one, which makes lookups `unknown` where it could matter. A table or an
 * association that cannot be read leaves it open which table any subnet has that is not named elsewhere.
 */
export function readRouteTables(
  json: unknown,
  prefixLists: readonly PrefixList[],
): Reading<readonly InVpc<VpcRouteTable>[]> {
  const lists = new Map(prefixLists.map((list) => [list.id, list]))
  const { seen, gaps: broken } = readItems(file, json, 'RouteTables', table)
  const gaps: Gap[] = [...broken]
  let kept = broken.length === 0
  const tables = seen.map((t): InVpc<VpcRouteTable> => {
    const name = t.RouteTableId
    const gap = (because: string): void => void gaps.push({ at: file, what: name, because })
    const read = Array.isArray(t.Routes) ? t.Routes.map((r: unknown) => readRoute(name, r, lists)) : []
    for (const [index, { gaps: own }] of read.entries())
      for (const because of own) gap(`Routes[${index}]: ${because}`)
    const unresolved = read.flatMap((r) => r.unresolved)
    if (!Array.isArray(t.Routes)) {
      gap('Routes: no list')
      unresolved.push(anyRoute(name, 'the routes of this table are not recorded'))
    }
    const associations = readAssociations(t.Associations)
    for (const because of associations.gaps) {
      gap(because)
      kept = false
    }
    const { live, unsettled } = associations
    const gateways = live.flatMap((a) => (a.GatewayId === undefined ? [] : [a.GatewayId]))
    const ids = live.flatMap((a) =>
      a.RouteTableAssociationId === undefined || a.GatewayId !== undefined
        ? []
        : [[a.RouteTableAssociationId, a.SubnetId ?? null] as const],
    )
    return {
      vpc: t.VpcId,
      value: {
        id: name,
        main: live.some((a) => a.Main === true),
        subnets: live.flatMap((a) => (a.SubnetId === undefined ? [] : [a.SubnetId])),
        ...(gateways.length === 0 ? {} : { gateways }),
        ...(ids.length === 0 ? {} : { associations: Object.fromEntries(ids) }),
        routes: read.flatMap((r) => r.routes),
        ...(unresolved.length === 0 ? {} : { unresolved }),
        ...(unsettled.length === 0 ? {} : { unsettled }),
      },
    }
  })
  return { seen: tables, gaps, kept }
}
