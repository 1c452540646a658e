/** A pod's own stack: two routes, a neighbour that has the node's end of the wire, and nothing else. */
import { ip4Of } from '../../model/address/address.ts'
import type { Deviation } from '../../model/diagnosis/deviation.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import { isUp, type Link } from '../../model/stack/link.ts'
import type { StackEdit } from '../../model/fabric/edit.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import type { Route } from '../../model/stack/route.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { authorOf } from './author.ts'
import { compareLines } from './compare-lines.ts'
import type { NodeFacts, PodOnNode } from './node-facts.ts'
import { foreignRoute, routeKey, wantedRoute } from './routes.ts'
import { kernelRules, ruleKey } from './rules.ts'

const gateway = ip4Of('169.254.1.1')

/** Both ends of its veth are looked at: the node's end decides what the pod's neighbour has to be. */
export function podDeviations(
  pod: PodOnNode,
  stack: NetworkStack,
  node: NodeFacts,
  fabric: Fabric,
): readonly Deviation[] {
  if (stack.derived !== undefined) return []
  const host = node.stack.links.find(({ name }) => name === pod.device)
  return [
    ...routesOf(stack),
    ...rulesOf(stack),
    ...neighbourOf(stack, host?.mac ?? null, fabric),
    // The pod's end has no carrier then, and is not down by itself.
    ...(host !== undefined && !isUp(host)
      ? [linkDown(node.stack, host, fabric)]
      : stack.links
          .filter((link) => link.name === 'eth0' && !isUp(link))
          .map((link) => linkDown(stack, link, fabric))),
  ]
}

function routesOf(stack: NetworkStack): readonly Deviation[] {
  const wanted = [
    { what: 'gateway-route', route: wantedRoute('169.254.1.1 dev eth0 scope link', 'main') },
    { what: 'default-route', route: wantedRoute('default via 169.254.1.1 dev eth0', 'main') },
  ] as const
  const seen = stack.routes.filter(({ table }) => table === 'main')
  const { missing, more } = compareLines(wanted, seen, ({ route }) => routeKey(route), routeKey)
  // The address is a /32: the kernel writes no route for it, and one for a whole subnet where it is none.
  const foreign = more.filter(
    ({ protocol, nextHops }) => protocol !== 'kernel' || nextHops.some(({ device }) => device === 'eth0'),
  )
  const taken = new Set<Route>()
  const lacking = missing.map(({ what, route }): Deviation => {
    const instead = foreign.find(
      (one) =>
        formatPrefix(one.destination) === formatPrefix(route.destination) && one.metric === route.metric,
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
  return [
    ...lacking,
    ...foreign
      .filter((route) => !taken.has(route))
      .map((route) => foreignRoute(stack.id, route, authorOf(route.line))),
  ]
}

const rulesOf = (stack: NetworkStack): readonly Deviation[] => {
  if (stack.rules === null) return []
  const { missing, more } = compareLines(kernelRules, stack.rules, ruleKey, ruleKey)
  return [
    ...missing.map((rule): Deviation => ({
      stack: stack.id,
      what: 'rule',
      kind: 'missing',
      line: null,
      expected: rule.line,
      author: 'unknown',
      edits: [{ stack: stack.id, kind: 'rule', before: null, after: rule }],
    })),
    ...more.map((rule): Deviation => ({
      stack: stack.id,
      what: 'rule',
      kind: 'foreign',
      line: rule.line,
      expected: null,
      author: authorOf(rule.line),
      edits: [{ stack: stack.id, kind: 'rule', before: rule, after: null }],
    })),
  ]
}

/** The gateway exists nowhere: the CNI gives the pod a permanent neighbour with the address of the node's end. */
function neighbourOf(stack: NetworkStack, mac: string | null, fabric: Fabric): readonly Deviation[] {
  const wired = fabric.wires.some(({ a, b }) => a.stack === stack.id || b.stack === stack.id)
  if (stack.neighbours === null || mac === null || !wired) return []
  const seen = stack.neighbours.find(
    ({ address, device, proxy }) => address === gateway && device === 'eth0' && !proxy,
  )
  if (seen?.mac === mac) return []
  const after: Neighbour = {
    address: gateway,
    device: 'eth0',
    mac,
    state: 'PERMANENT',
    proxy: false,
    line: `169.254.1.1 dev eth0 lladdr ${mac} PERMANENT`,
  }
  return [
    {
      stack: stack.id,
      what: 'gateway-neighbour',
      kind: seen === undefined ? 'missing' : 'different',
      line: seen?.line ?? null,
      expected: after.line,
      author: 'vpc-cni',
      edits: [{ stack: stack.id, kind: 'neighbour', before: seen ?? null, after }],
    },
  ]
}

/** An end of a wire that comes up brings its other end the carrier. */
export const linkDown = (stack: NetworkStack, link: Link, fabric: Fabric): Deviation => ({
  stack: stack.id,
  what: 'link',
  kind: 'different',
  line: link.line,
  expected: `${link.name} UP`,
  author: 'unknown',
  edits: [upEdit(stack, link), ...carrierOf(stack, link, fabric)],
})

const upEdit = (stack: NetworkStack, link: Link): StackEdit => ({
  stack: stack.id,
  kind: 'link',
  before: link,
  after: {
    ...link,
    flags: [...link.flags.filter((flag) => flag !== 'NO-CARRIER'), 'UP', 'LOWER_UP'],
    state: 'UP',
  },
})

const carrierOf = (stack: NetworkStack, { name }: Link, { wires, stacks }: Fabric): readonly StackEdit[] =>
  wires.flatMap(({ a, b }) => {
    const far =
      a.stack === stack.id && a.interface === name
        ? b
        : b.stack === stack.id && b.interface === name
          ? a
          : null
    const other = stacks.find(({ id }) => id === far?.stack)
    const link = other?.links.find((one) => one.name === far?.interface)
    return other !== undefined && link?.flags.includes('NO-CARRIER') === true ? [upEdit(other, link)] : []
  })
