import type { Family, Ip } from '../../model/address.ts'
import type { Fabric } from '../../model/fabric.ts'
import { hasCarrier, isUp, type Link } from '../../model/link.ts'
import type { Neighbour } from '../../model/neighbour.ts'
import { networkOf } from '../../model/prefix.ts'
import type { Route } from '../../model/route.ts'
import type { PolicyRule } from '../../model/rule.ts'
import type { NetworkStack } from '../../model/stack.ts'
import { stackKind, type StackId } from '../../model/stack-id.ts'
import { interfaceSysctl, sysctlLine, sysctlNumber, type Sysctls } from '../../model/sysctl.ts'
import type {
  CompiledFabric,
  CompiledHop,
  CompiledLink,
  CompiledRoute,
  CompiledRule,
  CompiledStack,
  LinkSettings,
  Routing,
} from '../compiled/fabric.ts'
import { knownConnections } from '../run/connection.ts'
import { virtualAddressesOf } from '../routing/ipvs.ts'
import { compileHooks } from '../netfilter/hooks.ts'
import { PrefixTable } from '../compiled/prefix-table.ts'
import type { Surroundings } from '../run/boundaries.ts'

/** Brings a fabric into the shape that look-ups want. Do it once, then predict many flows. Throws nothing. */
export function compileFabric(fabric: Fabric, surroundings: Surroundings = {}): CompiledFabric {
  const steps = compileSteps(fabric, surroundings)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same, a stack at a time. */
export function* compileSteps(
  fabric: Fabric,
  surroundings: Surroundings = {},
): Generator<undefined, CompiledFabric, undefined> {
  const stacks = new Map<StackId, CompiledStack>()
  for (const [index, stack] of fabric.stacks.entries()) {
    if (!stacks.has(stack.id)) stacks.set(stack.id, compileStack(stack, index))
    yield
  }
  const enis = new Map<string, CompiledLink>()
  for (const { a, b } of fabric.wires) {
    for (const [near, far] of [
      [a, b],
      [b, a],
    ] as const) {
      const link = stacks.get(near.stack)?.links.get(near.interface)
      if (!link) continue
      if (stackKind(far.stack) === 'vpc') {
        link.vpc = { eni: far.interface }
        enis.set(far.interface, link)
      } else link.peer = stacks.get(far.stack)?.links.get(far.interface) ?? null
    }
  }
  wireByMac(fabric, stacks, enis)
  const hasDerived = fabric.stacks.some((stack) => stack.derived !== undefined)
  return { fabric, stacks, enis, surroundings, hasDerived }
}

/** An ENI's device has the ENI's MAC: that tells which is which where no wire does. */
function wireByMac(
  fabric: Fabric,
  stacks: ReadonlyMap<StackId, CompiledStack>,
  enis: Map<string, CompiledLink>,
): void {
  const byMac = new Map((fabric.vpc?.interfaces ?? []).map((eni) => [eni.mac.toLowerCase(), eni.id]))
  if (byMac.size === 0) return
  for (const stack of stacks.values())
    for (const link of stack.links.values()) {
      const eni = link.link.mac === null ? undefined : byMac.get(link.link.mac)
      if (eni === undefined || link.peer !== null || enis.has(eni)) continue
      link.vpc ??= { eni }
      enis.set(eni, link)
    }
}

function compileStack(stack: NetworkStack, index: number): CompiledStack {
  const links = new Map<string, CompiledLink>()
  const [hooks, hooks6] = compileHooks(stack)
  const sysctls: Sysctls = stack.sysctls ?? new Map()
  const byDevice = new Map<string, Neighbour[]>()
  for (const neighbour of stack.neighbours ?? []) {
    const list = byDevice.get(neighbour.device)
    if (list) list.push(neighbour)
    else byDevice.set(neighbour.device, [neighbour])
  }
  const compiled: { -readonly [K in keyof CompiledStack]: CompiledStack[K] } = {
    id: stack.id,
    index,
    kind: stackKind(stack.id),
    stack,
    links,
    loopback: null,
    routing: emptyRouting,
    routing6: emptyRouting,
    hooks,
    hooks6,
    forwarding6: sysctlNumber(sysctls, 'net.ipv6.conf.all.forwarding'),
    connections: knownConnections(stack.conntrack ?? []),
    ttl: defaultTtl(sysctlNumber(sysctls, 'net.ipv4.ip_default_ttl')),
    ignoresEcho: ignoresEcho(sysctls, 'net.ipv4.icmp_echo_ignore_all'),
    ignoresEcho6: ignoresEcho(sysctls, 'net.ipv6.icmp.echo_ignore_all'),
    virtualAddresses: virtualAddressesOf(stack),
  }
  for (const link of stack.links) {
    if (links.has(link.name)) continue
    const near = byDevice.get(link.name) ?? []
    links.set(link.name, {
      name: link.name,
      link,
      stack: compiled,
      up: isUp(link),
      carrier: hasCarrier(link),
      loopback: isLoopback(link),
      settings: settingsOf(sysctls, link.name, 4),
      settings6: settingsOf(sysctls, link.name, 6),
      neighbours: new Map(near.filter((item) => !item.proxy).map((item) => [item.address, item])),
      proxied: new Set(near.filter((item) => item.proxy).map((item): Ip => item.address)),
      peer: null,
      vpc: null,
    })
  }
  compiled.loopback = [...links.values()].find((link) => link.loopback) ?? null
  compiled.routing = compileRouting(stack.rules, stack.routes, true, links, 4)
  compiled.routing6 = compileRouting(stack.rules6, stack.routes6 ?? [], stack.routes6 !== null, links, 6)
  return compiled
}

const isLoopback = (link: Link): boolean => link.type === 'loopback' || link.flags.includes('LOOPBACK')

const emptyRouting: Routing = {
  rules: null,
  tables: new Map(),
  known: false,
  customRules: false,
  customLocal: false,
  dissects: false,
}

/** How the kernel joins `conf.all` and `conf.DEVICE` (include/linux/inetdevice.h: IN_DEV_ANDCONF, ORCONF, MAXCONF). */
function settingsOf(sysctls: Sysctls, device: string, family: Family): LinkSettings {
  const own = (name: string): number | undefined =>
    sysctlNumber(sysctls, interfaceSysctl(family, device, name))
  const everywhere = (name: string): number | undefined =>
    sysctlNumber(sysctls, `net.ipv${family}.conf.all.${name}`)
  const either = (name: string): boolean => (own(name) ?? 0) !== 0 || (everywhere(name) ?? 0) !== 0
  const most = (name: string): number => Math.max(own(name) ?? 0, everywhere(name) ?? 0)
  const filter = own('rp_filter')
  const filterAll = everywhere('rp_filter')
  return {
    forwarding:
      own('forwarding') ??
      everywhere('forwarding') ??
      (family === 4 ? sysctlNumber(sysctls, 'net.ipv4.ip_forward') : undefined),
    rpFilter: filter === undefined ? undefined : Math.max(filter, filterAll ?? 0),
    acceptLocal: either('accept_local'),
    sourceValidMark: either('src_valid_mark'),
    routeLocalnet: either('route_localnet'),
    proxyArp: either(family === 4 ? 'proxy_arp' : 'proxy_ndp'),
    arpIgnore: most('arp_ignore'),
    arpAnnounce: most('arp_announce'),
    // On by default, unlike the others.
    sendRedirects: (own('send_redirects') ?? 1) !== 0 || (everywhere('send_redirects') ?? 1) !== 0,
    ignoreLinkDown: (own('ignore_routes_with_linkdown') ?? 0) !== 0,
  }
}

function compileRouting(
  rules: readonly PolicyRule[] | null,
  routes: readonly Route[],
  known: boolean,
  links: ReadonlyMap<string, CompiledLink>,
  family: Family,
): Routing {
  const byTable = new Map<string, CompiledRoute[]>()
  for (const route of routes) {
    const compiled = { route, hops: route.nextHops.map((hop) => compileHop(route, hop, links)) }
    const list = byTable.get(route.table)
    if (list) list.push(compiled)
    else byTable.set(route.table, [compiled])
  }
  const tables = new Map<string, PrefixTable<CompiledRoute>>()
  for (const [name, list] of byTable) {
    const sorted = family === 4 ? list : joined(list)
    // Within a prefix: TOS first, the larger the earlier, then the metric (fib_find_alias).
    sorted.sort((a, b) => b.route.tos - a.route.tos || a.route.metric - b.route.metric)
    tables.set(name, new PrefixTable(sorted.map((route) => [route.route.destination, route] as const)))
  }
  return {
    rules: rules === null ? null : compileRules(rules, tables),
    tables,
    known,
    customRules: rules !== null && !rules.every((rule) => isDefault(rule)),
    customLocal: routes.some((route) => route.type === 'local' && route.protocol !== 'kernel'),
    dissects: (rules ?? []).some(
      (rule) => rule.ipProtocol !== null || rule.sourcePort !== null || rule.destinationPort !== null,
    ),
  }
}

/** IPv6 prints the next hops of one multipath route as routes of their own on old iproute2: same prefix, same metric. */
function joined(routes: readonly CompiledRoute[]): CompiledRoute[] {
  const kept: CompiledRoute[] = []
  const byKey = new Map<string, { route: Route; hops: CompiledHop[] }>()
  for (const route of routes) {
    const { route: plain } = route
    const sibling = plain.type === 'unicast' && plain.nextHops[0]?.via != null && plain.protocol !== 'kernel'
    const network = networkOf(plain.destination)
    const key = `${network.toString()}/${plain.destination.length} ${plain.metric}`
    const before = sibling ? byKey.get(key) : undefined
    if (before) {
      before.hops.push(...route.hops)
      continue
    }
    const own = { route: plain, hops: [...route.hops] }
    if (sibling) byKey.set(key, own)
    kept.push(own)
  }
  return kept
}

function compileHop(
  route: Route,
  hop: Route['nextHops'][number],
  links: ReadonlyMap<string, CompiledLink>,
): CompiledHop {
  const link = hop.device === null ? null : (links.get(hop.device) ?? null)
  return {
    via: hop.via,
    link,
    device: hop.device,
    weight: hop.weight,
    // Routes for this stack itself outlive their device going down (fib_sync_down_dev).
    dead: hop.flags.includes('dead') || (link !== null && !link.up && route.type === 'unicast'),
    linkDown: hop.flags.includes('linkdown') || (link !== null && !link.carrier),
  }
}

/** The three rules that the kernel makes itself. */
function isDefault(rule: PolicyRule): boolean {
  if (rule.from !== null || rule.to !== null || rule.iif !== null || rule.oif !== null) return false
  if (rule.fwmark !== null || rule.not || rule.action.kind !== 'lookup') return false
  const { table } = rule.action
  return (
    (rule.priority === 0 && table === 'local') ||
    (rule.priority === 32766 && table === 'main') ||
    (rule.priority === 32767 && table === 'default')
  )
}

function compileRules(
  rules: readonly PolicyRule[],
  tables: ReadonlyMap<string, PrefixTable<CompiledRoute>>,
): readonly CompiledRule[] {
  // A rule jumps forward only, to the first rule of that priority behind it: known when one goes from the last one back.
  const first = new Map<number, number>()
  const jumps: (number | null)[] = []
  for (let index = rules.length - 1; index >= 0; index--) {
    const rule = rules[index] as PolicyRule
    jumps[index] = rule.action.kind === 'goto' ? (first.get(rule.action.priority) ?? null) : null
    first.set(rule.priority, index)
  }
  return rules.map((rule, index) => ({
    rule,
    jump: jumps[index] ?? null,
    table: rule.action.kind === 'lookup' ? (tables.get(rule.action.table) ?? null) : null,
  }))
}

const defaultTtl = (ttl: number | undefined): number =>
  ttl !== undefined && ttl >= 1 && ttl <= 255 ? ttl : 64

/** The line by which a stack answers no echo request (net/ipv4/icmp.c icmp_echo, net/ipv6/icmp.c); null: it does. */
const ignoresEcho = (sysctls: Sysctls, name: string): string | null =>
  (sysctlNumber(sysctls, name) ?? 0) === 0 ? null : sysctlLine(sysctls, name)
