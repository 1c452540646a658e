/** `iptables -S` and `iptables -L -n -v`, which say everything of one table but its name. */
import { readRule } from '../netfilter/iptables-rule.ts'
import { clean, excerpt, linesOf, Problems } from '../reading.ts'
import type { FilterRule, RuleChain, RuleTable } from '../../model/stack/ruleset.ts'
import { listedRule } from './listed-rule.ts'

export interface ReadTable {
  readonly value: RuleTable | null
  readonly problems: readonly string[]
}

interface Open {
  readonly name: string
  readonly policy: string | null
  readonly line: string
  readonly rules: FilterRule[]
}

const builtIn: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])

/**
 * Which table a listing is of, where the command was not pasted along: by its built-in chains (net/ipv4/netfilter/iptable_*.c).
 * Null: it may be more than one.
 */
export function tableBehind(text: string): string | null {
  const names = [...text.matchAll(/^(?:-P |Chain )([A-Z]+)\b/gm)].flatMap(([, name = '']) =>
    builtIn.has(name) ? [name] : [],
  )
  switch ([...new Set(names)].sort().join(' ')) {
    case 'FORWARD INPUT OUTPUT':
      // `security` has the same three, and nobody lists it.
      return 'filter'
    case 'INPUT OUTPUT POSTROUTING PREROUTING':
    case 'OUTPUT POSTROUTING PREROUTING':
      return 'nat'
    case 'FORWARD INPUT OUTPUT POSTROUTING PREROUTING':
      return 'mangle'
    case 'OUTPUT PREROUTING':
      return 'raw'
    default:
      return null
  }
}

/** `-P`, `-N` and `-A` lines. Never throws. */
export function readRuleSpecs(text: string, table: string): ReadTable {
  const problems = new Problems()
  const chains = new Map<string, Open>()
  for (const [index, raw] of linesOf(text).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const declared = /^-([PN]) (\S+)(?: (ACCEPT|DROP))?(?: -c \d+ \d+)?$/.exec(line)
    if (declared) {
      const [, , name = '', policy] = declared
      chains.set(name, { name, policy: policy ?? null, line, rules: [] })
      continue
    }
    const rule = readRule(line)
    if (typeof rule === 'string') problems.add(`line ${index + 1}: ${rule}`)
    else if (!chains.has(rule.chain))
      problems.add(`line ${index + 1}: a rule of a chain that was not declared: ${excerpt(line)}`)
    else chains.get(rule.chain)?.rules.push(rule)
  }
  return tableOf(table, chains, problems)
}

/** `Chain NAME (policy …)`, a heading, and a line for each rule. What a line does not tell in words that are known is doubted. */
export function readListing(text: string, table: string): ReadTable {
  const problems = new Problems()
  const chains = new Map<string, Open>()
  let open: Open | null = null
  for (const [index, raw] of clean(text).split('\n').entries()) {
    const line = raw.trimEnd()
    if (line.trim() === '' || /^\s*(num\s+)?(pkts\s+bytes\s+)?target\s+prot\s+opt\b/.test(line)) continue
    const chain = /^Chain (\S+) \((?:policy (ACCEPT|DROP)\b.*|-?\d+ references?)\)$/.exec(line)
    if (chain) {
      const [, name = '', policy] = chain
      open = { name, policy: policy ?? null, line, rules: [] }
      chains.set(name, open)
      continue
    }
    const rule = open === null ? null : listedRule(line, open.name)
    if (open === null || rule === null) problems.add(`line ${index + 1}: not a rule: ${excerpt(line)}`)
    else open.rules.push(rule)
  }
  return tableOf(table, chains, problems)
}

function tableOf(name: string, chains: ReadonlyMap<string, Open>, problems: Problems): ReadTable {
  const list = problems.list()
  if (chains.size === 0) return { value: null, problems: list.length > 0 ? list : ['no chain'] }
  // A chain that a rule leads to and that is not there was cut off: the table is not whole.
  for (const { rules } of chains.values())
    for (const { target, line } of rules)
      if (target !== null && /^(KUBE|AWS|CNI|CILIUM|cali)-/.test(target.name) && !chains.has(target.name))
        return {
          value: null,
          problems: [...list, `leads to the chain ${target.name}, which is not there: ${excerpt(line)}`],
        }
  const value: RuleTable = {
    name,
    chains: [...chains.values()].map((chain): RuleChain => ({ ...chain, counter: null })),
  }
  // What could not be read may be a rule: a table without it would let pass what the kernel does not.
  return { value: list.length > 0 ? null : value, problems: list }
}
