/** A node's routes: what the VPC CNI and DHCP put into main and into the tables of later ENIs. */
import { formatIp4, type Ip4 } from '../../model/address/address.ts'
import type { Author, Deviation, DeviationLine } from '../../model/diagnosis/deviation.ts'
import { contains, formatPrefix, isHostPrefix, networkOf, type Prefix } from '../../model/address/prefix.ts'
import type { Route } from '../../model/stack/route.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { gatewayOf } from '../../intent/vpc-cni/node-eni.ts'
import { nodeIntent } from '../../intent/vpc-cni/node.ts'
import { tableNumber } from '../../intent/vpc-cni/table-number.ts'
import { readRoutesText } from '../../linux/ip/route.ts'
import { authorOf } from './author.ts'
import { compareLines } from './compare-lines.ts'
import type { NodeFacts } from './node-facts.ts'

interface Wanted {
  readonly what: DeviationLine
  readonly route: Route
}

/** Where a route leads: what else it says does not change the path of a packet. */
export const routeKey = (route: Route): string =>
  [
    route.table,
    route.type,
    formatPrefix({ ...route.destination, address: networkOf(route.destination) }),
    ...route.nextHops.map((hop) => `${hop.via ?? ''}%${hop.device ?? ''}`),
  ].join(' ')

export const wantedRoute = (line: string, table: string): Route => {
  const text = table === 'main' ? line : `${line} table ${table}`
  const [route] = readRoutesText(text, 4).value
  if (route === undefined) throw new Error(`not a route: ${text}`)
  return route
}

export function routeDeviations(facts: NodeFacts): readonly Deviation[] {
  const { stack } = facts
  const wanted = wantedRoutes(facts)
  const tables = new Set(['main', ...facts.enis.map((eni) => String(tableNumber(eni)))])
  const seen = stack.routes.filter((route) => tables.has(route.table))
  const { missing, more } = compareLines(wanted, seen, ({ route }) => routeKey(route), routeKey)
  const taken = new Set<Route>()
  const lacking = missing.map(({ what, route }): Deviation => {
    const instead = more.find(
      (one) =>
        !taken.has(one) &&
        one.table === route.table &&
        one.destination.length === route.destination.length &&
        networkOf(one.destination) === networkOf(route.destination) &&
        one.metric === route.metric,
    )
    if (instead !== undefined) taken.add(instead)
    return {
      stack: stack.id,
      what,
      kind: instead === undefined ? 'missing' : 'different',
      line: instead?.line ?? null,
      expected: route.line,
      author: instead === undefined ? 'vpc-cni' : authorOf(instead.line),
      edits: [{ stack: stack.id, kind: 'route', before: instead ?? null, after: route }],
    }
  })
  const foreign = more.filter((route) => !taken.has(route) && !isOrdinary(route, facts))
  return [
    ...lacking,
    ...podAddresses(facts),
    ...foreign.map((route) =>
      foreignRoute(stack.id, route, isOldPods(route, facts) ? 'earlier-vpc-cni' : authorOf(route.line)),
    ),
  ]
}

/** A route that nobody of the cluster's would write: of a node or of a pod. */
export const foreignRoute = (stack: StackId, route: Route, author: Author): Deviation => ({
  stack,
  what: 'route',
  kind: 'foreign',
  line: route.line,
  expected: null,
  author,
  edits: [{ stack, kind: 'route', before: route, after: null }],
})

function wantedRoutes(facts: NodeFacts): readonly Wanted[] {
  const primary = facts.enis.find(({ deviceIndex }) => deviceIndex === 0)
  const pods = facts.pods.map(({ address, device }): Wanted => ({
    what: 'pod-route',
    route: wantedRoute(`${formatIp4(address)} dev ${device} scope link`, 'main'),
  }))
  if (primary === undefined) return pods
  const { routes } = nodeIntent(facts)
  const gateway = formatIp4(gatewayOf(primary))
  const own = ownDefault(facts, gatewayOf(primary), primary.device)
  return [
    ...pods,
    ...routes.map(({ line, table }): Wanted => ({
      what: 'eni-route',
      route: wantedRoute(line, String(table)),
    })),
    {
      what: 'default-route',
      route: own ?? wantedRoute(`default via ${gateway} dev ${primary.device}`, 'main'),
    },
  ]
}

/** As DHCP wrote it, whatever it says beside: source, metric, protocol. */
const ownDefault = ({ stack }: NodeFacts, via: Ip4, device: string): Route | undefined =>
  stack.routes.find(
    ({ table, type, destination, nextHops: [hop] }) =>
      table === 'main' &&
      type === 'unicast' &&
      destination.length === 0 &&
      hop?.via === via &&
      hop.device === device,
  )

/**
 * What an image, DHCP or the kernel puts there: routes of an interface's own subnet, to the resolver, to metadata; and whatever
 * leads where nothing of the cluster goes, as a bridge of another program's.
 */
function isOrdinary(route: Route, { enis, stack, vpcCidrs }: NodeFacts): boolean {
  if (route.type !== 'unicast') return false
  // A bridge whose network is one of the VPC's takes the VPC's packets.
  const isOfEni = enis.some(({ device }) => ofDevice(route, device))
  if (!isOfEni && vpcCidrs.some((one) => overlap(one, route.destination))) return false
  if (route.protocol === 'kernel')
    return !enis.some((eni) => eni.deviceIndex > 0 && ofDevice(route, eni.device))
  if (['dhcp', 'ra'].includes(route.protocol))
    return !enis.some((eni) => eni.deviceIndex > 0 && ofDevice(route, eni.device))
  const [hop] = route.nextHops
  return (
    hop !== undefined &&
    hop.via === null &&
    isHostPrefix(route.destination, route.destination.address) &&
    formatPrefix(route.destination).startsWith('169.254.169.') &&
    stack.links.some(({ name }) => name === hop.device)
  )
}

const overlap = (one: Prefix, other: Prefix): boolean =>
  contains(one, other.address) || contains(other, one.address)

/** The node itself has the address of one of its pods: it then delivers to itself what is meant for the pod. */
const podAddresses = ({ stack, pods }: NodeFacts): readonly Deviation[] =>
  stack.routes
    .filter(
      ({ table, type, destination }) =>
        table === 'local' &&
        type === 'local' &&
        pods.some(({ address }) => isHostPrefix(destination, address)),
    )
    .map((route) => ({ ...foreignRoute(stack.id, route, 'unknown'), what: 'pod-address' }))

const ofDevice = (route: Route, device: string): boolean =>
  route.nextHops.some((hop) => hop.device === device)

/** A pod's route whose pod is gone. */
const isOldPods = (route: Route, { settings }: NodeFacts): boolean =>
  route.type === 'unicast' &&
  route.nextHops.some((hop) => hop.via === null && hop.device?.startsWith(settings.vethPrefix) === true) &&
  isHostPrefix(route.destination, route.destination.address)
