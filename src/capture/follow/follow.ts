import type { Path, Verdict } from '../../model/path/path.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import { internetStack, type StackId } from '../../model/stack/stack-id.ts'
import { findAnswer, findErrors, type Answer, type ErrorReport } from './answer.ts'
import { exchangesOf, type Exchanges } from './exchange.ts'
import { followFabric, type FollowFabric } from './fabric.ts'
import { beyond, hopsOf } from './hops.ts'
import type { FollowInput, ProbeFlow } from './input.ts'
import { ownPackets } from './own-packets.ts'
import { answerDue, portsOf, type AnswerKind } from './packet.ts'
import { replyTranslationsOf, translationsOf, type SeenTranslation } from './translation.ts'
import { SightingPool, walk, type Visit, type Walk } from './walk.ts'
import { hopsBack, passagesOf, rewritingsOf } from './egress-path.ts'

/** Of one packet: Linux sends a SYN-ACK six times (tcp_synack_retries is 5). */
const mostAnswers = 6

/** More packets of one flow than this are not followed; the rest is reported as a number. */
const mostProbes = 4096

/** Where a packet went missing. */
export interface Loss {
  readonly direction: 'forward' | 'reply'
  /**
   * `wire`: it left and did not come in at the wire's other end. `vpc`: it left toward the VPC and did not come in
   * where it belongs. `stack`: it came in, was for elsewhere, and did not leave. `unanswered`: it came in where it
   * belongs, and no answer left. `beyond`: it left to where nobody captures, and nothing came back.
   * `refused`: an ICMP error says that it was dropped. `origin`: it was never seen to leave its origin.
   */
  readonly reason: 'wire' | 'vpc' | 'stack' | 'unanswered' | 'beyond' | 'refused' | 'origin'
  /** The stack to look at. */
  readonly at: StackId
  readonly lastSeen: Sighting | null
  /** Where it should have been seen next; the interface is null where it is not known. */
  readonly firstMissing: { readonly stack: StackId; readonly interface: string | null } | null
  /** False: a capture on the way lost packets or did not look, so that absence proves nothing. */
  readonly certain: boolean
}

/** One packet that the prober sent, followed there and back. */
export interface ObservedProbe {
  readonly path: Path
  /** The packet as it left its origin. */
  readonly sent: Sighting
  /** What each stack rewrote on the way there, in order. */
  readonly translations: readonly SeenTranslation[]
  readonly replyTranslations: readonly SeenTranslation[]
  readonly answer: AnswerKind | null
  /** Nanoseconds between packet and answer at the origin, by its clock. */
  readonly roundTrip: number | null
  readonly loss: Loss | null
  /** ICMP errors about the packet. */
  readonly errors: readonly ErrorReport[]
  readonly forwardVisits: readonly Visit[]
  readonly replyVisits: readonly Visit[]
  /** Further sightings of the same packet at a place where it was seen already. */
  readonly duplicates: readonly Sighting[]
}

export interface Observation {
  /** In the order in which they were sent. */
  readonly probes: readonly ObservedProbe[]
  /** One path for the whole flow: that of a lost packet if any was lost for good, of a delivered one otherwise. */
  readonly path: Path
  readonly translations: readonly SeenTranslation[]
  /** Stacks on the fabric whose capture lost packets, or did not say. */
  readonly unreliable: readonly StackId[]
  /** Packets of the flow beyond the most that are followed. */
  readonly notFollowed: number
}

/** Sightings of many stacks → the path that each packet of a probe took, there and back. Pure. */
export function follow(input: FollowInput): Observation {
  const fabric = followFabric(input)
  const pool = new SightingPool(input.sightings)
  const exchanges = exchangesOf(pool)
  const sent = ownPackets(exchanges.sentBy(input.flow.from), input.flow, fabric)
  const probes: ObservedProbe[] = []
  for (const first of sent.slice(0, mostProbes))
    if (!pool.isUsed(first)) probes.push(followOne(first, input, pool, exchanges, fabric))
  // A connection's data says nothing of an answer; its handshake, an echo, a request does. Without any of these, all count.
  const asking = probes.filter((probe) => answerDue(probe.sent.packet) !== 'none')
  const shown = representative(asking.length > 0 ? asking : probes)
  return {
    probes,
    path: shown?.path ?? nothingSeen(input.flow, fabric),
    translations: shown?.translations ?? [],
    unreliable: input.stacks
      .filter(({ captured, dropped }) => captured.length > 0 && dropped !== 0)
      .map(({ stack }) => stack),
    notFollowed: Math.max(0, sent.length - mostProbes),
  }
}

