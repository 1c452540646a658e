import type { Prefix } from '../model/address/prefix.ts'
import type { Gap } from '../model/result/result.ts'
import type { Vpc, VpcPart } from '../model/vpc/vpc.ts'
import { readVpcEndpoints, readVpcPeerings } from './connections.ts'
import { readInternetGateways, readNatGateways } from './gateways.ts'
import { readInstances } from './instances.ts'
import { readNetworkAcls } from './network-acls.ts'
import { readNetworkInterfaces } from './network-interfaces.ts'
import { readManagedPrefixLists, readServicePrefixLists } from './prefix-lists.ts'
import type { Reading } from './reading.ts'
import { readRouteTables } from './route-tables.ts'
import { readSecurityGroups } from './security-groups.ts'
import { readSubnets, type InVpc } from './subnets.ts'
import { readVpcRanges } from './vpcs.ts'

/**
 * What `aws ec2 describe-… --output json` printed (or @aws-sdk/client-ec2 returned; or an array of pages of either),
 * parsed as JSON, by the name of the describe, which is the name of the file in a bundle's `ec2/` directory. All are
 * optional: what is not there is unknown.
 */
export interface Ec2Answers extends Partial<Readonly<Record<VpcPart, unknown>>> {
  readonly 'security-group-rules'?: unknown
  /** `describe-prefix-lists`: AWS's own lists with their ranges. */
  readonly 'prefix-lists'?: unknown
  /** `get-managed-prefix-list-entries` answers by list id. */
  readonly 'managed-prefix-list-entries'?: unknown
}

/** The parts without which a prediction may come out unknown; the others exist in few accounts. */
const always: readonly VpcPart[] = [
  'vpcs',
  'instances',
  'network-interfaces',
  'subnets',
  'route-tables',
  'security-groups',
  'network-acls',
  'internet-gateways',
  'nat-gateways',
]

/**
 * Reads every VPC that the answers speak of. Never throws on any input: what does not fit becomes a gap, and the
 * part it belongs to is named in `missing`, so that nothing is concluded from its absence.
 */
export function readVpcs(answers: Ec2Answers): Reading<readonly Vpc[]> {
  const gaps: Gap[] = []
  const missing = new Set<VpcPart>()
  const part = <T>(name: VpcPart, read: (json: unknown) => Reading<readonly T[]>): readonly T[] => {
    const json = answers[name]
    if (json === undefined) {
      missing.add(name)
      if (always.includes(name))
        gaps.push({
          at: `ec2/${name}.json`,
          what: name,
          because: `aws ec2 describe-${name} was not recorded`,
        })
      return []
    }
    const reading = read(json)
    if (reading.gaps.length > 0 && reading.kept !== true) missing.add(name)
    gaps.push(...reading.gaps)
    return reading.seen
  }

  const serviceLists =
    answers['prefix-lists'] === undefined
      ? { seen: [], gaps: [] }
      : readServicePrefixLists(answers['prefix-lists'])
  gaps.push(...serviceLists.gaps)
  const managedLists = part('managed-prefix-lists', (json) =>
    readManagedPrefixLists(json, answers['managed-prefix-list-entries']),
  )
  const known = new Set(serviceLists.seen.map((list) => list.id))
  const prefixLists = [...serviceLists.seen, ...managedLists.filter((list) => !known.has(list.id))]

  const ranges = part('vpcs', readVpcRanges)
  const subnets = part('subnets', readSubnets)
  const instances = part('instances', readInstances)
  const interfaces = part('network-interfaces', readNetworkInterfaces)
  const routeTables = part('route-tables', (json) => readRouteTables(json, prefixLists))
  const securityGroups = part('security-groups', (json) =>
    readSecurityGroups(json, answers['security-group-rules'], prefixLists),
  )
  const networkAcls = part('network-acls', readNetworkAcls)
  const internetGateways = part('internet-gateways', readInternetGateways)
  const natGateways = part('nat-gateways', readNatGateways)
  const peerings = part('vpc-peering-connections', readVpcPeerings)
  const endpoints = part('vpc-endpoints', readVpcEndpoints)

  const ids = new Set(ranges.map((r) => r.id))
  for (const list of [subnets, instances, interfaces, routeTables, securityGroups, networkAcls])
    for (const item of list as readonly InVpc<unknown>[]) ids.add(item.vpc)

  const seen = [...ids].map((id): Vpc => {
    const here = <T>(list: readonly InVpc<T>[]): readonly T[] =>
      list.filter((item) => item.vpc === id).map((item) => item.value)
    const tables = here(routeTables)
    const own = here(subnets)
    const told = ranges.find((r) => r.id === id)?.prefixes
    return {
      id,
      region: regionOf(own.map((s) => s.zone)),
      prefixes:
        told ??
        // Every route table has a local route for each range of its VPC.
        distinct(tables.flatMap((t) => t.routes.filter((r) => r.target.kind === 'local'))),
      subnets: own,
      interfaces: here(interfaces),
      routeTables: tables,
      securityGroups: here(securityGroups),
      networkAcls: here(networkAcls),
      internetGateways: here(internetGateways),
      natGateways: here(natGateways),
      instances: here(instances),
      prefixLists,
      peerings: here(peerings),
      endpoints: here(endpoints),
      missing: [...missing],
    }
  })
  return { seen, gaps }
}

function distinct(routes: readonly { readonly destination: Prefix }[]): readonly Prefix[] {
  const seen = new Map<string, Prefix>()
  for (const { destination } of routes) seen.set(`${destination.address}/${destination.length}`, destination)
  return [...seen.values()]
}

/** `ap-northeast-2a` is in `ap-northeast-2`; so is the local zone `us-west-2-lax-1a` in `us-west-2`. */
function regionOf(zones: readonly string[]): string {
  for (const zone of zones) {
    const match = /^[a-z]{2}(?:-[a-z]+)+-\d+/.exec(zone)
    if (match) return match[0]
  }
  return ''
}
