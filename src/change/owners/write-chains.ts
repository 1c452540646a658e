/** Chains as their owner writes them: each whole, as `iptables-restore --noflush` does it for aws-node and kube-proxy. */
import type { IptablesPart } from '../../intent/iptables-table.ts'
import { readRule } from '../../linux/netfilter/iptables-rule.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import type { FilterRule, RuleChain, Ruleset } from '../../model/stack/ruleset.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** Whose hand a chain or a line shows. */
export interface Owner {
  readonly ownsChain: (name: string) => boolean
  /** A line of its own in a chain that everybody may write to. */
  readonly ownsLine: (line: string) => boolean
}

/** @param parts everything that the owner wants in this ruleset */
export function chainEdits(
  stack: StackId,
  { family, backend, tables }: Ruleset,
  parts: readonly IptablesPart[],
  { ownsChain, ownsLine }: Owner,
): readonly Edit[] {
  const edits: Edit[] = []
  for (const { name: table, chains } of tables) {
    const wanted = linesOf(parts.filter((part) => part.table === table))
    const place = (chain: string) => ({ stack, family, backend, table, chain }) as const
    // First new chains, empty, then the lines that jump to them, then what nothing jumps to any more.
    const made = new Map<string, RuleChain>()
    for (const [name] of wanted) {
      if (!ownsChain(name) || chains.some((chain) => chain.name === name)) continue
      made.set(name, newChain(name))
      edits.push({ ...place(name), kind: 'iptables-chain', before: null, after: newChain(name) })
    }
    for (const [name, lines] of wanted)
      if (ownsChain(name)) {
        const before = chains.find((chain) => chain.name === name) ?? made.get(name) ?? newChain(name)
        if (sameLines(before.rules, lines)) continue
        const after: RuleChain = {
          ...before,
          rules: rulesFrom(lines, before.rules),
        }
        edits.push({ ...place(name), kind: 'iptables-chain', before, after })
      }
    for (const chain of chains)
      if (!ownsChain(chain.name))
        edits.push(...lineEdits(chain, wanted.get(chain.name) ?? [], ownsLine, place(chain.name)))
    for (const before of chains)
      if (ownsChain(before.name) && !wanted.has(before.name))
        edits.push({ ...place(before.name), kind: 'iptables-chain', before, after: null })
  }
  return edits
}

type Place = { readonly stack: StackId; readonly table: string; readonly chain: string } & Pick<
  Ruleset,
  'family' | 'backend'
>

/** In a built-in chain only the owner's own lines come and go: new ones at its end. */
function lineEdits(
  chain: RuleChain,
  lines: readonly string[],
  ownsLine: (line: string) => boolean,
  place: Place,
): readonly Edit[] {
  const missing = [...lines]
  const stale: FilterRule[] = []
  for (const rule of chain.rules) {
    const at = missing.findIndex((line) => sameRule(rule, line))
    if (at >= 0) missing.splice(at, 1)
    else if (ownsLine(rule.line)) stale.push(rule)
  }
  let end = chain.rules.length
  return [
    ...stale.map((before): Edit => {
      end--
      return { ...place, kind: 'iptables-rule', index: chain.rules.indexOf(before), before, after: null }
    }),
    ...missing.map((line): Edit => ({
      ...place,
      kind: 'iptables-rule',
      index: end++,
      before: null,
      after: ruleOf(line),
    })),
  ]
}

const newChain = (name: string): RuleChain => ({
  name,
  policy: null,
  rules: [],
  counter: null,
  line: `:${name} - [0:0]`,
})

/** By chain, in order. */
function linesOf(parts: readonly IptablesPart[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>(
    parts.flatMap(({ chains }) => chains.map(({ name }): [string, string[]] => [name, []])),
  )
  for (const line of parts.flatMap(({ prepended, rules }) => [...prepended, ...rules])) {
    const chain = /^-A (\S+)/.exec(line)?.[1] ?? ''
    const list = found.get(chain)
    if (list) list.push(line)
    else found.set(chain, [line])
  }
  return found
}

/** Rules that stand there already stay the same objects. */
function rulesFrom(lines: readonly string[], present: readonly FilterRule[]): readonly FilterRule[] {
  const known = new Map(present.map((rule) => [rule.line, rule]))
  return lines.map((line) => known.get(line) ?? present.find((rule) => sameRule(rule, line)) ?? ruleOf(line))
}

const sameLines = (rules: readonly FilterRule[], lines: readonly string[]): boolean =>
  rules.length === lines.length && rules.every((rule, index) => sameRule(rule, lines[index] ?? ''))

/** To the letter, or in what it asks and does: releases print the same rule in other words. */
const sameRule = (rule: FilterRule, line: string): boolean =>
  rule.line === line || keyOf(rule) === keyOf(ruleOf(line))

const keyOf = ({ matches, target }: FilterRule): string =>
  JSON.stringify([matches.filter(({ module }) => module !== 'comment'), target])

function ruleOf(line: string): FilterRule {
  const rule = readRule(line)
  if (typeof rule === 'string') throw new Error(`not a rule: ${line}`)
  return rule
}
