import { formatIp, parseIp } from '../model/address/address.ts'
import type { Evidence } from '../model/result/finding.ts'
import type { PacketView } from '../model/path/path.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import type { StatementFacts } from '../i18n/facts/statement-facts.ts'
import { nodeStackOf, shortPod, stackOf, type FlowFacts } from './facts.ts'
import { after, failed, passed, unknown, type Found, type Outcome } from './outcome.ts'
import { lineOf, seenAt, seenUnchanged, sightingOf, type Seen } from './sighting.ts'
import {
  hostEnd,
  inOwnSubnet,
  linkNamed,
  mainRoutes,
  markAtRouting,
  nodeLabel,
  routeOf,
  stackIn,
  vpcRouterOf,
  type Chosen,
} from './tables.ts'

/** Statements that both flows make about the pod's and the node's own tables. */

/** The pod's gateway and interface: driver.go of the VPC CNI gives the first interface of every pod these two. */
export const podGateway = '169.254.1.1'
export const podInterface = 'eth0'

export const podOf = (facts: FlowFacts): StackId => stackOf(facts.trace.from) ?? ''
export const nodeOf = (facts: FlowFacts): StackId => nodeStackOf(facts.trace.from)

/** The addresses that the flow should have where it begins. */
export const endpointsOf = (facts: FlowFacts): Pick<PacketView, 'src' | 'dst'> => ({
  src: facts.trace.from.address,
  dst: facts.trace.to.address,
})

/** The packet as the pod sends it, for walking the node's tables: captured if it was, else by its addresses. */
export const sentPacket = (facts: FlowFacts): PacketView =>
  facts.trace.observed?.forward[0]?.packetOut ?? {
    ...endpointsOf(facts),
    protocol: facts.trace.probe?.protocol === 'icmp' ? 'icmp' : 'tcp',
  }

export function packetIsMade(facts: FlowFacts): Outcome {
  const seen = seenUnchanged(facts, 'forward', podOf(facts), 'out', endpointsOf(facts))
  return seen.miss ?? passed([sightingOf(seen.found)])
}

export const podRouteFacts = (facts: FlowFacts): StatementFacts['pod-to-pod.4'] => ({
  pod: shortPod(facts.trace.from.name),
  destination: facts.trace.to.address,
  gateway: podGateway,
  interface: podInterface,
})

/** The pod consulted its own table: the packet left by the interface that the table names. */
export function podEvaluatesRoutes(facts: FlowFacts): Outcome {
  const pod = podOf(facts)
  const chosen = routeOf(facts, pod, endpointsOf(facts), null, 0)
  if (chosen.miss) return chosen.miss
  const stack = facts.stacks.get(pod)
  const lines = stack ? mainRoutes(stack).map((route) => lineOf(pod, 'ip route', route.line)) : []
  const seen = seenAt(facts, 'forward', pod, 'out')
  if (seen.miss) return after(lines, seen.miss)
  const evidence = [...lines, sightingOf(seen.found)]
  const device = chosen.found.hop?.device ?? ''
  return seen.found.interface === device
    ? passed(evidence)
    : failed(
        pod,
        { code: 'other-interface', facts: { stack: pod, expected: device, seen: seen.found.interface } },
        evidence,
      )
}

export function podTakesDefault(facts: FlowFacts): Outcome {
  const pod = podOf(facts)
  const chosen = routeOf(facts, pod, endpointsOf(facts), null, 0)
  if (chosen.miss) return chosen.miss
  const { route, hop, evidence } = chosen.found
  const expected = `default via ${podGateway} dev ${podInterface}`
  const holds =
    route.destination.length === 0 &&
    hop !== null &&
    hop.via !== null &&
    formatIp(hop.via) === podGateway &&
    hop.device === podInterface
  return holds
    ? passed(evidence)
    : failed(pod, { code: 'other-route', facts: { stack: pod, line: route.line.trim(), expected } }, evidence)
}

