import type { Ip } from '../../model/address/address.ts'
import type { Stage } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { spent, type Budget } from './budget.ts'
import type { Choices } from './choices.ts'
import type {
  CompiledFabric,
  CompiledLink,
  CompiledRoute,
  CompiledStack,
  Routed,
  Run,
  Tracking,
} from '../compiled/fabric.ts'
import {
  connectionOf,
  isUntracked,
  mayBegin,
  newConnection,
  sameTuple,
  tupleKey,
  tupleOf,
  type Connection,
  type Tuple,
} from './connection.ts'
import type { Stop } from '../netfilter/verdict.ts'
import { PortRanges, type PacketState } from './packet-state.ts'
import type { Recorder } from './recorder.ts'
import { connectionText, numberOf, stateOf } from './state.ts'
import type { Direction, PolicyFlow, VpcFlow } from './boundaries.ts'

/** One try of one flow: the packet, where it is, and what every stack has learned of it so far. */
export class FlowRun implements Run {
  readonly fabric: CompiledFabric
  readonly choices: Choices
  readonly budget: Budget
  readonly recorder: Recorder | null
  readonly ports = new PortRanges()
  readonly vpc: VpcFlow | null
  readonly policy: PolicyFlow | null
  direction: Direction = 'forward'
  packet: PacketState
  stack: CompiledStack
  inLink: CompiledLink | null = null
  outLink: CompiledLink | null = null
  /** The gateway of the route taken; null: the destination is on the link. */
  gateway: Ip | null = null
  /** The MTU that the route itself has. */
  routeMtu: number | null = null
  routeLine: string | null = null
  /** Which end of the packet the nat hook at work may change. */
  natManip: 'source' | 'destination' = 'destination'
  /** The owner of the socket; null: not known. Only on the stack that sends. */
  uid: number | null = null
  gid: number | null = null
  /** The packet was made on this stack (it has a socket). */
  local = false
  /** The connections that were there before do not count: the packet begins one of its own. */
  fresh = false

  /** The first packet as its stack sent it, before anything changed it. */
  original: Readonly<PacketState> | null = null
  /** Where it stopped, when that is not `stack`. */
  stoppedAt: StackId | null = null
  /** Why it went no further. */
  stop: Stop | null = null
  derivedAt: CompiledStack | null = null
  /** Stacks that the packet has come to in this direction. */
  hops = 0
  /** Where the request was delivered; null: it has not been. */
  deliveredAt: StackId | null = null
  /** What the route of a packet of this stack's own was looked up with, while the output hook may change it. */
  routed: Routed | null = null

  /** Where in the hooks and chains of the stack it is; kept up by careful runs alone. */
  readonly place: (number | string)[]
  /** `packet` is another than the run's own, which waits for it: see `aside`. */
  isAside = false
  /** A rule is held against the packet only to see what it might do: nothing is decided, and no lot is drawn. */
  rehearsal: { open: boolean } | null = null

  /** Conntrack's view of the packet on this stack. */
  tracking: Tracking = 'none'
  connection: Connection | null = null
  /** The packet runs against its connection. */
  isReply = false

  /** Grows with everything that tells one way from another: equal numbers, equal ways. */
  signature = 0
  /** The signature when the request had been delivered. */
  requestSignature = 0
  /** Few stacks have any: a list is quicker than a map, which would be made for every run. */
  readonly #connections: { readonly stack: CompiledStack; readonly list: Connection[] }[] = []
  /** Made when the first multipath route is met: hardly any run meets one. */
  #picked: Map<CompiledRoute, { readonly low: Ip; readonly high: Ip; readonly index: number }[]> | null = null
  #inert: Map<object, boolean[]> | null = null
  #inertAt = 0
  /** Made when a rule first asks for what was seen before. */
  #kept: Map<string, boolean> | null = null
  /** Neighbours that a stack learned from who asked it; made when the first one is. */
  #learned: { readonly link: CompiledLink; readonly address: Ip }[] | null = null

  constructor(
    fabric: CompiledFabric,
    stack: CompiledStack,
    packet: PacketState,
    choices: Choices,
    recorder: Recorder | null,
  ) {
    this.fabric = fabric
    this.stack = stack
    if (stack.stack.derivedParts !== undefined) this.derivedAt = stack
    this.packet = packet
    this.choices = choices
    this.budget = choices.budget
    this.place = choices.careful ? [] : nowhere
    this.recorder = recorder
    this.vpc = fabric.surroundings.vpc?.newFlow(choices.budget) ?? null
    this.policy = fabric.surroundings.policy?.newFlow(choices.budget) ?? null
  }

  recall(key: string): boolean | undefined {
    return this.#kept?.get(key)
  }

