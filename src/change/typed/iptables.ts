/** `iptables -t nat -I POSTROUTING 1 …` (iptables(8)) → edits of a stack's rules. */
import type { Family } from '../../model/address/address.ts'
import type { ChainPlace, Edit, StackEdit } from '../../model/fabric/edit.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { FilterRule, RuleChain, Ruleset, RulesetBackend, RuleTable } from '../../model/stack/ruleset.ts'
import { readRule } from '../../linux/netfilter/iptables-rule.ts'
import {
  badOption,
  badValue,
  ChangeError,
  lacking,
  notRead,
  notThere,
  thereAlready,
} from '../change-error.ts'
import { stackOf, withEdits, withStack, type World } from '../world.ts'
import { savedRules } from './iptables-words.ts'

type Action = 'A' | 'I' | 'D' | 'R' | 'P' | 'N' | 'F' | 'X'

const actions: Readonly<Record<string, Action>> = {
  '-A': 'A', '--append': 'A', '-I': 'I', '--insert': 'I', '-D': 'D', '--delete': 'D', '-R': 'R', '--replace': 'R',
  '-P': 'P', '--policy': 'P', '-N': 'N', '--new-chain': 'N', '-F': 'F', '--flush': 'F', '-X': 'X', '--delete-chain': 'X',
} // prettier-ignore

/** The chains that each table begins with (iptables(8), TABLES). */
const builtIn: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

interface Asked {
  readonly table: string
  readonly action: Action
  readonly chain: string | null
  /** What follows the chain: a number, a policy, a rule. */
  readonly rest: readonly string[]
}

export function runIptables(world: World, at: StackId, program: string, words: readonly string[]): World {
  const family: Family = program.startsWith('ip6') ? 6 : 4
  const asked = readAction(words)
  const stack = stackOf(world, at)
  const backend = program.endsWith('-legacy')
    ? 'legacy'
    : program.endsWith('-nft')
      ? 'nft'
      : backendOf(stack, family)
  const ready = withTable(world, stack, family, backend, asked.table)
  const table = tableOf(stackOf(ready, at), family, backend, asked.table)
  return withEdits(ready, editsOf(asked, table, { stack: at, family, backend, table: asked.table }))
}

function readAction(words: readonly string[]): Asked {
  let table = 'filter'
  let action: Action | null = null
  let chain: string | null = null
  const rest: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const named = Object.hasOwn(actions, word) ? actions[word] : undefined
    if (word === '-t' || word === '--table') table = words[++i] ?? ''
    else if (word === '-w' || word === '--wait') {
      if (/^\d+$/.test(words[i + 1] ?? '')) i++
    } else if (action === null && named !== undefined) {
      action = named
      if (words[i + 1] !== undefined && !(words[i + 1] ?? '').startsWith('-')) chain = words[++i] ?? null
    } else rest.push(word)
  }
  if (!Object.hasOwn(builtIn, table)) throw badValue('-t', table)
  if (action === null)
    throw words[0] === undefined ? lacking('-A, -I, -D, -R, -P, -N, -F, -X') : badOption(words[0])
  if (chain !== null && !/^[^\s"!-][^\s"]{0,28}$/.test(chain)) throw badValue(`-${action}`, chain)
  return { table, action, chain, rest }
}

/** Whose rules the node's `iptables` shows: those of the one backend that has any. */
function backendOf(stack: NetworkStack, family: Family): RulesetBackend {
  const rulesets = (family === 4 ? stack.iptables : stack.ip6tables) ?? []
  if (rulesets.length === 0) throw notRead(family === 4 ? 'iptables' : 'ip6tables', stack.id)
  const used = rulesets.filter(({ tables }) =>
    tables.some(({ chains }) => chains.some(({ rules, policy }) => rules.length > 0 || policy === 'DROP')),
  )
  if (used.length > 1) throw new ChangeError({ code: 'backend', at: stack.id })
  return (used[0] ?? rulesets[0])?.backend ?? 'nft'
}

/** iptables loads a table, empty, when it is asked for. */
function withTable(
  world: World,
  stack: NetworkStack,
  family: Family,
  backend: RulesetBackend,
  name: string,
): World {
  const part = family === 4 ? 'iptables' : 'ip6tables'
  const rulesets = stack[part]
  if (rulesets === null || rulesets === undefined) throw notRead(part, stack.id)
  const ruleset = rulesets.find((one) => one.backend === backend)
  if (ruleset?.tables.some((table) => table.name === name) === true) return world
  const chains = (builtIn[name] ?? []).map((chain): RuleChain => ({
    name: chain,
    policy: 'ACCEPT',
    rules: [],
    counter: null,
    line: `:${chain} ACCEPT [0:0]`,
  }))
  const loaded: Ruleset = {
    family,
    backend,
    tables: [...(ruleset?.tables ?? []), { name, chains }],
  }
  const all =
    ruleset === undefined
      ? [...rulesets, loaded]
      : rulesets.map((one) => (one.backend === backend ? loaded : one))
  return withStack(world, { ...stack, [part]: all })
}

function tableOf(stack: NetworkStack, family: Family, backend: RulesetBackend, name: string): RuleTable {
  const table = (family === 4 ? stack.iptables : stack.ip6tables)
    ?.find((one) => one.backend === backend)
    ?.tables.find((one) => one.name === name)
  if (table === undefined) throw notRead(`iptables -t ${name}`, stack.id)
  return table
}

type Place = Omit<ChainPlace, 'chain'> & { readonly stack: StackId }

