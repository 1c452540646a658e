import type { StatementFacts } from '../i18n/facts/statement-facts.ts'
import type { Evidence } from '../model/result/finding.ts'
import type { NatOutcome } from '../forward/explain/nat-walk.ts'
import { natAddress } from '../forward/explain/nat-walk.ts'
import { stackKind, type StackId } from '../model/stack/stack-id.ts'
import { claim, type AnyClaim } from './claim.ts'
import { shortPod, type InternetFacts } from './facts.ts'
import { after, failed, passed, unknown, type Found, type Outcome } from './outcome.ts'
import { replyCountsNodes, replyFacts, replyMirrors } from './reply-claims.ts'
import {
  crossesVethPair,
  endpointsOf,
  nodeOf,
  nodeRouteFacts,
  nodeTakesDefault,
  packetIsMade,
  podOf,
  podRouteFacts,
  podTakesDefault,
  sentPacket,
} from './routing-claims.ts'
import { lineOf, seenAt, sightingOf } from './sighting.ts'
import { awsChain, chainsOf, whyUntouched } from './snat-untouched.ts'
import { hostEnd, nodeLabel, postrouting, stackIn } from './tables.ts'

const nodeAddressOf = (facts: InternetFacts): string | null =>
  facts.nodeAddresses.get(facts.trace.from.node ?? '') ?? null

/** The public source, as a server saw it; else as the gateway's hop has it; else unknown. */
function publicSource(facts: InternetFacts): string | null {
  if (facts.seenAs !== null) return facts.seenAs
  const gateway = facts.trace.observed?.forward.find((hop) => stackKind(hop.stack) === 'igw')
  return gateway?.packetOut?.src ?? null
}

function leavesThePod(facts: InternetFacts): Outcome {
  const route = podTakesDefault(facts)
  if (route.state !== 'passed') return route
  const crossed = crossesVethPair(facts)
  return crossed.state === 'passed'
    ? passed([...route.evidence, ...crossed.evidence])
    : after(route.evidence, crossed)
}

/** What the node's nat table does with the first packet, walked with that packet's own addresses. */
function walkOf(facts: InternetFacts): Found<NatOutcome> {
  const node = nodeOf(facts)
  const stack = stackIn(facts, node)
  if (stack.miss) return stack
  const out = seenAt(facts, 'forward', node, 'out').found?.interface ?? nodeRouteFacts(facts).interface
  const walked = postrouting(
    stack.found,
    sentPacket(facts),
    hostEnd(stack.found, facts.trace.from.address),
    out,
  )
  return walked
    ? { found: walked }
    : { miss: unknown(node, { code: 'not-read', facts: { stack: node, what: 'iptables-save' } }) }
}

/** The jump, the rule that asks for the VPC's prefix, and the rule that rewrites. */
function snatRuleMatches(facts: InternetFacts): Outcome {
  const node = nodeOf(facts)
  const walked = walkOf(facts)
  if (walked.miss) return walked.miss
  const walk = walked.found
  const inChain = (rule: { readonly chain: string }): boolean => rule.chain.startsWith(awsChain)
  const shown = [
    ...walk.matched.filter((rule) => inChain(rule) || rule.target?.name.startsWith(awsChain)),
    ...walk.passedOver.filter(inChain),
  ]
  const last = walk.kind === 'rewritten' ? walk.rule : null
  const ordered = last ? [...shown.filter((rule) => rule !== last), last] : shown
  const evidence = ordered.map((rule) => lineOf(node, 'iptables-save', rule.line))
  switch (walk.kind) {
    case 'undecided':
      return unknown(
        node,
        { code: 'walk-undecided', facts: { line: walk.rule.line, because: walk.because } },
        evidence,
      )
    case 'untouched': {
      const why = whyUntouched(walk, facts.stacks.get(node), node, facts.trace.to.address)
      return facts.externalSnat && why.code === 'snat-chain-empty'
        ? passed([...evidence, ...emptyChains(facts, node)])
        : failed(node, why, evidence)
    }
    case 'rewritten': {
      if (facts.externalSnat)
        return failed(node, { code: 'snat-other-rule', facts: { line: walk.rule.line } }, evidence)
      if (!inChain(walk.rule))
        return failed(node, { code: 'snat-other-rule', facts: { line: walk.rule.line } }, evidence)
      const expected = nodeAddressOf(facts)
      const seen = walk.to === null ? null : natAddress(walk.to)
      return expected !== null && seen !== null && seen !== expected
        ? failed(
            node,
            { code: 'snat-other-source', facts: { line: walk.rule.line, expected, seen } },
            evidence,
          )
        : passed(evidence)
    }
  }
}

const emptyChains = (facts: InternetFacts, node: StackId): readonly Evidence[] =>
  chainsOf(facts.stacks.get(node)).map((chain) => lineOf(node, 'iptables-save', chain.line))