function followOne(
  first: Sighting,
  input: FollowInput,
  pool: SightingPool,
  exchanges: Exchanges,
  fabric: FollowFabric,
): ObservedProbe {
  const { flow, epoch } = input
  const walked = walk(first, false, pool, fabric)
  const due = answerDue(first.packet)
  const found = due === 'none' ? null : answered(walked, input, pool, exchanges, fabric)
  const answer = found?.answer ?? null
  const back = found?.back ?? null
  const errors = findErrors(walked, exchanges).filter((error) => error.first !== answer?.first)
  const lastOut = walked.visits.at(-1)?.out ?? null
  const passed = answer?.fromOutside && lastOut ? passagesOf(lastOut, fabric) : []
  const outside = answer?.fromOutside && lastOut ? beyond(lastOut, passed, fabric) : []
  const forward = [...hopsOf(walked.visits, fabric, epoch), ...outside]
  const reply = back
    ? [...(answer?.fromOutside ? hopsBack(answer.first, outside) : []), ...hopsOf(back.visits, fabric, epoch)]
    : []
  const ended = judge(walked, answer, back, errors, due, flow, fabric)
  const rewritings = lastOut ? rewritingsOf(lastOut.packet.source, passed) : []
  const home = back?.visits.at(-1)
  const seen = [...walked.visits, ...(back?.visits ?? [])].flatMap(({ in: came, out }) => [came, out])
  return {
    path: { ...ended.verdicts, forward, reply },
    sent: first,
    translations: translationsOf(walked.visits, flow, rewritings),
    replyTranslations: replyTranslationsOf(back?.visits ?? [], rewritings),
    answer: answer?.kind ?? null,
    roundTrip: home?.in && home.stack === flow.from ? Number(home.in.time - first.time) : null,
    loss: ended.loss,
    errors,
    forwardVisits: walked.visits,
    replyVisits: back?.visits ?? [],
    duplicates: seen.flatMap((sighting) => (sighting ? pool.duplicatesOf(sighting) : [])),
  }
}

/** The answer that came home; where none did, the first, and how far it came. A SYN-ACK may be sent again. */
function answered(
  walked: Walk,
  { flow }: FollowInput,
  pool: SightingPool,
  exchanges: Exchanges,
  fabric: FollowFabric,
): { readonly answer: Answer; readonly back: Walk } | null {
  let first: { readonly answer: Answer; readonly back: Walk } | null = null
  for (let tried = 0; tried < mostAnswers; tried++) {
    const answer = findAnswer(walked, pool, exchanges, fabric, flow)
    if (!answer) break
    const back = walk(answer.first, answer.fromOutside, pool, fabric)
    if (isHome(back, flow) && (first === null || isRepetition(first.answer, answer))) return { answer, back }
    first ??= { answer, back }
    if (!isRepetition(first.answer, answer)) break
  }
  return first
}

/** Any other answer that is alike answers another packet that is. */
const isRepetition = ({ first: { packet: a } }: Answer, { first: { packet: b } }: Answer): boolean =>
  a.transport.kind === 'tcp' && b.transport.kind === 'tcp' && a.transport.sequence === b.transport.sequence

function isHome(back: Walk, flow: ProbeFlow): boolean {
  const last = back.visits.at(-1)
  return last?.stack === flow.from && last.in !== null && last.out === null
}

interface Judgement {
  readonly verdicts: Pick<Path, 'verdict' | 'replyVerdict' | 'stoppedAt'>
  readonly loss: Loss | null
}

/** An answer proves that the packet arrived; without one, the end of its path decides. */
function judge(
  walked: Walk,
  answer: Answer | null,
  back: Walk | null,
  errors: readonly ErrorReport[],
  due: ReturnType<typeof answerDue>,
  flow: ProbeFlow,
  fabric: FollowFabric,
): Judgement {
  if (answer && back) {
    if (answer.refusedBy !== null) {
      const last = walked.visits.at(-1)
      const loss: Loss = {
        direction: 'forward',
        reason: 'refused',
        at: answer.refusedBy,
        lastSeen: last?.out ?? last?.in ?? null,
        firstMissing: null,
        certain: true,
      }
      return { verdicts: { verdict: 'dropped', replyVerdict: null, stoppedAt: loss.at }, loss }
    }
    if (isHome(back, flow))
      return { verdicts: { verdict: 'delivered', replyVerdict: 'delivered', stoppedAt: null }, loss: null }
    const loss = lossOf(back, 'reply', fabric)
    return {
      verdicts: { verdict: 'delivered', replyVerdict: lossVerdict(loss), stoppedAt: loss.at },
      loss,
    }
  }
  const last = walked.visits.at(-1)
  const refused = errors.at(0)
  if (refused && last) {
    const at = refused.by ?? beyondOf(last, fabric)
    const loss: Loss = {
      direction: 'forward',
      reason: 'refused',
      at,
      lastSeen: last.out ?? last.in,
      firstMissing: null,
      certain: true,
    }
    return { verdicts: { verdict: 'dropped', replyVerdict: null, stoppedAt: at }, loss }
  }
  if (walked.end.kind === 'stayed' && walked.end.local === true && last) {
    if (due === 'none')
      return { verdicts: { verdict: 'delivered', replyVerdict: null, stoppedAt: null }, loss: null }
    // The kernel answers echo requests and SYNs by itself: then a missing answer was dropped here, or the packet was.
    const certain = due === 'certain' && fabric.isReliable(last.stack) && fabric.coversAll(last.stack)
    const loss: Loss = {
      direction: 'reply',
      reason: 'unanswered',
      at: last.stack,
      lastSeen: last.in,
      firstMissing: { stack: last.stack, interface: null },
      certain,
    }
    return {
      verdicts: {
        verdict: 'delivered',
        replyVerdict: certain ? 'dropped' : 'unknown',
        stoppedAt: last.stack,
      },
      loss,
    }
  }
  const loss = lossOf(walked, 'forward', fabric)
  // To a packet that was dropped no reply was to be expected.
  const replyVerdict = loss.certain || due === 'none' ? null : 'unknown'
  return { verdicts: { verdict: lossVerdict(loss), replyVerdict, stoppedAt: loss.at }, loss }
}

