import type { NftValue } from '../model/stack/nft.ts'
import type { FilterRule } from '../model/stack/ruleset.ts'
import type { Route } from '../model/stack/route.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import type {
  ChainView,
  IptablesView,
  NftTableView,
  RouteTableView,
  TablesView,
} from '../model/view/tables-view.ts'

/** The tables of a stack as a page lists them: policy rules, routes by table, chains. Nothing is left out. */
export function stackTables(stack: NetworkStack): TablesView {
  const rules = [...(stack.rules ?? []), ...(stack.rules6 ?? [])]
  return {
    stack: stack.id,
    rules:
      stack.rules === null
        ? null
        : rules.map((rule) => ({
            family: rule.family,
            line: rule.line,
            table: rule.action.kind === 'lookup' ? rule.action.table : null,
          })),
    routes: [...routeTables(4, stack.routes), ...routeTables(6, stack.routes6 ?? [])],
    iptables: stack.iptables === null ? null : iptablesViews(stack),
    nft: stack.nft === null ? null : nftViews(stack),
  }
}

/** main first, then the numbered tables in their order, and local, which holds the stack's own addresses, last. */
function routeTables(family: 4 | 6, routes: readonly Route[]): readonly RouteTableView[] {
  const names = [...new Set(routes.map((route) => route.table))]
  const rank = (name: string): number =>
    name === 'main' ? -1 : name === 'local' ? Infinity : Number(name) || 1e9
  return names
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => ({
      family,
      name,
      routes: routes.filter((route) => route.table === name).map((route) => route.line),
    }))
}

/** nat first: it is what one looks for. */
const tableOrder: readonly string[] = ['nat', 'mangle', 'filter', 'raw', 'security']

function iptablesViews(stack: NetworkStack): readonly IptablesView[] {
  return [...(stack.iptables ?? []), ...(stack.ip6tables ?? [])].flatMap((ruleset) =>
    [...ruleset.tables]
      .sort((a, b) => tableOrder.indexOf(a.name) - tableOrder.indexOf(b.name))
      .map((table): IptablesView => {
        const chains = new Set(table.chains.map(({ name }) => name))
        return {
          family: ruleset.family,
          backend: ruleset.backend,
          table: table.name,
          chains: table.chains.map((chain): ChainView => ({
            name: chain.name,
            hook: chain.policy === null ? null : chain.name,
            policy: chain.policy,
            counter: chain.counter,
            line: chain.line,
            rules: chain.rules.map((rule) => ({
              line: rule.line,
              counter: rule.counter,
              leadsTo: rule.target !== null && chains.has(rule.target.name) ? [rule.target.name] : [],
              inert: isInert(rule),
            })),
          })),
        }
      }),
  )
}

/** Targets that a packet's way does not depend on (iptables-extensions(8)). */
const inertTargets: ReadonlySet<string> = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'TRACE',
  'AUDIT',
  'CHECKSUM',
  'TCPMSS',
])

const isInert = (rule: FilterRule): boolean => rule.target === null || inertTargets.has(rule.target.name)

/** Tables that iptables-nft keeps are in iptables' own view already, in the words people know. */
function nftViews(stack: NetworkStack): readonly NftTableView[] {
  const printed = new Set(
    [...(stack.iptables ?? []), ...(stack.ip6tables ?? [])]
      .filter((ruleset) => ruleset.backend === 'nft')
      .flatMap((ruleset) =>
        ruleset.tables.map((table) => `${ruleset.family === 4 ? 'ip' : 'ip6'} ${table.name}`),
      ),
  )
  return (stack.nft ?? [])
    .filter((table) => !printed.has(`${table.family} ${table.name}`))
    .map((table) => ({
      family: table.family,
      table: table.name,
      chains: table.chains.map((chain): ChainView => ({
        name: chain.name,
        hook: chain.base?.hook ?? null,
        policy: chain.base?.policy ?? null,
        counter: null,
        line:
          chain.base === null
            ? `chain ${chain.name}`
            : `chain ${chain.name} { type ${chain.base.type} hook ${chain.base.hook} priority ${chain.base.priority}; policy ${chain.base.policy}; }`,
        rules: chain.rules.map((rule) => ({
          line: rule.line,
          counter: rule.counter,
          leadsTo: targetsIn(rule.expressions),
          inert: false,
        })),
      })),
    }))
}

/** The chains that `jump` and `goto` name, those inside a verdict map included. */
function targetsIn(value: NftValue | undefined): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((one: NftValue) => targetsIn(one))
  return Object.entries(value).flatMap(([key, inner]): readonly string[] => {
    if (
      (key === 'jump' || key === 'goto') &&
      typeof inner === 'object' &&
      inner !== null &&
      'target' in inner
    ) {
      const { target } = inner
      return typeof target === 'string' ? [target] : []
    }
    return targetsIn(inner as NftValue)
  })
}