/** Captured on both sides of the node: the pod's address before, the node's address after. */
function nodeRewrites(facts: InternetFacts): Outcome {
  const node = nodeOf(facts)
  const into = seenAt(facts, 'forward', node, 'in')
  if (into.miss) return into.miss
  const out = seenAt(facts, 'forward', node, 'out')
  if (out.miss) return after([sightingOf(into.found)], out.miss)
  const evidence = [sightingOf(into.found), sightingOf(out.found)]
  const source = out.found.packet.src
  if (facts.externalSnat)
    return source === facts.trace.from.address
      ? passed(evidence)
      : failed(
          node,
          {
            code: 'rewritten-otherwise',
            facts: { stack: node, expected: facts.trace.from.address, seen: source },
          },
          evidence,
        )
  if (source === facts.trace.from.address)
    return failed(node, { code: 'not-rewritten', facts: { stack: node, source } }, evidence)
  const expected = nodeAddressOf(facts)
  if (expected === null)
    return unknown(node, { code: 'not-read', facts: { stack: node, what: 'InternalIP' } }, evidence)
  if (source !== expected)
    return failed(
      node,
      { code: 'rewritten-otherwise', facts: { stack: node, expected, seen: source } },
      evidence,
    )
  return out.found.packet.dst === facts.trace.to.address
    ? passed(evidence)
    : failed(
        node,
        {
          code: 'addresses-changed',
          facts: {
            stack: node,
            interface: out.found.interface,
            expected: facts.trace.to.address,
            seen: out.found.packet.dst,
          },
        },
        evidence,
      )
}

/** Behind the VPC router stands the gateway that the route table of the node's subnet names. */
function vpcSendsToGateway(facts: InternetFacts): Outcome {
  const hops = facts.trace.observed?.forward ?? []
  const expected = facts.natGateway === null ? 'igw' : 'nat'
  const at = hops.findIndex((hop) => stackKind(hop.stack) === 'vpc')
  const vpc = hops[at]?.stack ?? null
  const next = at < 0 ? undefined : hops[at + 1]
  const path = hops.map((hop) => hop.stack).join(' → ')
  if (vpc === null || !next) {
    const left = seenAt(facts, 'forward', nodeOf(facts), 'out')
    return (
      left.miss ?? unknown(vpc, { code: 'gateway-not-on-path', facts: { path } }, [sightingOf(left.found)])
    )
  }
  if (stackKind(next.stack) !== expected)
    return failed(vpc, { code: 'next-hop', facts: { stack: vpc, expected, seen: next.stack } })
  const route = (facts.trace.predicted?.forward ?? [])
    .filter((hop) => hop.stack === vpc)
    .flatMap((hop) => hop.decisions.filter((decision) => decision.stage === 'vpc-route'))
    .map((decision) => lineOf(vpc, 'describe-route-tables', decision.by))
  return passed([...route, { kind: 'note', text: path }])
}

const gatewayIn = (facts: InternetFacts): StackId | null =>
  facts.trace.observed?.forward.find((hop) => stackKind(hop.stack) === 'igw')?.stack ?? null

/** The rewritings behind the node: seen from outside, or from what the gateways' own mappings say. */
function gatewayRewrites(facts: InternetFacts): Outcome {
  const gateway = gatewayIn(facts)
  const seen = publicSource(facts)
  const evidence =
    facts.trace.observed?.forward.flatMap(({ stack }) =>
      ['nat', 'igw'].includes(stackKind(stack)) ? translationLines(facts, stack) : [],
    ) ?? []
  if (seen === null)
    return unknown(gateway, { code: 'public-address-not-seen', facts: { stack: gateway ?? 'igw' } }, evidence)
  const known: Evidence[] =
    facts.seenAs === null ? [] : [{ kind: 'note', text: `ipinfo.io/ip: ${facts.seenAs}` }]
  const all = [...evidence, ...known]
  const nodeAddress = nodeAddressOf(facts)
  if (seen === nodeAddress || seen === facts.trace.from.address)
    return failed(gateway, { code: 'not-rewritten', facts: { stack: gateway ?? 'igw', source: seen } }, all)
  if (facts.publicAddress !== null && seen !== facts.publicAddress)
    return failed(
      gateway,
      {
        code: 'rewritten-otherwise',
        facts: { stack: gateway ?? 'igw', expected: facts.publicAddress, seen },
      },
      all,
    )
  return passed(all)
}

const translationLines = (facts: InternetFacts, at: StackId | null): readonly Evidence[] =>
  facts.trace.translations
    .filter((translation) => translation.at === at)
    .map((translation) => lineOf(translation.at, translation.kind, translation.by))

/** Every source that the packet had, in order. */
function sourcesOf(facts: InternetFacts): readonly string[] {
  const sources: string[] = []
  const add = (source: string | null | undefined): void => {
    if (source && sources.at(-1) !== source) sources.push(source)
  }
  for (const hop of facts.trace.observed?.forward ?? []) {
    add(hop.packetIn?.src)
    add(hop.packetOut?.src)
  }
  add(publicSource(facts))
  return sources
}