/** Permanent, and with the MAC of the host end of the veth pair: else the node drops the frames in silence. */
export function gatewayIsPermanentNeighbour(facts: FlowFacts): Outcome {
  const pod = podOf(facts)
  const node = nodeOf(facts)
  const podStack = stackIn(facts, pod)
  if (podStack.miss) return podStack.miss
  if (podStack.found.neighbours === null)
    return unknown(pod, { code: 'not-read', facts: { stack: pod, what: 'ip neigh' } })
  const entry = podStack.found.neighbours.find((one) => formatIp(one.address) === podGateway && !one.proxy)
  if (!entry) return failed(pod, { code: 'no-neighbour', facts: { stack: pod, address: podGateway } })
  const evidence = [lineOf(pod, 'ip neigh', entry.line)]
  if (entry.state !== 'PERMANENT')
    return failed(
      pod,
      { code: 'neighbour-not-permanent', facts: { address: podGateway, state: entry.state } },
      evidence,
    )
  const nodeStack = stackIn(facts, node)
  if (nodeStack.miss) return after(evidence, nodeStack.miss)
  const device = hostEnd(nodeStack.found, facts.trace.from.address)
  const link = linkNamed(nodeStack.found, device)
  if (!link?.mac)
    return unknown(node, { code: 'not-read', facts: { stack: node, what: 'ip link' } }, evidence)
  const both = [...evidence, lineOf(node, 'ip link', `${link.line} link/ether ${link.mac}`)]
  return entry.mac === link.mac
    ? passed(both)
    : failed(
        pod,
        {
          code: 'neighbour-other-mac',
          facts: {
            address: podGateway,
            mac: entry.mac ?? '-',
            interface: link.name,
            expected: link.mac,
          },
        },
        both,
      )
}

/** Out of the pod's interface and, the same packet, into the node by the other end of the pair. */
export function crossesVethPair(facts: FlowFacts): Outcome {
  const node = nodeOf(facts)
  const out = seenUnchanged(facts, 'forward', podOf(facts), 'out', endpointsOf(facts))
  if (out.miss) return out.miss
  const into = seenUnchanged(facts, 'forward', node, 'in', endpointsOf(facts))
  if (into.miss) return after([sightingOf(out.found)], into.miss)
  const evidence = [sightingOf(out.found), sightingOf(into.found)]
  const pair = hostEnd(facts.stacks.get(node), facts.trace.from.address)
  if (pair === null)
    return unknown(node, { code: 'not-read', facts: { stack: node, what: 'ip route' } }, evidence)
  return pair === into.found.interface
    ? passed(evidence)
    : failed(
        node,
        { code: 'other-interface', facts: { stack: node, expected: pair, seen: into.found.interface } },
        evidence,
      )
}

/** The route by which the pod's node sends the packet on. */
export function nodeRoute(facts: FlowFacts): Found<Chosen> {
  const node = nodeOf(facts)
  const stack = facts.stacks.get(node)
  const iif = hostEnd(stack, facts.trace.from.address)
  const mark = stack ? markAtRouting(stack, sentPacket(facts), iif) : null
  return routeOf(facts, node, endpointsOf(facts), iif, mark)
}

export function nodeRouteFacts(facts: FlowFacts): StatementFacts['pod-to-pod.5'] {
  const chosen = nodeRoute(facts).found
  const via = chosen?.hop?.via ?? null
  const isDefault = chosen?.route.destination.length === 0
  return {
    node: nodeLabel(nodeOf(facts)),
    destination: facts.trace.to.address,
    way: chosen && isInSubnet(facts, chosen) ? 'subnet' : 'default',
    table: isDefault ? chosen.route.table : 'main',
    gateway: isDefault && via !== null ? formatIp(via) : null,
    interface: chosen?.hop?.device ?? null,
  }
}

function isInSubnet(facts: FlowFacts, { route, hop }: Chosen): boolean {
  const stack = facts.stacks.get(nodeOf(facts))
  const dst = parseIp(facts.trace.to.address)
  return (
    stack !== undefined &&
    dst !== undefined &&
    hop !== null &&
    hop.via === null &&
    route.destination.length > 0 &&
    inOwnSubnet(stack, hop.device, dst)
  )
}

/** The node hands the packet to the VPC router, by the interface that its table names. */
export function nodeTakesDefault(facts: FlowFacts): Outcome {
  const node = nodeOf(facts)
  const chosen = nodeRoute(facts)
  if (chosen.miss) return chosen.miss
  const { route, hop, evidence } = chosen.found
  const stack = facts.stacks.get(node)
  const routers = stack ? vpcRouterOf(stack, hop?.device ?? null) : []
  const toRouter =
    route.destination.length === 0 && hop !== null && hop.via !== null && routers.includes(hop.via)
  if (!toRouter && !isInSubnet(facts, chosen.found)) {
    const router = routers[0]
    const expected = `default via ${router === undefined ? 'the VPC router' : formatIp(router)}`
    return failed(
      node,
      { code: 'other-route', facts: { stack: node, line: route.line.trim(), expected } },
      evidence,
    )
  }
  return leavesBy(facts, node, hop?.device ?? '', evidence)
}

function leavesBy(facts: FlowFacts, node: StackId, device: string, evidence: readonly Evidence[]): Outcome {
  const out: Found<Seen> = seenAt(facts, 'forward', node, 'out')
  if (out.miss) return after(evidence, out.miss)
  const all = [...evidence, sightingOf(out.found)]
  return out.found.interface === device
    ? passed(all)
    : failed(
        node,
        { code: 'other-interface', facts: { stack: node, expected: device, seen: out.found.interface } },
        all,
      )
}
