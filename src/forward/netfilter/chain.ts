/** A table of iptables, compiled: chains of predicates, large ones indexed by destination. net/ipv4/netfilter/ip_tables.c */
import { parseIp, type Family, type Ip } from '../../model/address.ts'
import type { Stage } from '../../model/path.ts'
import type { FilterRule, RuleMatch, RuleTable } from '../../model/ruleset.ts'
import { filterLacks } from '../consult.ts'
import type { Run } from '../run.ts'
import { understand, type StackSets } from './match.ts'
import { all, maybe, no, yes, type Answer, type Predicate } from './predicate.ts'
import { compileTarget, type Act } from './target.ts'
import { accept, back, exhausted, goOn, stop, stopped, type Verdict } from './verdict.ts'

interface CompiledFilterRule {
  readonly line: string
  /** Null: it always matches. */
  readonly test: Predicate | null
  readonly matches: readonly RuleMatch[]
  /** What of the rule is not understood; null: everything is. */
  readonly doubt: string | null
  readonly act: Act
  chain: Chain | null
  /** `-d ADDRESS/32`: the only destination that it can match. */
  readonly destination: Ip | null
  /** Steps that it takes to ask it: a line may name thousands of ports. */
  readonly steps: number
  /** It asks for nothing but luck, and has this much; null: it asks for something else. */
  readonly share: number | null
  /** The lots of it and of the rules behind it; null: it is not the first of several such. */
  lots: Lots | null
}

export interface Chain {
  readonly name: string
  /** `nat PREROUTING` */
  readonly place: string
  readonly stage: Stage
  /** `ACCEPT`, `DROP`, or null for a user chain. */
  readonly policy: string | null
  /** `:FORWARD DROP [0:0]` */
  readonly line: string
  readonly rules: readonly CompiledFilterRule[]
  readonly sets: StackSets
  /** For a long chain: the rules that can match a destination, in order; `others` for every other one. */
  byDestination: ReadonlyMap<Ip, readonly CompiledFilterRule[]> | null
  others: readonly CompiledFilterRule[]
}

const stages: Readonly<Record<string, Stage>> = {
  raw: 'raw',
  mangle: 'mangle',
  nat: 'nat',
  filter: 'filter',
  security: 'security',
}

/** Chains shorter than this are walked; an index would cost more than it saves. */
const indexedFrom = 16

/** Rules that ask for luck alone, one behind the other: which of them is the first to match is one lot. */
interface Lots {
  readonly weights: readonly number[]
  /** Rules that take part. The weight behind theirs is of none of them. */
  readonly count: number
}

export function compileTable(table: RuleTable, sets: StackSets, family: Family): ReadonlyMap<string, Chain> {
  const names = new Set(table.chains.map((chain) => chain.name))
  const stage = stages[table.name] ?? 'filter'
  const chains = new Map<string, Chain>()
  for (const chain of table.chains) {
    const rules = chain.rules
      .map((rule) => compileRule(rule, sets, names, family))
      .filter((rule) => rule.act.kind !== 'none')
    chains.set(chain.name, {
      name: chain.name,
      place: `${table.name} ${chain.name}`,
      stage,
      policy: chain.policy,
      line: chain.line,
      rules,
      sets,
      byDestination: null,
      others: rules,
    })
  }
  for (const chain of chains.values()) {
    for (const rule of chain.rules)
      if (rule.act.kind === 'chain') rule.chain = chains.get(rule.act.name) ?? null
    drawTogether(chain.rules)
    index(chain)
  }
  return chains
}

function compileRule(
  rule: FilterRule,
  sets: StackSets,
  chains: ReadonlySet<string>,
  family: Family,
): CompiledFilterRule {
  const tests: Predicate[] = []
  const late: Predicate[] = []
  const doubts: string[] = rule.problem === null ? [] : [rule.problem]
  let destination: Ip | null = null
  let share: number | null = null
  for (const match of rule.matches) {
    const understood = understand(match, sets)
    if (understood.kind === 'always') continue
    if (understood.kind === 'not-understood') {
      doubts.push(understood.because)
      continue
    }
    ;(understood.last === true ? late : tests).push(understood.test)
    share = understood.share ?? share
    const [option] = match.options
    if (match.module === '' && option?.name === '-d' && !option.not)
      destination = hostOf(option.values[0] ?? '') ?? destination
  }
  if (rule.problem !== null) late.push(() => maybe)
  for (const _ of doubts.slice(rule.problem === null ? 0 : 1)) late.push(() => maybe)
  const both = [...tests, ...late]
  return {
    line: rule.line,
    test: both.length === 0 ? null : all(both),
    matches: rule.matches,
    doubt: doubts.length === 0 ? null : doubts.join('; '),
    act: compileTarget(rule.target, chains, family),
    chain: null,
    destination,
    steps: 1 + (rule.line.length >> 8),
    share: both.length === 0 ? 1 : both.length === 1 ? share : null,
    lots: null,
  }
}

