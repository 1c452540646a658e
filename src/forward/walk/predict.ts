import { formatIp, type Ip } from '../../model/address/address.ts'
import type { Evaluated } from '../../model/path/evaluated.ts'
import { ICMP, ICMPV6, protocolName, TCP, UDP } from '../../model/packet/packet.ts'
import type { Decision, Hop, PacketView, Path, Translation, Verdict } from '../../model/path/path.ts'
import { internetStack, type StackId } from '../../model/stack/stack-id.ts'
import { Budget, limits, spent } from '../run/budget.ts'
import { Choices, choicesOf, type Uncertainty } from '../run/choices.ts'
import type { CompiledFabric, CompiledStack, Run } from '../compiled/fabric.ts'
import { explore, type Weighted } from './explore.ts'
import type { Outcome } from '../run/outcome.ts'
import { hasPorts, isIcmp, type PacketState } from '../run/packet-state.ts'
import { Recorder } from '../run/recorder.ts'
import { FlowRun } from '../run/flow-run.ts'
import { walkFrom, walkFromInternet, type Ending } from './walk.ts'

/** One packet to send, and from where. Absent: what an ordinary program would send. */
export interface Flow {
  readonly from: StackId
  readonly to: Ip
  /** IANA protocol number. ICMP and ICMPv6 are echo requests, TCP is a SYN. */
  readonly protocol: number
  readonly destinationPort?: number
  /** Absent: the kernel picks an ephemeral one, so that rules on it match by chance. */
  readonly sourcePort?: number
  /** The address that the socket is bound to; absent: the route decides. */
  readonly source?: Ip
  /** SO_MARK */
  readonly mark?: number
  /** Octets of the whole IP packet. */
  readonly length?: number
  /** True: never fragmented (IP_PMTUDISC_DO). False: always may be. Absent: whole where it fits. */
  readonly dontFragment?: boolean
  readonly tos?: number
  readonly ttl?: number
  /** The user that sends; absent: not known. */
  readonly uid?: number
  /** The group that sends; absent: not known. */
  readonly gid?: number
  /** True: it begins a connection, whatever conntrack of the stacks knew when they were read. */
  readonly fresh?: boolean
  /** The socket is connected; by default TCP and UDP ones are, ICMP ones are not. */
  readonly connected?: boolean
}

/** One path that the flow can take. Details are worked out when they are asked for, and kept. */
export interface PredictedPath {
  /** 0..1 */
  readonly probability: number
  readonly verdict: Verdict
  readonly replyVerdict: Verdict | null
  readonly stoppedAt: StackId | null
  /** What stopped it; null: it was delivered, and so was the reply. */
  readonly decision: Decision | null
  /** Where the request was delivered; null: it was not. */
  readonly deliveredAt: StackId | null
  /** Hops and decisions, by running it again with a recorder. */
  readonly path: () => Path
  readonly translations: () => readonly Translation[]
  /** The packets as their receivers got them; null: nobody did. */
  readonly received: () => { readonly forward: PacketView | null; readonly reply: PacketView | null }
  /**
   * Every line that was evaluated on the path, in order, and what those lacked that did not match; see `whyNot`. Not all where
   * there are `mostLines` of them.
   */
  readonly evaluated: () => readonly Evaluated[]
}

export interface Prediction {
  /** The most probable first; the probabilities sum to one. */
  readonly paths: readonly PredictedPath[]
}

const unknownStack = (id: StackId): Outcome => ({
  verdict: 'unknown',
  replyVerdict: null,
  stoppedAt: id,
  decision: { stage: 'link', by: id, effect: 'this stack was not read' },
  deliveredAt: null,
  signature: 0,
  requestSignature: 0,
})

/**
 * Says which path a flow takes, and how its reply comes back. Pure: the same fabric and flow, the same answer.
 * @param allowance the steps that are left for this flow and for others after it; absent: it stands alone
 */
export function predict(fabric: CompiledFabric, flow: Flow, allowance?: Budget): Prediction {
  const found = explore((choices) => runFlow(fabric, flow, choices, null), allowance)
  const paths = found.map((weighted) => new LazyPath(fabric, flow, weighted))
  return { paths: paths.length > 1 ? paths.toSorted((a, b) => b.probability - a.probability) : paths }
}

