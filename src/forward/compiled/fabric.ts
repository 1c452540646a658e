/**
 * A fabric in the shape that look-ups want, made once by `compileFabric` and never changed afterwards; and what a run knows that goes
 * through it. Each speaks of the other: a table holds tests of a run, a run stands in a stack with its tables.
 */
import type { Family, Ip } from '../../model/address/address.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { Link } from '../../model/stack/link.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import type { Route } from '../../model/stack/route.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { Stage } from '../../model/path/path.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { StackId, StackKind } from '../../model/stack/stack-id.ts'
import type { Budget } from '../run/budget.ts'
import type { Choices } from '../run/choices.ts'
import type { Connection, KnownConnections, Tuple } from '../run/connection.ts'
import type { Stop, Verdict } from '../netfilter/verdict.ts'
import type { PacketState, PortRanges } from '../run/packet-state.ts'
import type { PrefixTable } from './prefix-table.ts'
import type { Recorder } from '../run/recorder.ts'
import type { Direction, PolicyFlow, Surroundings, VpcFlow } from '../run/boundaries.ts'

/** The sysctls of one interface as the kernel combines them with `conf.all`. Undefined: not read. */
export interface LinkSettings {
  /** False: nothing of the interface's own was read, and what is below says what is usual. */
  readonly isRead: boolean
  readonly forwarding: number | undefined
  readonly rpFilter: number | undefined
  readonly acceptLocal: boolean | undefined
  readonly sourceValidMark: boolean
  readonly routeLocalnet: boolean | undefined
  readonly proxyArp: boolean
  readonly arpIgnore: number
  readonly arpAnnounce: number
  readonly sendRedirects: boolean
  readonly ignoreLinkDown: boolean
}

export interface CompiledLink {
  readonly name: string
  readonly link: Link
  readonly stack: CompiledStack
  readonly up: boolean
  readonly carrier: boolean
  readonly loopback: boolean
  readonly settings: LinkSettings
  readonly settings6: LinkSettings
  readonly neighbours: ReadonlyMap<Ip, Neighbour>
  readonly proxied: ReadonlySet<Ip>
  /** The other end of its wire, where that is another stack's interface. */
  peer: CompiledLink | null
  /** It is wired to the VPC, by this ENI (null: which one is not known). */
  vpc: { readonly eni: string | null } | null
}

export interface CompiledHop {
  readonly via: Ip | null
  readonly link: CompiledLink | null
  readonly device: string | null
  readonly weight: number
  readonly dead: boolean
  readonly linkDown: boolean
}

export interface CompiledRoute {
  readonly route: Route
  readonly hops: readonly CompiledHop[]
}

export interface CompiledRule {
  readonly rule: PolicyRule
  /** Where `goto` leads: an index into the rules, or null where it leads nowhere. */
  readonly jump: number | null
  readonly table: PrefixTable<CompiledRoute> | null
}

export interface Routing {
  /** Null: the rules were not read. */
  readonly rules: readonly CompiledRule[] | null
  readonly tables: ReadonlyMap<string, PrefixTable<CompiledRoute>>
  /** `local` and `main` as one table, where that makes a difference and may be so; null: they are asked one after the other. */
  readonly joined: PrefixTable<CompiledRoute> | null
  /** It is so; false: it is not known, where `joined` is not null. */
  readonly isJoined: boolean
  /** Whether the routes of this family were read. */
  readonly known: boolean
  /** The tables that were read; null: all that there are. */
  readonly tablesRead: ReadonlySet<string> | null
  /** Somebody added a rule: fib4_has_custom_rules. */
  readonly customRules: boolean
  /** Somebody added a local route: fib_has_custom_local_routes. */
  readonly customLocal: boolean
  /** A rule looks at protocol or ports: only then are they part of a forwarded packet's look-up. */
  readonly dissects: boolean
}

export type HookName = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'