const lossVerdict = (loss: Loss): Verdict => (loss.certain ? 'dropped' : 'unknown')

/** What lies behind a stack that a packet left. */
const beyondOf = (visit: Visit, fabric: FollowFabric): StackId => {
  if (!visit.out) return visit.stack
  if (!fabric.vpc) return fabric.peerOf(visit.out.point)?.stack ?? visit.stack
  return fabric.isInVpc(visit.out.packet.destination) ? fabric.vpcStack : internetStack
}

/** How a walk that did not end well ended. */
function lossOf(walked: Walk, direction: Loss['direction'], fabric: FollowFabric): Loss {
  const last = walked.visits.at(-1)
  const seen = last?.out ?? last?.in ?? null
  if (!last || !seen) throw new Error('a walk has at least the sighting that it began with')
  const base = { direction, lastSeen: seen }
  if (walked.end.kind === 'lost')
    return {
      ...base,
      reason: 'wire',
      at: last.stack,
      firstMissing: walked.end.missing,
      certain: walked.end.certain,
    }
  if (walked.end.kind === 'stayed')
    return {
      ...base,
      reason: 'stack',
      at: last.stack,
      firstMissing: { stack: last.stack, interface: null },
      // A reply to a translated source has the translating stack's own address, and still has to go on.
      certain:
        (direction === 'reply' || walked.end.local === false) &&
        fabric.coversAll(last.stack) &&
        fabric.isReliable(last.stack),
    }
  const expected = expectedMachine(seen, fabric)
  if (expected !== null && expected !== last.stack && fabric.vpc)
    return {
      ...base,
      reason: 'vpc',
      at: fabric.vpcStack,
      firstMissing: { stack: expected, interface: null },
      certain: fabric.coversAll(expected) && fabric.isReliable(expected),
    }
  return { ...base, reason: 'beyond', at: beyondOf(last, fabric), firstMissing: null, certain: false }
}

/** The machine to which the VPC should have brought the packet: the destination's node, or the destination. */
function expectedMachine(seen: Sighting, fabric: FollowFabric): StackId | null {
  const owner = fabric.ownerOf(seen.packet.destination)
  return owner === null ? null : (fabric.neighbourOf(owner) ?? owner)
}

/** A lost packet that no later copy of it made good; else one that was answered; else the first. */
function representative(probes: readonly ObservedProbe[]): ObservedProbe | undefined {
  const good = new Set(probes.filter(isFine).map(transmission))
  return (
    probes.find(
      (probe) => !isFine(probe) && probe.path.verdict === 'dropped' && !good.has(transmission(probe)),
    ) ??
    probes.find((probe) => !isFine(probe) && !good.has(transmission(probe))) ??
    probes.find((probe) => probe.path.replyVerdict === 'delivered') ??
    probes[0]
  )
}

const isFine = ({ path }: ObservedProbe): boolean =>
  path.verdict === 'delivered' && (path.replyVerdict === null || path.replyVerdict === 'delivered')

/** What a retransmission has in common with the first transmission. */
function transmission({ sent: { packet } }: ObservedProbe): string {
  const { transport } = packet
  const ports = portsOf(transport).join(' ')
  if (transport.kind === 'tcp') return `tcp ${ports} ${transport.sequence} ${transport.flags}`
  if (transport.kind === 'icmp') return `icmp ${ports} ${transport.sequence}`
  return `${transport.kind} ${ports} ${packet.fragmentOffset} ${packet.payloadDigest}`
}

/** The prober sent, and nothing left its stack; or nobody knows whether it sent. */
function nothingSeen(flow: ProbeFlow, fabric: FollowFabric): Path {
  const certain = (flow.sent ?? 0) > 0 && fabric.coversAll(flow.from) && fabric.isReliable(flow.from)
  return {
    verdict: certain ? 'dropped' : 'unknown',
    replyVerdict: certain ? null : 'unknown',
    stoppedAt: flow.from,
    forward: [],
    reply: [],
  }
}
