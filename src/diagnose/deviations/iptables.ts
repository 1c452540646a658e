/** A node's iptables: what the VPC CNI and kube-proxy write, line by line, and what others put beside. */
import type { Author, Deviation, DeviationLine } from '../../model/diagnosis/deviation.ts'
import type { ChainPlace } from '../../model/fabric/edit.ts'
import type { FilterRule, RuleChain, Ruleset } from '../../model/stack/ruleset.ts'
import { readRule } from '../../linux/netfilter/iptables-rule.ts'
import { authorOf } from './author.ts'
import { compareLines } from './compare-lines.ts'
import type { ChainIntent } from './intended-chains.ts'
import type { NodeFacts } from './node-facts.ts'

/** Built-in chains: everybody may put lines there. */
const builtIn = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])

/** What the kubelet writes, in the forms of its releases: nothing that decides about a packet of the cluster's. */
const kubelets = [
  /^-A (INPUT|OUTPUT) -j KUBE-FIREWALL$/,
  /^-A KUBE-FIREWALL .*"block incoming localnet connections".* -j DROP$/,
  /^-A KUBE-FIREWALL .*--mark 0x8000\/0x8000 -j DROP$/,
]

/** What a rule asks and does, its comments aside. */
const keyOf = (rule: FilterRule): string =>
  JSON.stringify([rule.matches.filter(({ module }) => module !== 'comment'), rule.target, rule.problem])

export function iptablesDeviations(facts: NodeFacts, intended: ChainIntent): readonly Deviation[] {
  return (facts.stack.iptables ?? []).flatMap((ruleset) => inRuleset(facts, ruleset, intended))
}

function inRuleset(facts: NodeFacts, ruleset: Ruleset, intended: ChainIntent): readonly Deviation[] {
  const { backend } = ruleset
  const own = backend === facts.settings.iptables
  const seen = ruleset.tables.flatMap((table) => {
    const author = authorOfTable(ruleset)
    return table.chains.flatMap((chain) => {
      const place: ChainPlace = { family: ruleset.family, backend, table: table.name, chain: chain.name }
      const wanted = own ? (intended.rules.get(table.name)?.get(chain.name) ?? []) : []
      const judged = intended.isJudged(chain.name)
      if (!builtIn.has(chain.name) && !judged) return []
      return [...policyOf(facts, place, chain, author), ...rulesOf(facts, place, chain, wanted, intended)]
    })
  })
  return own ? [...seen, ...missingChains(facts, ruleset, intended)] : seen
}

/** Who has chains of his own in it: a policy that drops is most likely theirs. */
const authorOfTable = ({ tables }: Ruleset): Author => {
  const names = tables.flatMap(({ chains }) => chains.map(({ name }) => name))
  const found = names.map((name) => authorOf('', name))
  return (
    found.find((author) => ['docker', 'firewalld', 'ufw', 'calico', 'libvirt'].includes(author)) ?? 'unknown'
  )
}

function policyOf(
  { stack }: NodeFacts,
  place: ChainPlace,
  chain: RuleChain,
  author: Author,
): readonly Deviation[] {
  if (chain.policy !== 'DROP') return []
  const line = `:${chain.name} ACCEPT [0:0]`
  return [
    {
      stack: stack.id,
      what: 'policy',
      kind: 'different',
      line: chain.line,
      expected: line,
      author,
      edits: [
        {
          stack: stack.id,
          ...place,
          kind: 'iptables-chain',
          before: chain,
          after: { ...chain, policy: 'ACCEPT', line },
        },
      ],
    },
  ]
}