/** One entry of a hook. Entries of equal priority run in an order that no tool prints. */
export interface HookStep {
  readonly priority: number
  /** For people: `iptables-legacy mangle PREROUTING`. */
  readonly label: string
  /** `nat` entries run inside NAT's own dispatcher; `route` entries of OUTPUT may change the route. */
  readonly kind: 'filter' | 'nat' | 'route' | 'conntrack'
  readonly ask: (run: Run) => Verdict
}

export interface Hook {
  /** Steps in order; steps of equal priority stand together in one group. */
  readonly groups: readonly (readonly HookStep[])[]
}

export interface StackHooks extends Readonly<Record<HookName, Hook>> {
  /** A table that could not be read: the family's whole filter is in doubt. */
  readonly missing: string | null
}

export interface CompiledStack {
  readonly id: StackId
  readonly index: number
  readonly kind: StackKind
  readonly stack: NetworkStack
  readonly links: ReadonlyMap<string, CompiledLink>
  readonly loopback: CompiledLink | null
  readonly routing: Routing
  readonly routing6: Routing
  readonly hooks: StackHooks
  readonly hooks6: StackHooks
  /** Undefined: not read. */
  readonly forwarding6: number | undefined
  /** What conntrack knew when the stack was read; empty where it was not read. */
  readonly connections: KnownConnections
  /** What its IPv4 packets start with. */
  readonly ttl: number
  /** The line by which it answers no IPv4 echo requests; null: it answers them. */
  readonly ignoresEcho: string | null
  readonly ignoresEcho6: string | null
  /** Of Services, which IPVS takes; null: it does nothing here. */
  readonly virtualAddresses: ReadonlyMap<Ip, string> | null
}

/** Stacks by name. */
export interface StackTable {
  readonly get: (id: StackId) => CompiledStack | undefined
  readonly has: (id: StackId) => boolean
  readonly values: () => IterableIterator<CompiledStack>
}

/**
 * What an edit put in place of compiled parts. Unedited parts go on pointing to what was there before: whoever follows such a
 * pointer asks here first (`currentLink`, `currentPart`).
 */
export interface Replaced {
  readonly stacks: ReadonlyMap<StackId, CompiledStack>
  /** Chains and sets: the part as it was compiled first → as it is now. */
  readonly parts: ReadonlyMap<object, object>
}

export interface CompiledFabric {
  readonly fabric: Fabric
  readonly stacks: StackTable
  /** Null: it stands as it was compiled. */
  readonly replaced: Replaced | null
  /** ENI id → the interface that it is wired to. */
  readonly enis: ReadonlyMap<string, CompiledLink>
  readonly surroundings: Surroundings
  /** Some stack was not recorded but derived. */
  readonly hasDerived: boolean
}

export const routingOf = (stack: CompiledStack, family: Family): Routing =>
  family === 4 ? stack.routing : stack.routing6

export interface Routed {
  mark: number
  tos: number
  src: Ip
  dst: Ip
}

export type Tracking = 'new' | 'established' | 'untracked' | 'invalid' | 'none'

/** One try of one flow: the packet, where it is, and what every stack has learned of it so far. */
export interface Run {
  readonly fabric: CompiledFabric
  readonly choices: Choices
  readonly budget: Budget
  readonly recorder: Recorder | null
  readonly ports: PortRanges
  readonly vpc: VpcFlow | null
  readonly policy: PolicyFlow | null
  direction: Direction
  packet: PacketState
  stack: CompiledStack
  inLink: CompiledLink | null
  outLink: CompiledLink | null
  /** The gateway of the route taken; null: the destination is on the link. */
  gateway: Ip | null
  /** The MTU that the route itself has. */
  routeMtu: number | null
  routeLine: string | null
  /** Which end of the packet the nat hook at work may change. */
  natManip: 'source' | 'destination'
  /** The owner of the socket; null: not known. Only on the stack that sends. */
  uid: number | null
  gid: number | null
  /** The packet was made on this stack (it has a socket). */
  local: boolean
  /** The connections that were there before do not count: the packet begins one of its own. */
  fresh: boolean

