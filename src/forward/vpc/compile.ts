import { isIp4, type Ip } from '../../model/address/address.ts'
import { contains, type Prefix } from '../../model/address/prefix.ts'
import type {
  Eni,
  EniAddress,
  NetworkAcl,
  SecurityGroup,
  Subnet,
  Vpc,
  VpcPart,
  VpcRouteTable,
} from '../../model/vpc/vpc.ts'
import { compileRoutes, type CompiledRoutes } from './route.ts'

/** Who owns an address, and which of its entries says so (null: a delegated prefix). */
export interface Owner {
  readonly eni: Eni
  readonly address: EniAddress | null
}

/** A VPC with the indexes that answering many packets needs. */
export interface CompiledVpc {
  readonly vpc: Vpc
  readonly enis: ReadonlyMap<string, Eni>
  readonly subnets: ReadonlyMap<string, Subnet>
  readonly groups: ReadonlyMap<string, SecurityGroup>
  /** By subnet id. */
  readonly acls: ReadonlyMap<string, NetworkAcl>
  /** By subnet id; a subnet without its own table uses the main one. */
  readonly tables: ReadonlyMap<string, CompiledRoutes>
  readonly mainTable: CompiledRoutes | null
  /** Subnets and gateways whose association is under way. */
  readonly unsettled: ReadonlySet<string>
  /** Edge associations: by internet gateway id. */
  readonly edgeTables: ReadonlyMap<string, CompiledRoutes>
  readonly byPublicAddress: ReadonlyMap<Ip, Owner>
  /** Private addresses; delegated prefixes are in `delegated`. */
  readonly byAddress: ReadonlyMap<Ip, Owner>
  readonly delegated: readonly { readonly prefix: Prefix; readonly owner: Owner }[]
  isUnread(part: VpcPart): boolean
}

/** @param before one of nearly the same VPC: what follows from parts that are the same is taken over */
export function compileVpc(vpc: Vpc, before?: CompiledVpc): CompiledVpc {
  const unchanged = (part: 'interfaces' | 'subnets' | 'securityGroups' | 'networkAcls' | 'routeTables') =>
    before?.vpc[part] === vpc[part] ? before : undefined
  const missing = new Set(vpc.missing ?? [])
  return {
    vpc,
    ...addressesOf(vpc, unchanged('interfaces')),
    ...tablesOf(vpc, unchanged('routeTables')),
    subnets: unchanged('subnets')?.subnets ?? new Map(vpc.subnets.map((subnet) => [subnet.id, subnet])),
    groups:
      unchanged('securityGroups')?.groups ?? new Map(vpc.securityGroups.map((group) => [group.id, group])),
    acls:
      unchanged('networkAcls')?.acls ??
      new Map(vpc.networkAcls.flatMap((acl) => acl.subnets.map((subnet) => [subnet, acl] as const))),
    isUnread: (part) => missing.has(part),
  }
}

function addressesOf(
  vpc: Vpc,
  before: CompiledVpc | undefined,
): Pick<CompiledVpc, 'enis' | 'byAddress' | 'byPublicAddress' | 'delegated'> {
  if (before !== undefined) {
    const { enis, byAddress, byPublicAddress, delegated } = before
    return { enis, byAddress, byPublicAddress, delegated }
  }
  const byAddress = new Map<Ip, Owner>()
  const byPublicAddress = new Map<Ip, Owner>()
  const delegated: { readonly prefix: Prefix; readonly owner: Owner }[] = []
  for (const eni of vpc.interfaces) {
    for (const address of eni.addresses) {
      byAddress.set(address.address, { eni, address })
      if (address.publicAddress !== null) byPublicAddress.set(address.publicAddress, { eni, address })
    }
    for (const prefix of eni.prefixes) delegated.push({ prefix, owner: { eni, address: null } })
  }
  return { enis: new Map(vpc.interfaces.map((eni) => [eni.id, eni])), byAddress, byPublicAddress, delegated }
}

function tablesOf(
  vpc: Vpc,
  before: CompiledVpc | undefined,
): Pick<CompiledVpc, 'tables' | 'mainTable' | 'edgeTables' | 'unsettled'> {
  if (before !== undefined) {
    const { tables, mainTable, edgeTables, unsettled } = before
    return { tables, mainTable, edgeTables, unsettled }
  }
  const compiled = new Map<VpcRouteTable, CompiledRoutes>(vpc.routeTables.map((t) => [t, compileRoutes(t)]))
  const tablesBy = (ids: (table: VpcRouteTable) => readonly string[]) =>
    new Map([...compiled].flatMap(([table, routes]) => ids(table).map((id) => [id, routes] as const)))
  const main = vpc.routeTables.find((table) => table.main)
  return {
    tables: tablesBy((table) => table.subnets),
    mainTable: (main && compiled.get(main)) ?? null,
    edgeTables: tablesBy((table) => table.gateways ?? []),
    unsettled: new Set(vpc.routeTables.flatMap((table) => table.unsettled ?? [])),
  }
}

/** Which ENI has this private (or IPv6) address, by itself or within a delegated prefix. */
export function eniOwnerOf(compiled: CompiledVpc, address: Ip): Owner | null {
  const owner = compiled.byAddress.get(address)
  if (owner !== undefined) return owner
  for (const { prefix, owner: delegate } of compiled.delegated) if (contains(prefix, address)) return delegate
  return null
}

export const owns = (compiled: CompiledVpc, eni: Eni, address: Ip): boolean =>
  eniOwnerOf(compiled, address)?.eni.id === eni.id

export const inVpc = (vpc: Vpc, address: Ip): boolean => vpc.prefixes.some((p) => contains(p, address))

/**
 * Null: nobody can tell. The main table is that of a subnet only where every association was read: a table that could not be read
 * may be the subnet's own.
 */
export function tableOf(compiled: CompiledVpc, subnet: string): CompiledRoutes | null {
  if (compiled.unsettled.has(subnet)) return null
  const own = compiled.tables.get(subnet)
  return own ?? (compiled.isUnread('route-tables') ? null : compiled.mainTable)
}

/** By what the gateway routes that lets something in: `none` is by the destination alone; null: nobody can tell. */
export function edgeTableOf(compiled: CompiledVpc, gateway: string): CompiledRoutes | 'none' | null {
  if (compiled.unsettled.has(gateway)) return null
  return compiled.edgeTables.get(gateway) ?? (compiled.isUnread('route-tables') ? null : 'none')
}

export const inSubnet = (subnet: Subnet, address: Ip): boolean =>
  isIp4(address)
    ? contains(subnet.prefix, address)
    : (subnet.ipv6Prefixes ?? []).some((p) => contains(p, address))

/** The verbatim facts of an ENI that source/destination check and ownership rest on. */
export function eniLine(eni: Eni): string {
  const { length } = eni.addresses
  return `${eni.id}: SourceDestCheck ${eni.sourceDestCheck}, ${length} address${length === 1 ? '' : 'es'} in ${eni.subnet}`
}