function rulesOf(
  { stack }: NodeFacts,
  place: ChainPlace,
  chain: RuleChain,
  lines: readonly string[],
  intended: ChainIntent,
): readonly Deviation[] {
  const wanted = withoutEqual(lines, chain.rules)
  const { missing, more } = compareLines(wanted.rules, wanted.others, keyOf, keyOf)
  const open = new Set(more)
  const lacking = missing.map((rule): Deviation => {
    const instead = [...open].find((one) => one.target?.name === rule.target?.name && isOwnChain(chain))
    if (instead !== undefined) open.delete(instead)
    const index = instead === undefined ? placeOf(rule, chain, lines) : chain.rules.indexOf(instead)
    return {
      stack: stack.id,
      what: whatOf(place, rule.line),
      kind: instead === undefined ? 'missing' : 'different',
      line: instead?.line ?? null,
      expected: rule.line,
      author: authorOf(rule.line, chain.name),
      edits: [
        { stack: stack.id, ...place, kind: 'iptables-rule', index, before: instead ?? null, after: rule },
      ],
    }
  })
  const foreign = [...open].filter(
    (rule) => !kubelets.some((form) => form.test(rule.line)) && !intended.isUnjudged(rule, chain.name),
  )
  return lastFirst([
    ...lacking,
    ...foreign.map((rule): Deviation => ({
      stack: stack.id,
      what: isOwnChain(chain) ? whatOf(place, rule.line) : 'iptables',
      kind: 'foreign',
      line: rule.line,
      expected: null,
      author: isOwnChain(chain) ? authorOf(rule.line) : authorOf(rule.line, rule.target?.name ?? ''),
      edits: [
        {
          stack: stack.id,
          ...place,
          kind: 'iptables-rule',
          index: chain.rules.indexOf(rule),
          before: rule,
          after: null,
        },
      ],
    })),
  ])
}

/** Places are those of the chain as it stands: where several edits are made, one after the other, the last has to come first. */
const lastFirst = (deviations: readonly Deviation[]): readonly Deviation[] =>
  deviations.toReversed().toSorted((one, other) => indexOf(other) - indexOf(one))

const indexOf = ({ edits: [edit] }: Deviation): number => (edit?.kind === 'iptables-rule' ? edit.index : 0)

const isOwnChain = ({ name }: RuleChain): boolean => !builtIn.has(name)

/** Most lines are as they should be to the letter: only the others are read. */
function withoutEqual(
  lines: readonly string[],
  rules: readonly FilterRule[],
): { readonly rules: readonly FilterRule[]; readonly others: readonly FilterRule[] } {
  const { missing, more } = compareLines(
    lines,
    rules,
    (line) => line,
    ({ line }) => line,
  )
  return { rules: missing.map(ruleOf), others: more }
}

export function ruleOf(line: string): FilterRule {
  const read = readRule(line)
  if (typeof read === 'string') throw new Error(`not a rule: ${line}`)
  return read
}

/** Behind the nearest line before it that is there, else before the nearest one after it. */
function placeOf(rule: FilterRule, chain: RuleChain, lines: readonly string[]): number {
  const at = lines.indexOf(rule.line)
  const there = new Map(chain.rules.map(({ line }, index) => [line, index]))
  for (let before = at - 1; before >= 0; before--) {
    const index = there.get(lines[before] ?? '')
    if (index !== undefined) return index + 1
  }
  for (let after = at + 1; after < lines.length; after++) {
    const index = there.get(lines[after] ?? '')
    if (index !== undefined) return index
  }
  return chain.rules.length
}

function whatOf({ table, chain }: ChainPlace, line: string): DeviationLine {
  const author = authorOf(line, chain)
  if (author === 'kube-proxy') return 'kube-proxy'
  if (author !== 'vpc-cni') return 'iptables'
  return table === 'mangle' || /CONNMARK/.test(line) ? 'connection-mark' : 'snat'
}

/** Chains that should be there with rules in them, and are not: with their rules they are one deviation each. */
function missingChains(
  { stack }: NodeFacts,
  { backend, family, tables }: Ruleset,
  intended: ChainIntent,
): readonly Deviation[] {
  return [...intended.rules].flatMap(([table, chains]) => {
    const names = new Set(tables.find(({ name }) => name === table)?.chains.map(({ name }) => name))
    return [...chains].flatMap(([chain, lines]): readonly Deviation[] => {
      if (names.has(chain) || lines.length === 0 || !tables.some(({ name }) => name === table)) return []
      const place: ChainPlace = { family, backend, table, chain }
      const after: RuleChain = {
        name: chain,
        policy: null,
        rules: lines.map(ruleOf),
        counter: null,
        line: `:${chain} - [0:0]`,
      }
      return [
        {
          stack: stack.id,
          what: whatOf(place, lines[0] ?? ''),
          kind: 'missing',
          line: null,
          expected: lines[0] ?? '',
          author: authorOf(lines[0] ?? '', chain),
          edits: [{ stack: stack.id, ...place, kind: 'iptables-chain', before: null, after }],
        },
      ]
    })
  })
}
