/** A fabric in the shape that look-ups want. Made once by `compileFabric`, never changed afterwards. */
import type { Family, Ip } from '../model/address.ts'
import type { Fabric } from '../model/fabric.ts'
import type { Link } from '../model/link.ts'
import type { Neighbour } from '../model/neighbour.ts'
import type { Route } from '../model/route.ts'
import type { PolicyRule } from '../model/rule.ts'
import type { NetworkStack } from '../model/stack.ts'
import type { StackId, StackKind } from '../model/stack-id.ts'
import type { KnownConnections } from './connection.ts'
import type { StackHooks } from './netfilter/hooks.ts'
import type { PrefixTable } from './prefix-table.ts'
import type { Surroundings } from './vpc-seam.ts'

/** The sysctls of one interface as the kernel combines them with `conf.all`. Undefined: not read. */
export interface LinkSettings {
  readonly forwarding: number | undefined
  readonly rpFilter: number | undefined
  readonly acceptLocal: boolean
  readonly sourceValidMark: boolean
  readonly routeLocalnet: boolean
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
  /** Whether the routes of this family were read. */
  readonly known: boolean
  /** Somebody added a rule: fib4_has_custom_rules. */
  readonly customRules: boolean
  /** Somebody added a local route: fib_has_custom_local_routes. */
  readonly customLocal: boolean
  /** A rule looks at protocol or ports: only then are they part of a forwarded packet's look-up. */
  readonly dissects: boolean
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

export interface CompiledFabric {
  readonly fabric: Fabric
  readonly stacks: ReadonlyMap<StackId, CompiledStack>
  /** ENI id → the interface that it is wired to. */
  readonly enis: ReadonlyMap<string, CompiledLink>
  readonly surroundings: Surroundings
  /** Some stack was not recorded but derived. */
  readonly hasDerived: boolean
}

export const routingOf = (stack: CompiledStack, family: Family): Routing =>
  family === 4 ? stack.routing : stack.routing6