/** One path, and how to take it again: details are seldom asked for, and cost more than the verdict. */
class LazyPath implements PredictedPath {
  readonly probability: number
  readonly verdict: Verdict
  readonly replyVerdict: Verdict | null
  readonly stoppedAt: StackId | null
  readonly decision: Decision | null
  readonly deliveredAt: StackId | null
  readonly #fabric: CompiledFabric
  readonly #flow: Flow
  readonly #weighted: Weighted
  #recorder: Recorder | null = null

  constructor(fabric: CompiledFabric, flow: Flow, weighted: Weighted) {
    const { outcome } = weighted
    this.probability = weighted.probability
    this.verdict = outcome.verdict
    this.replyVerdict = outcome.replyVerdict
    this.stoppedAt = outcome.stoppedAt
    this.decision = outcome.decision
    this.deliveredAt = outcome.deliveredAt
    this.#fabric = fabric
    this.#flow = flow
    this.#weighted = weighted
  }

  #again(recorder: Recorder): Recorder {
    const { script, careful, uncertainty } = this.#weighted
    // What led to where the steps were used up is not walked through to its end a second time.
    const budget = new Budget(uncertainty?.because === spent ? limits.plainSteps : limits.steps)
    runFlow(this.#fabric, this.#flow, new Choices(choicesOf(script), budget, careful), recorder)
    return recorder
  }