function editsOf(
  { action, chain, rest, table: name }: Asked,
  table: RuleTable,
  place: Place,
): readonly Edit[] {
  const where = `${place.stack} ${name}`
  if (action === 'F') {
    if (rest.length > 0) throw badOption(rest[0] ?? '')
    return (chain === null ? table.chains : [chainOf(table, chain, where)]).flatMap((one) =>
      flushed(one, place),
    )
  }
  if (action === 'X' && chain === null) {
    const own = table.chains.filter(({ policy }) => policy === null)
    const free = own.filter(
      (one) =>
        one.rules.length === 0 &&
        !table.chains.some(({ rules }) => rules.some((rule) => rule.target?.name === one.name)),
    )
    if (free.length < own.length) throw badOption('-X')
    return free.map((one) => gone(one, place))
  }
  if (chain === null) throw lacking(`-${action} CHAIN`)
  if (action === 'N') {
    if (table.chains.some((one) => one.name === chain)) throw thereAlready(chain, where)
    if (rest.length > 0) throw badOption(rest[0] ?? '')
    const after: RuleChain = {
      name: chain,
      policy: null,
      rules: [],
      counter: null,
      line: `:${chain} - [0:0]`,
    }
    return [{ ...place, chain, kind: 'iptables-chain', before: null, after }]
  }
  const there = chainOf(table, chain, where)
  if (action === 'P') {
    const [policy = '', ...more] = rest
    if (there.policy === null || more.length > 0 || (policy !== 'ACCEPT' && policy !== 'DROP'))
      throw badValue(`-P ${chain}`, rest.join(' '))
    const after: RuleChain = { ...there, policy, line: `:${chain} ${policy} [0:0]` }
    return [{ ...place, chain, kind: 'iptables-chain', before: there, after }]
  }
  if (action === 'X') {
    if (there.policy !== null || there.rules.length > 0) throw badValue('-X', chain)
    if (table.chains.some(({ rules }) => rules.some((rule) => rule.target?.name === chain)))
      throw badValue('-X', chain)
    return [gone(there, place)]
  }
  return ruleEdits(action, there, rest, table, place)
}

function ruleEdits(
  action: 'A' | 'I' | 'D' | 'R',
  there: RuleChain,
  rest: readonly string[],
  table: RuleTable,
  place: Place,
): readonly Edit[] {
  const chain = there.name
  const [first = '', ...others] = rest
  const numbered = action !== 'A' && /^\d{1,9}$/.test(first)
  const number = numbered ? Number(first) : null
  const spec = numbered ? others : rest
  const edit = (
    index: number,
    change: { before: FilterRule | null; after: FilterRule | null },
  ): StackEdit => ({
    ...place,
    chain,
    kind: 'iptables-rule',
    index,
    ...change,
  })
  if (action === 'D' && number !== null) {
    if (spec.length > 0) throw badOption(spec[0] ?? '')
    return [edit(number - 1, { before: ruleAt(there, number, place), after: null })]
  }
  const rules = savedRules(chain, spec, place.family).map((line) => ruleOf(line, table))
  switch (action) {
    case 'A':
      return rules.map((after, more) => edit(there.rules.length + more, { before: null, after }))
    case 'I': {
      const index = (number ?? 1) - 1
      if (index < 0 || index > there.rules.length) throw badValue('-I', first)
      return rules.map((after) => edit(index, { before: null, after }))
    }
    case 'R': {
      const [after] = rules
      if (number === null) throw lacking('-R CHAIN NUMBER')
      if (after === undefined || rules.length > 1) throw badValue('-R', rest.join(' '))
      return [edit(number - 1, { before: ruleAt(there, number, place), after })]
    }
    case 'D': {
      const left = [...there.rules]
      return rules.map((rule) => {
        const index = left.findIndex((one) => keyOf(one) === keyOf(rule))
        const before = left[index]
        if (before === undefined) throw notThere(rule.line, `${place.stack} ${place.table}`)
        left.splice(index, 1)
        return edit(index, { before, after: null })
      })
    }
  }
}

function ruleAt({ rules, name }: RuleChain, number: number, { stack }: Place): FilterRule {
  const rule = rules[number - 1]
  if (rule === undefined) throw notThere(`${name} ${number}`, stack)
  return rule
}

/** Targets that are no chains (iptables-extensions(8)): of others the engine says by itself that it does not know them. */
const known = /^[A-Z][A-Z0-9]*$/

function ruleOf(line: string, { chains }: RuleTable): FilterRule {
  const rule = readRule(line)
  if (typeof rule === 'string' || rule.problem !== null)
    throw badOption(typeof rule === 'string' ? rule : (rule.problem ?? ''))
  const target = rule.target?.name
  if (target !== undefined && !known.test(target) && !chains.some(({ name }) => name === target))
    throw badValue('-j', target)
  return rule
}

/** What a rule asks and does; a comment is part of it for iptables too. */
const keyOf = ({ matches, target }: FilterRule): string =>
  JSON.stringify([matches, target]).replaceAll('\\"', '')

function chainOf({ chains }: RuleTable, name: string, where: string): RuleChain {
  const chain = chains.find((one) => one.name === name)
  if (chain === undefined) throw notThere(name, where)
  return chain
}

const flushed = (chain: RuleChain, place: Place): readonly Edit[] =>
  chain.rules.length === 0
    ? []
    : [
        {
          ...place,
          chain: chain.name,
          kind: 'iptables-chain',
          before: chain,
          after: { ...chain, rules: [] },
        },
      ]

const gone = (chain: RuleChain, place: Place): Edit => ({
  ...place,
  chain: chain.name,
  kind: 'iptables-chain',
  before: chain,
  after: null,
})
