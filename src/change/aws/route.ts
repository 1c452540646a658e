/** Routes of a route table: create, replace, delete. */
import { routeLine } from '../../aws/line.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { formatPrefix, networkOf, parsePrefix, type Prefix } from '../../model/address/prefix.ts'
import type { Vpc, VpcRoute, VpcRouteTable, VpcRouteTarget } from '../../model/vpc/vpc.ts'
import { badValue, lacking, notThere, thereAlready } from '../change-error.ts'
import type { Options } from './options.ts'

export function routeEdits(action: string, options: Options, vpc: Vpc): readonly Edit[] {
  const id = options.needed('--route-table-id')
  const table = vpc.routeTables.find((one) => one.id === id)
  if (table === undefined) throw notThere(id, vpc.id)
  const destination = destinationOf(options)
  const there = table.routes.find(
    (one) => one.prefixList === undefined && one.propagated !== true && isSame(one.destination, destination),
  )
  const edit = (before: VpcRoute | null, after: VpcRoute | null): readonly Edit[] => [
    { kind: 'vpc-route', table: id, before, after },
  ]
  if (action === 'delete-route') {
    options.done()
    if (there === undefined) throw notThere(formatPrefix(destination), id)
    // EC2 refuses to take a VPC's own route away.
    if (there.target.kind === 'local') throw badValue('--destination-cidr-block', formatPrefix(destination))
    return edit(there, null)
  }
  const after = routeTo(targetOf(options, vpc), destination, table, vpc)
  options.done()
  if (action === 'create-route') {
    if (there !== undefined && there.state !== 'blackhole') throw thereAlready(there.line, id)
    return edit(there ?? null, after)
  }
  if (there === undefined) throw notThere(formatPrefix(destination), id)
  return edit(there, after)
}

const isSame = (one: Prefix, other: Prefix): boolean => formatPrefix(one) === formatPrefix(other)

function destinationOf(options: Options): Prefix {
  const text = options.one('--destination-cidr-block') ?? options.one('--destination-ipv6-cidr-block')
  if (text === null) throw lacking('--destination-cidr-block PREFIX')
  const prefix = text.includes('/') ? parsePrefix(text) : undefined
  if (prefix === undefined) throw badValue('--destination-cidr-block', text)
  return { address: networkOf(prefix), length: prefix.length }
}

function targetOf(options: Options, vpc: Vpc): VpcRouteTarget {
  const gateway = options.one('--gateway-id')
  const found: VpcRouteTarget[] = []
  if (gateway !== null)
    found.push(
      gateway === 'local'
        ? { kind: 'local' }
        : gateway.startsWith('igw-')
          ? { kind: 'internet-gateway', id: gateway }
          : { kind: 'other', id: gateway },
    )
  const named = [
    ['--nat-gateway-id', 'nat-gateway'],
    ['--network-interface-id', 'interface'],
    ['--vpc-peering-connection-id', 'peering'],
    ['--transit-gateway-id', 'transit-gateway'],
    ['--egress-only-internet-gateway-id', 'egress-only-internet-gateway'],
    ['--vpc-endpoint-id', 'vpc-endpoint'],
  ] as const
  for (const [option, kind] of named) {
    const id = options.one(option)
    if (id !== null) found.push({ kind, id })
  }
  if (options.has('--local-target')) found.push({ kind: 'local' })
  const instance = options.one('--instance-id')
  if (instance !== null) {
    const eni = vpc.interfaces.find(
      ({ attachment }) => attachment?.instance === instance && attachment.deviceIndex === 0,
    )
    if (eni === undefined) throw notThere(instance, vpc.id)
    found.push({ kind: 'interface', id: eni.id })
  }
  const [target, more] = found
  if (target === undefined) throw lacking('--gateway-id, --nat-gateway-id, --network-interface-id …')
  if (more !== undefined) throw badValue('--gateway-id', 'more than one target')
  return target
}

/** EC2 knows what it leads to: a target that is not there makes a blackhole of the route, as it does of an old one. */
function routeTo(target: VpcRouteTarget, destination: Prefix, table: VpcRouteTable, vpc: Vpc): VpcRoute {
  const isThere =
    target.kind === 'internet-gateway'
      ? vpc.internetGateways.includes(target.id)
      : target.kind === 'nat-gateway'
        ? vpc.natGateways.some(({ id }) => id === target.id)
        : target.kind === 'interface'
          ? vpc.interfaces.some(({ id }) => id === target.id)
          : true
  if (!isThere && 'id' in target) throw notThere(target.id, vpc.id)
  const route = { destination, target, state: 'active' as const }
  return { ...route, line: routeLine(table.id, route) }
}
