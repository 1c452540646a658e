import { parseIp } from '../model/address/address.ts'
import type { Evidence } from '../model/result/finding.ts'
import { isHostPrefix } from '../model/address/prefix.ts'
import { stackKind, type StackId } from '../model/stack/stack-id.ts'
import { claim, type AnyClaim } from './claim.ts'
import { nodeStackOf, shortNode, shortPod, stackOf, type FlowFacts } from './facts.ts'
import { after, failed, passed, unknown, type Outcome } from './outcome.ts'
import { replyComesBack, replyFacts } from './reply-claims.ts'
import {
  crossesVethPair,
  endpointsOf,
  gatewayIsPermanentNeighbour,
  nodeOf,
  nodeRouteFacts,
  nodeTakesDefault,
  packetIsMade,
  podEvaluatesRoutes,
  podGateway,
  podInterface,
  podOf,
  podRouteFacts,
  podTakesDefault,
  sentPacket,
} from './routing-claims.ts'
import { lineOf, seenAt, seenUnchanged, sightingOf, type Direction } from './sighting.ts'
import { hostEnd, linkNamed, nodeLabel, postrouting, routeOf, stackIn } from './tables.ts'

const farPod = (facts: FlowFacts): StackId => stackOf(facts.trace.to) ?? ''
const farNode = (facts: FlowFacts): StackId => nodeStackOf(facts.trace.to)

/** Two nodes, and each pod's address stands in the pod's namespace alone. */
function podsStandApart(facts: FlowFacts): Outcome {
  const { from, to } = facts.trace
  if (from.node === to.node)
    return failed(nodeOf(facts), { code: 'same-node', facts: { node: shortNode(from.node ?? '') } })
  const evidence: Evidence[] = []
  for (const [end, pod, node] of [
    [from, podOf(facts), nodeOf(facts)],
    [to, farPod(facts), farNode(facts)],
  ] as const) {
    const podStack = stackIn(facts, pod)
    if (podStack.miss) return after(evidence, podStack.miss)
    const address = parseIp(end.address)
    const own = podStack.found.links
      .flatMap((link) => link.addresses)
      .find((one) => address !== undefined && isHostPrefix(one, address))
    if (!own)
      return failed(
        pod,
        { code: 'address-not-on-pod', facts: { pod: shortPod(end.name), address: end.address } },
        evidence,
      )
    evidence.push(lineOf(pod, 'ip addr', own.line))
    const nodeStack = stackIn(facts, node)
    if (nodeStack.miss) return after(evidence, nodeStack.miss)
    const taken = nodeStack.found.links.find((link) => link.addresses.some((one) => one.address === address))
    if (taken)
      return failed(
        node,
        {
          code: 'address-on-node',
          facts: { node: nodeLabel(node), address: end.address, interface: taken.name },
        },
        evidence,
      )
  }
  return passed(evidence)
}

/** By its ENI, not rewritten; the evidence names the rule that exempts the VPC's own addresses. */
function leavesUnchanged(facts: FlowFacts): Outcome {
  const node = nodeOf(facts)
  const stack = facts.stacks.get(node)
  const out = seenAt(facts, 'forward', node, 'out')
  const walked = stack
    ? postrouting(
        stack,
        sentPacket(facts),
        hostEnd(stack, facts.trace.from.address),
        out.found?.interface ?? null,
      )
    : null
  const rules =
    walked?.kind === 'rewritten'
      ? [walked.rule]
      : [...(walked?.matched ?? []), ...(walked?.passedOver ?? [])].filter((rule) =>
          rule.chain.startsWith('AWS-SNAT-CHAIN'),
        )
  const evidence = rules.slice(0, 1).map((rule) => lineOf(node, 'iptables-save', rule.line))
  const same = seenUnchanged(facts, 'forward', node, 'out', endpointsOf(facts))
  return same.miss ? after(evidence, same.miss) : passed([sightingOf(same.found), ...evidence])
}

