import type { Ip } from '../model/address/address.ts'
import { contains } from '../model/address/prefix.ts'
import type { NextHop, Route } from '../model/stack/route.ts'
import type { PolicyRule } from '../model/stack/rule.ts'
import type { NetworkStack } from '../model/stack/stack.ts'

/** What a policy-routing decision depends on, as far as the tutorial's stacks use it. */
export interface RouteQuery {
  readonly src: Ip
  readonly dst: Ip
  /** The interface it came in by; null: this stack made the packet. */
  readonly iif: string | null
  /** Null: not known; then every mark that a rule asks for is tried. */
  readonly mark: number | null
}

export type RouteAnswer =
  | {
      readonly kind: 'route'
      readonly rule: PolicyRule | null
      readonly route: Route
      readonly hop: NextHop | null
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'undecided'; readonly line: string; readonly because: string }

/** `ip route get`, from the tables that were read (ip-rule(8): rules by priority, then the longest prefix). */
export function lookUpRoute(stack: NetworkStack, query: RouteQuery): RouteAnswer {
  const rules = stack.rules ?? []
  const marks =
    query.mark !== null ? [query.mark] : [0, ...new Set(rules.flatMap((rule) => rule.fwmark?.value ?? []))]
  const answers = marks.map((mark) => withMark(stack, rules, query, mark))
  const first = answers[0] ?? { kind: 'none' }
  const other = answers.find((answer) => lineIn(answer) !== lineIn(first))
  if (!other) return first
  const marked = rules.find((rule) => rule.fwmark !== null)
  return { kind: 'undecided', line: marked?.line ?? '', because: 'the mark of the packet is not known' }
}

const lineIn = (answer: RouteAnswer): string => (answer.kind === 'route' ? answer.route.line : answer.kind)

function withMark(
  stack: NetworkStack,
  rules: readonly PolicyRule[],
  query: RouteQuery,
  mark: number,
): RouteAnswer {
  // Without the rules read, the kernel's three default ones: a namespace nobody added a rule to has them.
  if (stack.rules === null) {
    const found = bestIn(stack, 'local', query.dst) ?? bestIn(stack, 'main', query.dst)
    return found
      ? { kind: 'route', rule: null, route: found, hop: found.nextHops[0] ?? null }
      : { kind: 'none' }
  }
  for (const rule of [...rules].sort((one, other) => one.priority - other.priority)) {
    if (rule.family !== (typeof query.dst === 'number' ? 4 : 6) || !matches(rule, query, mark)) continue
    if (rule.notUnderstood.length > 0)
      return { kind: 'undecided', line: rule.line, because: rule.notUnderstood.join(' ') }
    if (rule.action.kind === 'nop') continue
    if (rule.action.kind !== 'lookup')
      return { kind: 'undecided', line: rule.line, because: rule.action.kind }
    const found = bestIn(stack, rule.action.table, query.dst)
    if (found && found.type !== 'throw')
      return { kind: 'route', rule, route: found, hop: found.nextHops[0] ?? null }
  }
  return { kind: 'none' }
}

function matches(rule: PolicyRule, query: RouteQuery, mark: number): boolean {
  const fits =
    (rule.from === null || contains(rule.from, query.src)) &&
    (rule.to === null || contains(rule.to, query.dst)) &&
    (rule.iif === null || rule.iif === (query.iif ?? 'lo')) &&
    rule.oif === null &&
    (rule.fwmark === null || ((mark ^ rule.fwmark.value) & rule.fwmark.mask) === 0)
  return rule.not ? !fits : fits
}

function bestIn(stack: NetworkStack, table: string, dst: Ip): Route | undefined {
  const routes = typeof dst === 'number' ? stack.routes : (stack.routes6 ?? [])
  return routes
    .filter((route) => route.table === table && contains(route.destination, dst))
    .sort((one, other) => other.destination.length - one.destination.length || one.metric - other.metric)[0]
}
