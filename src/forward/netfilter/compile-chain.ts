/** A table of iptables, compiled: chains of predicates, large ones indexed by destination. */
import { parseIp, type Family, type Ip } from '../../model/address/address.ts'
import type { Stage } from '../../model/path/path.ts'
import type { FilterRule, RuleChain, RuleTable } from '../../model/stack/ruleset.ts'
import type { Chain, CompiledFilterRule } from './compiled-chain.ts'
import { understand, type StackSets } from './match.ts'
import { all, maybe, type Odds, type Predicate } from './predicate.ts'
import { compileTarget } from './target.ts'

const stages: Readonly<Record<string, Stage>> = {
  raw: 'raw',
  mangle: 'mangle',
  nat: 'nat',
  filter: 'filter',
  security: 'security',
}

/** Chains shorter than this are walked; an index would cost more than it saves. */
const indexedFrom = 16

/** What a rule is compiled with beside its own words. */
export interface ChainContext {
  readonly family: Family
  readonly sets: StackSets
  /** The chains of its table: where jumps lead. */
  readonly chains: ReadonlyMap<string, Chain>
}

export function compileTable(table: RuleTable, sets: StackSets, family: Family): ReadonlyMap<string, Chain> {
  const names = new Set(table.chains.map((chain) => chain.name))
  const chains = new Map<string, Chain>()
  for (const chain of table.chains) chains.set(chain.name, rulesOf(chain, table.name, sets, names, family))
  for (const chain of chains.values()) connect(chain, chains)
  return chains
}

/** One chain of a table whose other chains are compiled already. */
export function compileChain(chain: RuleChain, table: string, context: ChainContext): Chain {
  const { sets, chains, family } = context
  const compiled = rulesOf(chain, table, sets, chains, family)
  connect(compiled, chains)
  return compiled
}

function rulesOf(
  chain: RuleChain,
  table: string,
  sets: StackSets,
  names: Pick<ReadonlySet<string>, 'has'>,
  family: Family,
): Chain {
  const rules = chain.rules
    .map((rule) => compileRule(rule, sets, names, family))
    .filter((rule) => rule.act.kind !== 'none' || rule.matches.some(({ module }) => module === 'recent'))
  return {
    name: chain.name,
    place: `${table} ${chain.name}`,
    stage: stages[table] ?? 'filter',
    policy: chain.policy,
    line: chain.line,
    rules,
    sets,
    byDestination: null,
    others: rules,
    patch: null,
  }
}

function connect(chain: Chain, chains: ReadonlyMap<string, Chain>): void {
  for (const rule of chain.rules)
    if (rule.act.kind === 'chain') rule.chain = chains.get(rule.act.name) ?? null
  shareOut(chain.rules)
  drawTogether(chain.rules)
  index(chain)
}

export function compileRule(
  rule: FilterRule,
  sets: StackSets,
  chains: Pick<ReadonlySet<string>, 'has'>,
  family: Family,
): CompiledFilterRule {
  const tests: Predicate[] = []
  const late: Predicate[] = []
  const uncertainties: string[] = rule.problem === null ? [] : [rule.problem]
  let destination: Ip | null = null
  let share: number | null = null
  let odds: Odds | null = null
  for (const match of rule.matches) {
    const understood = understand(match, sets)
    if (understood.kind === 'always') continue
    if (understood.kind === 'not-understood') {
      uncertainties.push(understood.because)
      continue
    }
    ;(understood.last === true ? late : tests).push(understood.test)
    share = understood.share ?? share
    odds = understood.odds ?? odds
    const [option] = match.options
    if (match.module === '' && option?.name === '-d' && !option.not)
      destination = hostOf(option.values[0] ?? '') ?? destination
  }
  if (rule.problem !== null) late.push(() => maybe)
  for (const _ of uncertainties.slice(rule.problem === null ? 0 : 1)) late.push(() => maybe)
  const both = [...tests, ...late]
  return {
    line: rule.line,
    source: rule,
    test: both.length === 0 ? null : all(both),
    matches: rule.matches,
    uncertainty: uncertainties.length === 0 ? null : uncertainties.join('; '),
    act: compileTarget(rule.target, chains, family),
    chain: null,
    destination,
    steps: 1 + (rule.line.length >> 8),
    share: both.length === 0 ? 1 : both.length === 1 ? share : null,
    odds: both.length === 1 ? odds : null,
    lots: null,
  }
}

/**
 * kube-proxy asks for each backend of a Service with session affinity whether the client was sent there: it was to none of them,
 * or to any as well as to any other.
 */
function shareOut(rules: readonly CompiledFilterRule[]): void {
  for (let start = 0; start < rules.length; start++) {
    let end = start
    while (rules[end]?.odds) end++
    const count = end - start
    for (let at = start; at < end; at++) {
      const odds = rules[at]?.odds
      if (odds) odds.share = 1 / (2 * count - (at - start))
    }
    if (count > 0) start = end
  }
}

/** kube-proxy gives every backend of a Service a rule like that; in thousands they would be asked by the million. */
export function drawTogether(rules: readonly CompiledFilterRule[]): void {
  for (let start = 0; start < rules.length; start++) {
    const first = rules[start]
    if (first === undefined || first.share === null || first.share === 1) continue
    const weights: number[] = []
    let rest = 1
    for (let at = start; at < rules.length && rest > 0; at++) {
      const share = rules[at]?.share ?? null
      if (share === null) break
      weights.push(rest * share)
      rest *= 1 - share
    }
    if (weights.length < 2) continue
    first.lots = { weights: [...weights, rest], count: weights.length }
    start += weights.length - 1
  }
}

function hostOf(text: string): Ip | undefined {
  const [address = '', length] = text.split('/')
  const ip = parseIp(address)
  if (ip === undefined) return undefined
  return length === undefined || length === (typeof ip === 'number' ? '32' : '128') ? ip : undefined
}

/** Merges, for every host destination that the chain names, its rules with those for any destination. */
function index(chain: Chain): void {
  const { rules } = chain
  if (rules.length < indexedFrom) return
  const others = rules.filter((rule) => rule.destination === null)
  const hosts = new Set(rules.flatMap((rule) => rule.destination ?? []))
  // Merging costs hosts × others entries; beyond this the memory is not worth it.
  if (hosts.size === 0 || hosts.size * others.length > 200_000) return
  const grouped = new Map<Ip, CompiledFilterRule[]>()
  if (others.length === 0) {
    for (const rule of rules) if (rule.destination !== null) push(grouped, rule.destination, rule)
  } else {
    for (const host of hosts) grouped.set(host, [])
    for (const rule of rules)
      if (rule.destination !== null) push(grouped, rule.destination, rule)
      else for (const list of grouped.values()) list.push(rule)
  }
  chain.byDestination = grouped
  chain.others = others
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
