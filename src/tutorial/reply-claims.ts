import type { StatementFacts } from '../i18n/facts/statement-facts.ts'
import type { Evidence } from '../model/result/finding.ts'
import { stackKind, type StackId } from '../model/stack/stack-id.ts'
import type { FlowFacts } from './facts.ts'
import { after, failed, passed, unknown, type Outcome } from './outcome.ts'
import { podOf } from './routing-claims.ts'
import { seenAt, seenUnchanged, sightingOf, type Direction, type Leg } from './sighting.ts'

/** Stacks on the observed way whose capture can tell: nodes and pods. */
const nodesOn = (facts: FlowFacts, way: Leg): readonly StackId[] =>
  (facts.trace.observed?.[way] ?? []).map((hop) => hop.stack).filter((stack) => stackKind(stack) === 'node')

export const replyFacts = (facts: FlowFacts): StatementFacts['pod-to-pod.7c'] => ({
  ttl: facts.trace.probe?.replyTtl?.[0] ?? null,
  nodes: nodesOn(facts, 'forward').length,
})

/** What nobody can capture in, the VPC, is inferred by what was captured around it. */
const isWatched = (facts: FlowFacts, stack: StackId): boolean =>
  !['pod', 'node'].includes(stackKind(stack)) || facts.captures.has(stack)

/** Did a reply come at all, and by the places of the request in the opposite order? */
export function replyMirrors(facts: FlowFacts): Outcome {
  const { observed } = facts.trace
  if (!observed || observed.replyVerdict !== 'delivered') {
    const stoppedAt = observed?.stoppedAt ?? null
    const lost = [...facts.captures.values()].reduce((sum, one) => sum + one, 0)
    const reason = { code: 'no-reply', facts: { stoppedAt } } as const
    const unwatched = observed?.forward.some(({ stack }) => !isWatched(facts, stack)) ?? true
    return !observed ||
      observed.replyVerdict === 'unknown' ||
      ((lost > 0 || unwatched) && observed.replyVerdict === null)
      ? unknown(stoppedAt, reason)
      : failed(stoppedAt, reason)
  }
  const expected = observed.forward.map((hop) => hop.stack).reverse()
  const seen = observed.reply.map((hop) => hop.stack)
  const parted = expected.findIndex((stack, i) => stack !== seen[i])
  const blind = expected.find((stack) => !isWatched(facts, stack))
  return parted < 0 && seen.length === expected.length
    ? passed([])
    : blind !== undefined
      ? unknown(blind, { code: 'not-captured', facts: { stack: blind } })
      : failed(seen[parted] ?? expected[parted] ?? null, {
          code: 'reply-other-way',
          facts: { expected: expected.join(' → '), seen: seen.join(' → ') },
        })
}

/** The reply of a pod: the way back, its addresses swapped, one TTL less for each node and no more. */
export function replyComesBack(facts: FlowFacts): Outcome {
  const mirrored = replyMirrors(facts)
  if (mirrored.state !== 'passed') return mirrored
  const swapped = { src: facts.trace.to.address, dst: facts.trace.from.address }
  const reply = facts.trace.observed?.reply ?? []
  const evidence: Evidence[] = []
  let ttl: number | undefined
  for (const hop of reply) {
    const kind = stackKind(hop.stack)
    if (kind !== 'pod' && kind !== 'node') continue
    const sides: readonly Direction[] =
      hop === reply[0] ? ['out'] : hop === reply.at(-1) ? ['in'] : ['in', 'out']
    for (const side of sides) {
      const seen = seenUnchanged(facts, 'reply', hop.stack, side, swapped)
      if (seen.miss) return after(evidence, seen.miss)
      evidence.push(sightingOf(seen.found))
      const here = seen.found.packet.ttl
      if (here === undefined)
        return unknown(hop.stack, { code: 'ttl-not-seen', facts: { stack: hop.stack } }, evidence)
      const expected = ttl === undefined ? here : side === 'out' && kind === 'node' ? ttl - 1 : ttl
      if (here !== expected)
        return failed(
          hop.stack,
          { code: 'ttl-changed', facts: { stack: hop.stack, expected, seen: here } },
          evidence,
        )
      ttl = here
    }
  }
  return ttlAsPrinted(facts, ttl, evidence)
}

/** What the sender of the probe printed is what was captured. */
function ttlAsPrinted(facts: FlowFacts, ttl: number | undefined, evidence: readonly Evidence[]): Outcome {
  const printed = facts.trace.probe?.replyTtl?.[0]
  const pod = podOf(facts)
  return printed === undefined || ttl === undefined || printed === ttl
    ? passed(evidence)
    : failed(pod, { code: 'ttl-changed', facts: { stack: pod, expected: ttl, seen: printed } }, evidence)
}

/** From the internet: between the node's ENI and the pod only the node takes one off. */
export function replyCountsNodes(facts: FlowFacts): Outcome {
  const mirrored = replyMirrors(facts)
  if (mirrored.state !== 'passed') return mirrored
  const node = nodesOn(facts, 'reply').at(-1) ?? ''
  const pod = podOf(facts)
  const into = seenAt(facts, 'reply', node, 'in')
  if (into.miss) return into.miss
  const last = seenAt(facts, 'reply', pod, 'in')
  if (last.miss) return after([sightingOf(into.found)], last.miss)
  const evidence = [sightingOf(into.found), sightingOf(last.found)]
  const [before, seen] = [into.found.packet.ttl, last.found.packet.ttl]
  if (before === undefined || seen === undefined)
    return unknown(pod, { code: 'ttl-not-seen', facts: { stack: pod } }, evidence)
  const expected = before - 1
  return seen === expected
    ? ttlAsPrinted(facts, seen, evidence)
    : failed(pod, { code: 'ttl-changed', facts: { stack: pod, expected, seen } }, evidence)
}