  keep(key: string, value: boolean | undefined): void {
    if (this.rehearsal !== null) return
    this.#kept ??= new Map()
    if (value === undefined) this.#kept.delete(key)
    else this.#kept.set(key, value)
  }

  suppose(stage: Stage, by: string, because: string): boolean {
    if (this.rehearsal !== null) {
      this.rehearsal.open = true
      return false
    }
    return this.choices.suppose({ at: this.stack.id, stage, by, because })
  }

  /** Which of several ways the kernel takes, by weight. `by`: the line that makes it draw lots, where one does. */
  pick(weights: readonly number[], stage: Stage = 'route', by = 'the kernel draws lots'): number {
    if (this.rehearsal !== null) {
      this.rehearsal.open = true
      return 0
    }
    return this.choices.pick(this.stack.id, weights, stage, by)
  }

  /** True: the steps are used up. What the run comes to from here on counts no more, so that it may end anyhow. */
  isSpent(stage: Stage, by: string): boolean {
    if (this.budget.left >= 0) return false
    this.choices.exhausted ??= { at: this.stack.id, stage, by, because: spent }
    return true
  }

  /** Is a port within low..high? A port that nobody can know beforehand is so with its probability, and from then on. */
  portIn(port: number, low: number, high: number): boolean {
    if (port >= 0) return port >= low && port <= high
    this.budget.left -= this.ports.pieces(port)
    if (this.isSpent('link', this.stack.id)) return false
    const share = this.ports.share(port, low, high)
    if (share === 0 || share === 1) return share === 1
    const within = this.pick([1 - share, share]) === 1
    if (this.rehearsal === null) this.ports.learn(port, low, high, within)
    return within
  }

  /** Which next hop of a multipath route: by a hash that is the same for both directions of a flow. */
  pickHop(route: CompiledRoute, indexes: readonly number[], src: Ip, dst: Ip): number {
    const [low, high] = src < dst ? [src, dst] : [dst, src]
    this.#picked ??= new Map()
    const known = this.#picked.get(route) ?? []
    const before = known.find((pick) => pick.low === low && pick.high === high)
    if (before) return before.index
    const weights = indexes.map((index) => route.hops[index]?.weight ?? 1)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const shares = weights.map((weight) => weight / total)
    const index = indexes[this.pick(shares, 'route', route.route.line)] ?? 0
    known.push({ low, high, index })
    this.#picked.set(route, known)
    return index
  }

  /** Behind `link` is now known who has `address`. */
  teach(link: CompiledLink, address: Ip): void {
    this.#learned ??= []
    this.#learned.push({ link, address })
  }

  hasLearned(link: CompiledLink, address: Ip): boolean {
    return this.#learned?.some((known) => known.link === link && known.address === address) ?? false
  }

  /** The other end answers. */
  turn(packet: PacketState): void {
    this.direction = 'reply'
    this.hops = 0
    this.requestSignature = this.signature
    this.packet = packet
    this.connection = null
    this.tracking = 'none'
    this.uid = null
    this.gid = null
    this.recorder?.turn()
  }

  /** The packet enters another stack: conntrack there has not seen it yet. */
  moveTo(stack: CompiledStack): void {
    this.stack = stack
    if (stack.stack.derivedParts !== undefined) this.derivedAt ??= stack
    this.connection = null
    this.tracking = 'none'
    this.local = false
    this.uid = null
    this.gid = null
  }

  #known(): Connection[] | null {
    for (const { stack, list } of this.#connections) if (stack === this.stack) return list
    return null
  }

  /** nf_conntrack_in: finds or begins the connection of the packet on this stack. */
  track(): void {
    if (this.tracking !== 'none') return
    if (isUntracked(this.packet)) {
      this.tracking = 'untracked'
      return
    }
    const known = this.#known()
    const tuple = tupleOf(this.packet)
    if (known)
      for (const connection of known) {
        if (connection.protocol !== this.packet.protocol) continue
        if (sameTuple(connection.reply, tuple)) {
          this.connection = connection
          this.isReply = true
          this.tracking = 'established'
          connection.seenReply = true
          return
        }
        if (sameTuple(connection.original, tuple)) {
          this.connection = connection
          this.isReply = false
          this.tracking = connection.seenReply ? 'established' : 'new'
          return
        }
      }
    if (this.#joinKnown(tuple)) return
    this.isReply = false
    if (!mayBegin(this.packet)) {
      this.tracking = 'invalid'
      return
    }
    const connection = newConnection(this.packet)
    if (known) known.push(connection)
    else this.#connections.push({ stack: this.stack, list: [connection] })
    this.connection = connection
    this.tracking = 'new'
  }

  /** The packet belongs to a connection that the stack knew when it was read. A port that nobody knows belongs to none. */
  #joinKnown(tuple: Readonly<Tuple>): boolean {
    const { connections } = this.stack
    if (this.fresh || connections.size === 0 || tuple.sourcePort < 0 || tuple.destinationPort < 0)
      return false
    const found = connections.get(tupleKey(this.packet.protocol, tuple))
    if (!found) return false
    const connection = connectionOf(found.entry)
    if (found.isReply) connection.seenReply = true
    const own = this.#known()
    if (own) own.push(connection)
    else this.#connections.push({ stack: this.stack, list: [connection] })
    this.connection = connection
    this.isReply = found.isReply
    this.tracking = connection.seenReply ? 'established' : 'new'
    this.recorder?.decide('conntrack', found.entry.line, 'the connection exists already')
    return true
  }