/** From the first node to the VPC, and from there into the second node by an ENI. */
function vpcDelivers(facts: FlowFacts): Outcome {
  const near = nodeOf(facts)
  const far = farNode(facts)
  const out = seenUnchanged(facts, 'forward', near, 'out', endpointsOf(facts))
  if (out.miss) return out.miss
  const first = [sightingOf(out.found)]
  const hops = facts.trace.observed?.forward ?? []
  const at = hops.findIndex((hop) => hop.stack === near)
  const next = hops[at + 1]
  if (next && stackKind(next.stack) !== 'vpc' && !facts.vpcRead)
    return unknown(near, { code: 'not-read', facts: { stack: 'vpc', what: 'ec2 describe-*' } }, first)
  if (next && stackKind(next.stack) !== 'vpc')
    return failed(
      near,
      { code: 'next-hop', facts: { stack: near, expected: 'vpc', seen: next.stack } },
      first,
    )
  const into = seenUnchanged(facts, 'forward', far, 'in', endpointsOf(facts))
  if (into.miss) return after(first, into.miss)
  const evidence = [...first, sightingOf(into.found)]
  const link = linkNamed(facts.stacks.get(far), into.found.interface)
  // An ENI is a plain device; in a lab it is one end of a veth pair. What an ENI always has is the node's address.
  return link && link.addresses.length === 0
    ? failed(
        far,
        { code: 'other-interface', facts: { stack: far, expected: 'ENI', seen: into.found.interface } },
        evidence,
      )
    : passed(evidence)
}

function vpcIsNoHop(facts: FlowFacts): Outcome {
  const far = farNode(facts)
  const out = seenAt(facts, 'forward', nodeOf(facts), 'out')
  if (out.miss) return out.miss
  const into = seenAt(facts, 'forward', far, 'in')
  if (into.miss) return after([sightingOf(out.found)], into.miss)
  const evidence = [sightingOf(out.found), sightingOf(into.found)]
  const [expected, seen] = [out.found.packet.ttl, into.found.packet.ttl]
  if (expected === undefined || seen === undefined)
    return unknown(far, { code: 'ttl-not-seen', facts: { stack: far } }, evidence)
  return expected === seen
    ? passed(evidence)
    : failed(far, { code: 'ttl-changed', facts: { stack: far, expected, seen } }, evidence)
}

/** The receiving node's route for the pod's address alone, and the packet left by the interface that it names. */
function nodeKnowsItsPod(facts: FlowFacts): Outcome {
  const node = farNode(facts)
  const into = seenAt(facts, 'forward', node, 'in')
  const chosen = routeOf(facts, node, endpointsOf(facts), into.found?.interface ?? null, null)
  if (chosen.miss) return chosen.miss
  const { route, hop, evidence } = chosen.found
  const whole = typeof route.destination.address === 'number' ? 32 : 128
  const expected = `${facts.trace.to.address} dev eni…`
  if (route.destination.length !== whole || hop === null || hop.via !== null || route.type !== 'unicast')
    return failed(
      node,
      { code: 'other-route', facts: { stack: node, line: route.line.trim(), expected } },
      evidence,
    )
  const out = seenUnchanged(facts, 'forward', node, 'out', endpointsOf(facts))
  if (out.miss) return after(evidence, out.miss)
  const all = [...evidence, sightingOf(out.found)]
  return out.found.interface === hop.device
    ? passed(all)
    : failed(
        node,
        {
          code: 'other-interface',
          facts: { stack: node, expected: hop.device ?? '', seen: out.found.interface },
        },
        all,
      )
}

function arrives(facts: FlowFacts): Outcome {
  const seen = seenUnchanged(facts, 'forward', farPod(facts), 'in', endpointsOf(facts))
  if (seen.miss) return seen.miss
  const evidence = [sightingOf(seen.found)]
  return seen.found.interface === podInterface
    ? passed(evidence)
    : failed(
        farPod(facts),
        {
          code: 'other-interface',
          facts: { stack: farPod(facts), expected: podInterface, seen: seen.found.interface },
        },
        evidence,
      )
}

