/** Policy rules and routes of one family, in the shape that look-ups want. */
import type { Family } from '../../model/address/address.ts'
import { networkOf } from '../../model/address/prefix.ts'
import type { Route } from '../../model/stack/route.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { CompiledHop, CompiledLink, CompiledRoute, CompiledRule, Routing } from '../compiled/fabric.ts'
import { PrefixTable } from '../compiled/prefix-table.ts'

const noTables: Routing['tables'] = new Map()

/** @param kept tables that are compiled already, of these very interfaces: their routes are passed over */
export function compileRouting(
  rules: readonly PolicyRule[] | null,
  routes: readonly Route[],
  known: boolean,
  links: ReadonlyMap<string, CompiledLink>,
  family: Family,
  kept: Routing['tables'] = noTables,
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
