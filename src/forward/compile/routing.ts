/** Policy rules and routes of one family, in the shape that look-ups want. */
import type { Family } from '../../model/address/address.ts'
import { networkOf } from '../../model/address/prefix.ts'
import type { Route } from '../../model/stack/route.ts'
import { hasCustomRules, type PolicyRule } from '../../model/stack/rule.ts'
import type { CompiledHop, CompiledLink, CompiledRoute, CompiledRule, Routing } from '../compiled/fabric.ts'
import { PrefixTable } from '../compiled/prefix-table.ts'

const noTables: Routing['tables'] = new Map()

/**
 * @param kept tables that are compiled already, of these very interfaces: their routes are passed over
 * @param isOneTable `local` and `main` are one; undefined: not known
 * @param tablesRead null: all that there are
 */
export function compileRouting(
  rules: readonly PolicyRule[] | null,
  routes: readonly Route[],
  known: boolean,
  links: ReadonlyMap<string, CompiledLink>,
  family: Family,
  kept: Routing['tables'] = noTables,
  isOneTable?: boolean,
  tablesRead: ReadonlySet<string> | null = null,
): Routing {
  const byTable = new Map<string, CompiledRoute[]>()
  for (const route of routes) {
    if (kept.has(route.table)) continue
    const compiled = { route, hops: route.nextHops.map((hop) => compileHop(route, hop, links)) }
    const list = byTable.get(route.table)
    if (list) list.push(compiled)
    else byTable.set(route.table, [compiled])
  }
  const tables = new Map<string, PrefixTable<CompiledRoute>>(kept)
  for (const [name, list] of byTable) {
    const sorted = family === 4 ? list : joined(list)
    // Within a prefix: TOS first, the larger the earlier, then the metric (fib_find_alias).
    sorted.sort((a, b) => b.route.tos - a.route.tos || a.route.metric - b.route.metric)
    tables.set(name, new PrefixTable(sorted.map((route) => [route.route.destination, route] as const)))
  }
  const customRules = rules !== null && hasCustomRules(rules)
  const bothRead = tablesRead === null || (tablesRead.has('local') && tablesRead.has('main'))
  const mayBeOne = family === 4 && rules !== null && !customRules && isOneTable !== false && bothRead
  return {
    rules: rules === null ? null : compileRules(rules, tables),
    tables,
    joined: mayBeOne ? joinedTables(tables) : null,
    isJoined: isOneTable === true,
    known,
    tablesRead,
    customRules,
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

/**
 * `local` and `main` as one table, the local routes of a prefix first (fib_find_alias). Null: that leads nowhere else than one after
 * the other.
 */
function joinedTables(tables: Routing['tables']): PrefixTable<CompiledRoute> | null {
  const local = tables.get('local')
  const main = tables.get('main')
  if (local === undefined || main === undefined || !overlap(local, main)) return null
  return new PrefixTable(
    [...routesIn(local), ...routesIn(main)].map((route) => [route.route.destination, route] as const),
  )
}

function* routesIn(table: PrefixTable<CompiledRoute>): Generator<CompiledRoute> {
  for (const { buckets } of table.levels) for (const bucket of buckets.values()) yield* bucket
}

/** Types that make an address more than one of somebody else's. */
const own: ReadonlySet<string> = new Set(['local', 'broadcast', 'anycast', 'multicast'])

function overlap(local: PrefixTable<CompiledRoute>, main: PrefixTable<CompiledRoute>): boolean {
  for (const { route } of routesIn(local)) if (route.type === 'throw') return true
  const shorter = local.levels.findIndex(({ length }) => length < 32)
  for (const { route } of routesIn(main)) {
    if (own.has(route.type)) return true
    const { address, length } = route.destination
    for (let level = Math.max(shorter, 0); shorter >= 0 && level < local.levels.length; level++)
      if ((local.levels[level]?.length ?? 32) < length && local.at(level, address) !== undefined) return true
  }
  return false
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