/** All six points: pod eth0, node eni…, node ENI, node ENI, node eni…, pod eth0. */
function isTheSamePacket(facts: FlowFacts): Outcome {
  const points: readonly (readonly [StackId, Direction])[] = [
    [podOf(facts), 'out'],
    [nodeOf(facts), 'in'],
    [nodeOf(facts), 'out'],
    [farNode(facts), 'in'],
    [farNode(facts), 'out'],
    [farPod(facts), 'in'],
  ]
  const evidence: Evidence[] = []
  for (const [stack, direction] of points) {
    const seen = seenUnchanged(facts, 'forward', stack, direction, endpointsOf(facts))
    if (seen.miss) return after(evidence, seen.miss)
    evidence.push(sightingOf(seen.found))
  }
  return passed(evidence)
}

/** The tutorial's statements of a packet from pod to pod, 1 to 7, in its order. */
export const podToPod: readonly AnyClaim<FlowFacts>[] = [
  claim({
    id: 'pod-to-pod.1',
    says: ({ trace }: FlowFacts) => ({
      fromPod: shortPod(trace.from.name),
      fromNode: shortNode(trace.from.node ?? ''),
      toPod: shortPod(trace.to.name),
      toNode: shortNode(trace.to.node ?? ''),
    }),
    holds: podsStandApart,
  }),
  claim({
    id: 'pod-to-pod.2',
    says: ({ trace }: FlowFacts) => packetFacts(trace),
    holds: packetIsMade,
  }),
  claim({
    id: 'pod-to-pod.3',
    says: ({ trace }: FlowFacts) => ({ pod: shortPod(trace.from.name), destination: trace.to.address }),
    holds: podEvaluatesRoutes,
  }),
  claim({ id: 'pod-to-pod.4', says: podRouteFacts, holds: podTakesDefault }),
  claim({
    id: 'pod-to-pod.4a',
    says: (_facts: FlowFacts) => ({ gateway: podGateway }),
    holds: gatewayIsPermanentNeighbour,
  }),
  claim({
    id: 'pod-to-pod.4b',
    says: (facts: FlowFacts) => ({
      podInterface,
      hostInterface: hostEnd(facts.stacks.get(nodeOf(facts)), facts.trace.from.address),
      node: nodeLabel(nodeOf(facts)),
    }),
    holds: crossesVethPair,
  }),
  claim({ id: 'pod-to-pod.5', says: nodeRouteFacts, holds: nodeTakesDefault }),
  claim({
    id: 'pod-to-pod.5a',
    says: (facts: FlowFacts) => ({
      node: nodeLabel(nodeOf(facts)),
      interface: nodeRouteFacts(facts).interface,
    }),
    holds: leavesUnchanged,
  }),
  claim({
    id: 'pod-to-pod.6',
    says: (facts: FlowFacts) => ({ destination: facts.trace.to.address, node: nodeLabel(farNode(facts)) }),
    holds: vpcDelivers,
  }),
  claim({
    id: 'pod-to-pod.6a',
    says: (facts: FlowFacts) => ({
      ttl: seenAt(facts, 'forward', nodeOf(facts), 'out').found?.packet.ttl ?? null,
    }),
    holds: vpcIsNoHop,
  }),
  claim({
    id: 'pod-to-pod.7',
    says: (facts: FlowFacts) => ({
      node: nodeLabel(farNode(facts)),
      destination: facts.trace.to.address,
      interface: hostEnd(facts.stacks.get(farNode(facts)), facts.trace.to.address),
    }),
    holds: nodeKnowsItsPod,
  }),
  claim({
    id: 'pod-to-pod.7a',
    says: ({ trace }: FlowFacts) => ({ pod: shortPod(trace.to.name) }),
    holds: arrives,
  }),
  claim({
    id: 'pod-to-pod.7b',
    says: ({ trace }: FlowFacts) => packetFacts(trace),
    holds: isTheSamePacket,
  }),
  claim({ id: 'pod-to-pod.7c', says: replyFacts, holds: replyComesBack }),
]

const packetFacts = ({ from, to }: FlowFacts['trace']) => ({
  pod: shortPod(from.name),
  source: from.address,
  destination: to.address,
})