/** kube-proxy gives every backend of a Service a rule like that; in thousands they would be asked by the million. */
function drawTogether(rules: readonly CompiledFilterRule[]): void {
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

/** More jumps than any real ruleset makes; the kernel refuses loops when it loads a table. */
const deepest = 64

/** A built-in chain with its policy. */
export function runBuiltIn(run: Run, chain: Chain): Verdict {
  if (run.choices.careful) run.forgetInert()
  const verdict = runChain(run, chain, 0)
  if (verdict !== goOn && verdict !== back) return verdict
  if (chain.policy === 'DROP')
    return stop(run, 'dropped', chain.stage, chain.line, 'dropped by the policy of the chain')
  return goOn
}

function runChain(run: Run, chain: Chain, depth: number): Verdict {
  const { budget } = run
  if (budget.left < 0) return exhausted(run, chain.stage, chain.line)
  const { careful } = run.choices
  const noting = run.recorder?.noting === true
  const rules = noting ? chain.rules : rulesFor(run, chain)
  for (let index = 0; index < rules.length; index++) {
    let rule = rules[index] as CompiledFilterRule
    budget.left -= rule.steps
    // The index would have skipped it; asking it for its lots could change the choices of the run.
    const elsewhere = rule.destination !== null && rule.destination !== run.packet.dst
    if (careful && !elsewhere) {
      if (run.hasMet(index)) return stopped
      if (leadsNowhere(run, rule, depth)) continue
    }
    if (rule.lots !== null) {
      const { weights, count } = rule.lots
      const drawn = run.pick(weights, chain.stage, rule.line)
      if (noting) for (const passed of rules.slice(index, index + drawn)) notePassed(run, chain, passed)
      index += drawn
      if (drawn === count) {
        index--
        continue
      }
      rule = rules[index] as CompiledFilterRule
    } else if (elsewhere || !matches(run, rule, chain.stage)) {
      if (noting) notePassed(run, chain, rule)
      continue
    }
    const { act } = rule
    const { recorder } = run
    if (noting) recorder?.consult(chain.stage, chain.place, rule.line, true, [])
    switch (act.kind) {
      case 'accept':
        recorder?.decide(chain.stage, rule.line, 'accepted')
        return accept
      case 'return':
        recorder?.decide(chain.stage, rule.line, 'returns to the calling chain')
        return back
      case 'drop':
        return stop(run, 'dropped', chain.stage, rule.line, act.effect)
      case 'chain': {
        if (rule.chain === null || depth >= deepest)
          return stop(run, 'unknown', chain.stage, rule.line, `the chain ${act.name} was not read`)
        const mark = recorder?.mark() ?? 0
        recorder?.decide(chain.stage, rule.line, `${act.goto ? 'goes on in' : 'asks'} ${act.name}`)
        if (careful) run.place.push(index)
        const verdict = runChain(run, rule.chain, depth + 1)
        if (careful) run.place.pop()
        if (verdict === accept || verdict === stopped) return verdict
        recorder?.undoIfLast(mark)
        if (act.goto) return back
        continue
      }
      case 'effect': {
        const effect = act.apply(run)
        if (careful) run.forgetInert()
        if (effect !== null) recorder?.decide(chain.stage, rule.line, effect)
        continue
      }
      case 'nat':
        if (!act.apply(run, rule.line))
          return stop(run, 'dropped', chain.stage, rule.line, 'there is no address to translate to')
        return accept
      case 'not-understood':
        return stop(run, 'unknown', chain.stage, rule.line, `not understood: ${act.because}`)
      case 'none':
        continue
    }
  }
  return goOn
}

const notePassed = (
  run: Run,
  { stage, place, sets }: Chain,
  { line, matches, doubt }: CompiledFilterRule,
): void => {
  run.recorder?.consult(stage, place, line, false, filterLacks(run, matches, sets, doubt))
}

const rulesFor = (run: Run, chain: Chain): readonly CompiledFilterRule[] =>
  chain.byDestination === null ? chain.rules : (chain.byDestination.get(run.packet.dst) ?? chain.others)

/** It jumps to a chain that does nothing to this packet: whether it matches does not matter, and no lot need be drawn. */
const leadsNowhere = (run: Run, { act, chain }: CompiledFilterRule, depth: number): boolean =>
  act.kind === 'chain' && !act.goto && chain !== null && depth < deepest && isInert(run, chain, depth + 1)

/** Nothing that the chain could say changes the packet as it is now, or stops it, whatever lots are drawn. */
function isInert(run: Run, chain: Chain, depth: number): boolean {
  const byDepth = run.inert.get(chain) ?? []
  const known = byDepth[depth]
  if (known !== undefined) return known
  const found = rehearse(run, chain, depth)
  byDepth[depth] = found
  run.inert.set(chain, byDepth)
  return found
}

function rehearse(run: Run, chain: Chain, depth: number): boolean {
  for (const rule of rulesFor(run, chain)) {
    run.budget.left -= rule.steps
    if (run.budget.left < 0) return false
    if (rule.destination !== null && rule.destination !== run.packet.dst) continue
    const matching = tryOut(run, rule.test)
    if (matching === no) continue
    switch (rule.act.kind) {
      case 'none':
        continue
      case 'return':
        if (matching === yes) return true
        continue
      case 'chain':
        if (rule.chain === null || depth >= deepest || !isInert(run, rule.chain, depth + 1)) return false
        if (rule.act.goto && matching === yes) return true
        continue
      default:
        return false
    }
  }
  return true
}

/** What the test says without anything being decided: `maybe` where it would draw lots. */
export function tryOut(run: Run, test: Predicate | null): Answer {
  if (test === null) return yes
  const rehearsal = { open: false }
  run.rehearsal = rehearsal
  const value = test(run)
  run.rehearsal = null
  return rehearsal.open ? maybe : value
}

function matches(run: Run, rule: CompiledFilterRule, stage: Stage): boolean {
  if (rule.test === null) return true
  const value = rule.test(run)
  if (value === no) return false
  if (value === yes) return true
  return run.suppose(
    stage,
    rule.line,
    rule.doubt === null ? 'it depends on what is not known' : `not understood: ${rule.doubt}`,
  )
}

/** Does the chain do anything? An empty chain that accepts need not be asked. */
export const doesSomething = (chain: Chain): boolean => chain.rules.length > 0 || chain.policy === 'DROP'