  /** The first packet as its stack sent it, before anything changed it. */
  original: Readonly<PacketState> | null
  /** Where it stopped, when that is not `stack`. */
  stoppedAt: StackId | null
  /** Why it went no further. */
  stop: Stop | null
  /** The first stack on its way of which a part is derived (see NetworkStack). */
  derivedAt: CompiledStack | null
  /** Stacks that the packet has come to in this direction. */
  hops: number
  /** Where the request was delivered; null: it has not been. */
  deliveredAt: StackId | null
  /** What the route of a packet of this stack's own was looked up with, while the output hook may change it. */
  routed: Routed | null

  /** Where in the hooks and chains of the stack it is; kept up by careful runs alone. */
  readonly place: (number | string)[]
  /** `packet` is another than the run's own, which waits for it: see `aside`. */
  isAside: boolean
  /** A rule is held against the packet only to see what it might do: nothing is decided, and no lot is drawn. */
  rehearsal: { open: boolean } | null

  /** Conntrack's view of the packet on this stack. */
  tracking: Tracking
  connection: Connection | null
  /** The packet runs against its connection. */
  isReply: boolean

  /** Grows with everything that tells one way from another: equal numbers, equal ways. */
  readonly signature: number
  /** The signature when the request had been delivered. */
  readonly requestSignature: number

  suppose(stage: Stage, by: string, because: string): boolean
  /** What this packet wrote down on its way, or was found out about what stacks remember; undefined: nothing. */
  recall(key: string): boolean | undefined
  /** Undefined: it is not known any more. */
  keep(key: string, value: boolean | undefined): void
  /** Which of several ways the kernel takes, by weight. `by`: the line that makes it draw lots, where one does. */
  pick(weights: readonly number[], stage?: Stage, by?: string): number
  /** True: the steps are used up. What the run comes to from here on counts no more, so that it may end anyhow. */
  isSpent(stage: Stage, by: string): boolean
  /** Is a port within low..high? A port that nobody can know beforehand is so with its probability, and from then on. */
  portIn(port: number, low: number, high: number): boolean
  /** Which next hop of a multipath route: by a hash that is the same for both directions of a flow. */
  pickHop(route: CompiledRoute, indexes: readonly number[], src: Ip, dst: Ip): number
  /** Behind `link` is now known who has `address`. */
  teach(link: CompiledLink, address: Ip): void
  hasLearned(link: CompiledLink, address: Ip): boolean
  /** The other end answers. */
  turn(packet: PacketState): void
  /** The packet enters another stack: conntrack there has not seen it yet. */
  moveTo(stack: CompiledStack): void
  /** nf_conntrack_in: finds or begins the connection of the packet on this stack. */
  track(): void
  /** Whether any stack knows the connection of the packet as it is sent: then a TCP packet is none that begins one. */
  isOngoing(): boolean
  /** nf_conntrack_tuple_taken: would replies of this shape belong to another connection of this stack? */
  taken(reply: Readonly<Tuple>, own: Connection): boolean
  /**
   * Was another run in this very state, at this very place? Then what follows is known, and this one may end. Asked where
   * ways may meet again: between rules, between the steps of a hook, between stacks, before the reply.
   */
  hasMet(...place: readonly (number | string)[]): boolean
  /** A rule has changed something. */
  forgetInert(): void
  /** Tells this way from others. */
  sign(value: number): void
  signPacket(): void
  /**
   * What the chains of a table do to the packet as it is now, by chain and depth: true, nothing. Forgotten with every change
   * and every choice, so that it depends on nothing but the run's state.
   */
  readonly inert: Map<object, boolean[]>
  /** What the stacks remember of the flow, as text: equal texts, equal memories. */
  readonly memory: string
}