  /** Whether any stack knows the connection of the packet as it is sent: then a TCP packet is none that begins one. */
  isOngoing(): boolean {
    if (this.fresh) return false
    const tuple = tupleOf(this.packet)
    if (tuple.sourcePort < 0 || tuple.destinationPort < 0) return false
    const key = tupleKey(this.packet.protocol, tuple)
    for (const { connections } of this.fabric.stacks.values())
      if (connections.size > 0 && connections.has(key)) return true
    return false
  }

  /** nf_conntrack_tuple_taken: would replies of this shape belong to another connection of this stack? */
  taken(reply: Readonly<Tuple>, own: Connection): boolean {
    const { connections } = this.stack
    if (
      connections.size > 0 &&
      !this.fresh &&
      reply.sourcePort >= 0 &&
      reply.destinationPort >= 0 &&
      connections.has(tupleKey(own.protocol, reply))
    )
      return true
    const known = this.#known()
    this.budget.left -= known?.length ?? 0
    return (
      known !== null &&
      known.length > 1 &&
      known.some(
        (other) =>
          other !== own &&
          other.protocol === own.protocol &&
          (sameTuple(other.reply, reply) || sameTuple(other.original, reply)),
      )
    )
  }

  /**
   * Was another run in this very state, at this very place? Then what follows is known, and this one may end. Asked where
   * ways may meet again: between rules, between the steps of a hook, between stacks, before the reply.
   */
  hasMet(...place: readonly (number | string)[]): boolean {
    const { choices } = this
    // What the waiting packet is, is no part of the state's text.
    if (this.isAside) return false
    if (!choices.mayMeet || !choices.meets(`${this.place.join('/')}/${place.join('/')} ${stateOf(this)}`))
      return false
    this.stop = met
    return true
  }

  /**
   * What the chains of a table do to the packet as it is now, by chain and depth: true, nothing. Forgotten with every change
   * and every choice, so that it depends on nothing but the run's state.
   */
  get inert(): Map<object, boolean[]> {
    const { made } = this.choices
    if (this.#inert === null || this.#inertAt !== made) {
      this.#inert = new Map()
      this.#inertAt = made
    }
    return this.#inert
  }

  /** A rule has changed something. */
  forgetInert(): void {
    this.#inert = null
  }

  /** What the stacks remember of the flow, as text: equal texts, equal memories. */
  get memory(): string {
    const connections = this.#connections.map(
      ({ stack, list }) => `${stack.index}[${list.map(connectionText).join(';')}]`,
    )
    const current = this.connection === null ? -1 : (this.#known()?.indexOf(this.connection) ?? -1)
    const picked = [...(this.#picked ?? [])].map(
      ([route, picks]) =>
        `${numberOf(route)}:${picks.map(({ low, high, index }) => `${low}-${high}=${index}`).join(';')}`,
    )
    const learned = (this.#learned ?? []).map(({ link, address }) => `${numberOf(link)}=${address}`)
    return [
      current,
      connections.join(','),
      picked.join(','),
      learned.join(','),
      [...(this.#kept ?? [])].join(';'),
      this.ports.text,
      this.vpc?.memory() ?? '',
      this.policy?.memory() ?? '',
    ].join('|')
  }

  /** Tells this way from others. */
  sign(value: number): void {
    this.signature = (Math.imul(this.signature, 31) + value) | 0
  }

  signPacket(): void {
    const packet = this.packet
    this.sign(foldIp(packet.src))
    this.sign(foldIp(packet.dst))
    this.sign(packet.sourcePort)
    this.sign(packet.destinationPort)
  }
}

/** Nobody sees it: what follows is told by the run that was here before. */
const met: Stop = {
  kind: 'unknown',
  decision: { stage: 'link', by: '', effect: 'another way was here before' },
}

const nowhere: (number | string)[] = []

const foldIp = (ip: Ip): number =>
  typeof ip === 'number'
    ? ip | 0
    : Number((ip ^ (ip >> 64n)) & 0xffffffffn) ^ Number((ip >> 32n) & 0xffffffffn)