  #details(): Recorder {
    this.#recorder ??= this.#again(new Recorder())
    return this.#recorder
  }

  path(): Path {
    const details = this.#details()
    const { verdict, replyVerdict, stoppedAt } = this
    const forward = marked(details.forward, this.#fabric)
    const reply = marked(details.reply, this.#fabric)
    const path: Path = { verdict, replyVerdict, stoppedAt, forward, reply }
    return this.#weighted.uncertainty === null ? path : endAt(path, this.#weighted.uncertainty)
  }

  translations(): readonly Translation[] {
    return this.#details().translations
  }

  received(): Recorder['received'] {
    return this.#details().received
  }

  evaluated(): readonly Evaluated[] {
    return this.#again(new Recorder(true)).evaluated ?? []
  }
}

/** Hops of stacks that nobody recorded are told apart. */
const marked = (hops: readonly Hop[], fabric: CompiledFabric): readonly Hop[] =>
  fabric.hasDerived
    ? hops.map((hop) =>
        fabric.stacks.get(hop.stack)?.stack.derived === undefined ? hop : { ...hop, evidence: 'derived' },
      )
    : hops

/** A path that is unknown from a line on: cut there, so that nothing after it looks sure. */
function endAt(path: Path, uncertainty: Uncertainty): Path {
  const decision: Decision = {
    stage: uncertainty.stage,
    by: uncertainty.by,
    effect: `cannot be decided: ${uncertainty.because}`,
  }
  const inReply = path.verdict === 'delivered'
  const hops = inReply ? path.reply : path.forward
  const last = hops.findIndex((hop) => hop.stack === uncertainty.at)
  const kept = last < 0 ? hops : hops.slice(0, last + 1)
  const cut = kept.map((hop, index) =>
    index === kept.length - 1
      ? { ...hop, out: null, packetOut: null, decisions: [...hop.decisions, decision] }
      : hop,
  )
  return inReply ? { ...path, reply: cut } : { ...path, forward: cut, reply: [] }
}

/** RFC 792, 768, 793: an echo request of ping's size, a small datagram, a SYN with options. */
const usualLength = (protocol: number, six: boolean): number =>
  (isIcmp(protocol) ? 84 : protocol === TCP ? 60 : 60) + (six ? 20 : 0)

function packetFor(run: (low: number, high: number) => number, flow: Flow, ttl: number): PacketState {
  const { protocol } = flow
  const six = typeof flow.to === 'bigint'
  return {
    src: flow.source ?? flow.to,
    dst: flow.to,
    protocol,
    ttl: flow.ttl ?? ttl,
    sourcePort:
      flow.sourcePort ?? (hasPorts(protocol) ? run(32768, 60999) : isIcmp(protocol) ? run(0, 65535) : 0),
    destinationPort: hasPorts(protocol) ? (flow.destinationPort ?? 0) : 0,
    icmpType: protocol === ICMP ? 8 : protocol === ICMPV6 ? 128 : 0,
    icmpCode: 0,
    tcpFlags: protocol === TCP ? 2 : 0,
    length: flow.length ?? usualLength(protocol, six),
    dontFragment: flow.dontFragment ?? true,
    tos: flow.tos ?? 0,
    mark: flow.mark ?? 0,
  }
}

/** What the other end answers: an echo reply, a SYN-ACK, a datagram of the same length. */
function answerTo(packet: PacketState, ttl: number): PacketState {
  const icmp = isIcmp(packet.protocol)
  return {
    src: packet.dst,
    dst: packet.src,
    protocol: packet.protocol,
    ttl,
    sourcePort: icmp ? packet.sourcePort : packet.destinationPort,
    destinationPort: icmp ? 0 : packet.sourcePort,
    icmpType: packet.protocol === ICMP ? 0 : packet.protocol === ICMPV6 ? 129 : 0,
    icmpCode: 0,
    // A SYN is answered by a SYN-ACK, what belongs to a connection by an ACK.
    tcpFlags: packet.protocol === TCP ? ((packet.tcpFlags & 2) === 0 ? 0x10 : 0x12) : 0,
    length: packet.length,
    // The kernel's own ICMP answers may be fragmented; sockets ask for whole packets.
    dontFragment: packet.protocol === TCP || packet.protocol === UDP,
    tos: icmp ? packet.tos : 0,
    mark: 0,
  }
}

/** IPv6's hop limit is a device's, and 64 unless a router says otherwise; so is what the internet sends. */
const ttlOf = (stack: CompiledStack, to: Ip, outside: boolean): number =>
  outside || typeof to === 'bigint' ? 64 : stack.ttl

/**
 * Nobody's address means the sender itself: 0.0.0.0 what the socket is bound to, or 127.0.0.1 (ip_route_output_key_hash_rcu), ::
 * always ::1 (ip6_datagram_connect, rawv6_sendmsg).
 */
function towardsSomebody(flow: Flow): Flow {
  if (flow.from === internetStack) return flow
  if (flow.to === 0) return { ...flow, to: flow.source ?? (0x7f000001 as Ip) }
  return flow.to === 0n ? { ...flow, to: 1n as Ip } : flow
}

/** Runs a flow once, with the choices given. */
export function runFlow(
  fabric: CompiledFabric,
  asked: Flow,
  choices: Choices,
  recorder: Recorder | null,
): Outcome {
  const flow = towardsSomebody(asked)
  const start =
    fabric.stacks.get(flow.from) ??
    (flow.from === internetStack ? fabric.stacks.values().next().value : undefined)
  if (!start) return unknownStack(flow.from)
  const run = new FlowRun(fabric, start, blank, choices, recorder)
  const outside = flow.from === internetStack
  run.packet = packetFor((low, high) => run.ports.draw(low, high), flow, ttlOf(start, flow.to, outside))
  run.uid = flow.uid ?? null
  run.gid = flow.gid ?? null
  run.fresh = flow.fresh ?? false
  const connected = flow.connected ?? (flow.protocol === TCP || flow.protocol === UDP)
  const ending: Ending = outside
    ? walkFromInternet(run)
    : walkFrom(run, { source: flow.source ?? null, connected, strictlyWhole: flow.dontFragment === true })
  if (ending === 'stopped') return ofStop(run, true)
  const deliveredAt = ending === 'internet' ? internetStack : run.stack.id
  return replyOf(run, flow, deliveredAt, outside)
}

const ignoredEcho = ({ packet, stack }: Run): string | null =>
  packet.protocol === ICMP ? stack.ignoresEcho : packet.protocol === ICMPV6 ? stack.ignoresEcho6 : null

const blank: PacketState = {
  src: 0 as Ip,
  dst: 0 as Ip,
  protocol: 0,
  ttl: 0,
  sourcePort: 0,
  destinationPort: 0,
  icmpType: 0,
  icmpCode: 0,
  tcpFlags: 0,
  length: 0,
  dontFragment: false,
  tos: 0,
  mark: 0,
}

function ofStop(run: Run, forward: boolean): Outcome {
  const { stop } = run
  if (stop === null) throw new Error('a run stopped without saying why')
  const at = run.stoppedAt ?? run.stack.id
  const { kind: verdict, decision } = stop.kind === 'dropped' ? lost(run, at, stop.decision) : stop
  run.recorder?.conclude(decision)
  return {
    verdict: forward ? verdict : 'delivered',
    replyVerdict: forward ? null : verdict,
    stoppedAt: at,
    decision,
    deliveredAt: null,
    signature: run.signature,
    requestSignature: run.requestSignature,
  }
}

/** What was not read but derived loses no packet for sure: neither where all of it is, nor beyond where some of it is. */
function lost(
  run: Run,
  at: StackId,
  decision: Decision,
): { readonly kind: 'dropped' | 'unknown'; readonly decision: Decision } {
  const whole = run.fabric.stacks.get(at)?.stack.derived !== undefined
  if (!whole && run.derivedAt === null) return { kind: 'dropped', decision }
  const what = whole
    ? at
    : `${run.derivedAt?.stack.derivedParts?.join(', ') ?? ''} of ${run.derivedAt?.id ?? ''}`
  const effect = `cannot be decided: ${decision.effect}, by ${what}, which was not read but derived`
  return { kind: 'unknown', decision: { ...decision, effect } }
}

function replyOf(run: Run, flow: Flow, deliveredAt: StackId, outside: boolean): Outcome {
  const sent = run.original
  const delivered = run.packet
  if (!hasPorts(delivered.protocol) && !isIcmp(delivered.protocol))
    return {
      verdict: 'delivered',
      replyVerdict: null,
      stoppedAt: null,
      decision: null,
      deliveredAt,
      signature: run.signature,
      requestSignature: run.requestSignature,
    }
  const atInternet = deliveredAt === internetStack
  const silent = atInternet ? null : ignoredEcho(run)
  if (silent !== null) {
    const { kind, decision } = lost(run, deliveredAt, {
      stage: 'socket',
      by: silent,
      effect: 'echo requests are not answered here',
    })
    run.recorder?.decide('socket', silent, decision.effect)
    return {
      verdict: 'delivered',
      replyVerdict: kind,
      stoppedAt: deliveredAt,
      decision,
      deliveredAt,
      signature: run.signature,
      requestSignature: run.requestSignature,
    }
  }
  run.deliveredAt = deliveredAt
  run.turn(answerTo(delivered, ttlOf(run.stack, delivered.dst, atInternet)))
  const ending = atInternet
    ? walkFromInternet(run)
    : walkFrom(run, { source: delivered.dst, connected: false, strictlyWhole: false })
  if (ending === 'stopped') return { ...ofStop(run, false), deliveredAt }
  const home = ending === 'internet' ? internetStack : run.stack.id
  const { packet } = run
  const expected =
    home === (outside ? internetStack : flow.from) &&
    packet.src === flow.to &&
    (sent === null || packet.dst === sent.src) &&
    (!hasPorts(packet.protocol) ||
      (packet.sourcePort === (sent?.destinationPort ?? packet.sourcePort) &&
        packet.destinationPort === sent?.sourcePort))
  if (expected)
    return {
      verdict: 'delivered',
      replyVerdict: 'delivered',
      stoppedAt: null,
      decision: null,
      deliveredAt,
      signature: run.signature,
      requestSignature: run.requestSignature,
    }
  const by = `${protocolName(packet.protocol)} ${formatIp(packet.src)} -> ${formatIp(packet.dst)}`
  const { kind, decision } = lost(run, home, {
    stage: 'socket',
    by,
    effect: `no socket of ${home} waits for this reply`,
  })
  run.recorder?.decide(decision.stage, decision.by, decision.effect)
  return {
    verdict: 'delivered',
    replyVerdict: kind,
    stoppedAt: home,
    decision,
    deliveredAt,
    signature: run.signature,
    requestSignature: run.requestSignature,
  }
}