function countedTranslations(facts: InternetFacts): Outcome {
  const out = seenAt(facts, 'forward', nodeOf(facts), 'out')
  if (out.miss) return out.miss
  const sources = sourcesOf(facts)
  const evidence: Evidence[] = [
    ...facts.trace.translations.map((one) => lineOf(one.at, one.kind, one.by)),
    { kind: 'note', text: sources.join(' → ') },
  ]
  const gateway = gatewayIn(facts)
  if (publicSource(facts) === null)
    return unknown(gateway, { code: 'public-address-not-seen', facts: { stack: gateway ?? 'igw' } }, evidence)
  const counted = sources.length - 1
  const expected = 2 + (facts.natGateway === null ? 0 : 1) - (facts.externalSnat ? 1 : 0)
  const dnat = facts.trace.translations.filter((one) => one.kind === 'DNAT').length
  return counted === expected && dnat === 0
    ? passed(evidence)
    : failed(
        out.found.packet.src === facts.trace.from.address ? nodeOf(facts) : (gateway ?? nodeOf(facts)),
        {
          code: 'translation-count',
          facts: { expected, seen: counted + dnat, list: sources.join(' → ') },
        },
        evidence,
      )
}

/** At the node's ENI the reply already goes to the node's address; behind the node, to the pod's. */
function undoneInOppositeOrder(facts: InternetFacts): Outcome {
  const mirrored = replyMirrors(facts)
  if (mirrored.state !== 'passed') return mirrored
  const node = nodeOf(facts)
  const pod = podOf(facts)
  const expectedAtNode =
    (facts.externalSnat ? facts.trace.from.address : nodeAddressOf(facts)) ??
    seenAt(facts, 'forward', node, 'out').found?.packet.src ??
    null
  if (expectedAtNode === null)
    return unknown(node, { code: 'not-read', facts: { stack: node, what: 'InternalIP' } })
  const evidence: Evidence[] = []
  for (const [stack, direction, behind, expected] of [
    [node, 'in', gatewayIn(facts) ?? 'igw', expectedAtNode],
    [node, 'out', node, facts.trace.from.address],
    [pod, 'in', node, facts.trace.from.address],
  ] as const) {
    const seen = seenAt(facts, 'reply', stack, direction)
    if (seen.miss) return after(evidence, seen.miss)
    evidence.push(sightingOf(seen.found))
    const { dst } = seen.found.packet
    if (dst !== expected)
      return failed(behind, { code: 'not-undone', facts: { stack: behind, expected, seen: dst } }, evidence)
  }
  return passed(evidence)
}

const addressFacts = (facts: InternetFacts): StatementFacts['pod-to-internet.6'] => ({
  podAddress: facts.trace.from.address,
  nodeAddress: nodeAddressOf(facts),
  publicAddress: facts.publicAddress ?? publicSource(facts),
  natGateway: facts.natGateway,
  externalSnat: facts.externalSnat,
})

/** The tutorial's statements of a packet from a pod to the internet, 1 to 6, in its order. */
export const podToInternet: readonly AnyClaim<InternetFacts>[] = [
  claim({
    id: 'pod-to-internet.1',
    says: ({ trace }: InternetFacts) => ({
      pod: shortPod(trace.from.name),
      source: trace.from.address,
      destination: trace.to.address || trace.to.name,
      name: trace.to.name,
    }),
    holds: packetIsMade,
  }),
  claim({
    id: 'pod-to-internet.2',
    says: (facts: InternetFacts) => ({ ...podRouteFacts(facts), node: nodeLabel(nodeOf(facts)) }),
    holds: leavesThePod,
  }),
  claim({ id: 'pod-to-internet.3', says: nodeRouteFacts, holds: nodeTakesDefault }),
  claim({
    id: 'pod-to-internet.4',
    says: (facts: InternetFacts) => ({
      node: nodeLabel(nodeOf(facts)),
      destination: endpointsOf(facts).dst || facts.trace.to.name,
      externalSnat: facts.externalSnat,
    }),
    holds: snatRuleMatches,
  }),
  claim({ id: 'pod-to-internet.4a', says: addressFacts, holds: nodeRewrites }),
  claim({
    id: 'pod-to-internet.5',
    says: ({ trace, natGateway }: InternetFacts) => ({
      destination: trace.to.address || trace.to.name,
      natGateway,
    }),
    holds: vpcSendsToGateway,
  }),
  claim({ id: 'pod-to-internet.5a', says: addressFacts, holds: gatewayRewrites }),
  claim({ id: 'pod-to-internet.6', says: addressFacts, holds: countedTranslations }),
  claim({ id: 'pod-to-internet.6a', says: addressFacts, holds: undoneInOppositeOrder }),
  claim({ id: 'pod-to-internet.6b', says: replyFacts, holds: replyCountsNodes }),
]
