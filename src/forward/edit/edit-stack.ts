/** An edit of a stack's own tables, in the model: a new stack that shares with the old one whatever the edit leaves alone. */
import type { Change, StackEdit } from '../../model/fabric/edit.ts'
import type { IpSet } from '../../model/stack/ipset.ts'
import type { NftTable } from '../../model/stack/nft.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { RuleChain, Ruleset, RuleTable } from '../../model/stack/ruleset.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { Sysctls } from '../../model/stack/sysctl.ts'

/**
 * The stack after the edit. What the edit says is there before is found by identity; where it is not there, nothing is taken away.
 * Parts that were not read (null) stay unread.
 */
export function editStack(stack: NetworkStack, edit: StackEdit): NetworkStack {
  switch (edit.kind) {
    case 'route': {
      const six = (edit.before ?? edit.after)?.family === 6
      return six
        ? { ...stack, routes6: stack.routes6 && changed(stack.routes6, edit) }
        : { ...stack, routes: changed(stack.routes, edit) }
    }
    case 'rule': {
      const six = (edit.before ?? edit.after)?.family === 6
      return six
        ? { ...stack, rules6: stack.rules6 && changedRules(stack.rules6, edit) }
        : // Whatever is done to a rule, `local` and `main` are two tables from then on (fib_unmerge).
          { ...stack, rules: stack.rules && changedRules(stack.rules, edit), isOneTable: false }
    }
    case 'neighbour':
      return { ...stack, neighbours: stack.neighbours && changed(stack.neighbours, edit) }
    case 'link':
      return { ...stack, links: changed(stack.links, edit) }
    case 'sysctl':
      return { ...stack, sysctls: stack.sysctls && changedSysctls(stack.sysctls, edit.name, edit.after) }
    case 'iptables-rule':
    case 'iptables-chain': {
      const part = edit.family === 4 ? 'iptables' : 'ip6tables'
      const rulesets = stack[part]
      return { ...stack, [part]: rulesets && inRulesets(rulesets, edit) }
    }
    case 'nft-rule':
    case 'nft-table':
      return { ...stack, nft: stack.nft && inNft(stack.nft, edit) }
    case 'set-member': {
      const inSet = (set: IpSet): IpSet =>
        set.name === edit.set ? { ...set, entries: changed(set.entries, edit) } : set
      return { ...stack, sets: stack.sets && stack.sets.map(inSet) }
    }
    case 'conntrack':
      return { ...stack, conntrack: stack.conntrack && changed(stack.conntrack, edit) }
  }
}

/** One put in place of another; an added one stands last, or at `at`. */
function changed<T>(list: readonly T[], { before, after }: Change<T>, at = list.length): readonly T[] {
  const where = before === null ? at : list.indexOf(before)
  if (where < 0) return after === null ? list : list.toSpliced(at, 0, after)
  return list.toSpliced(where, before === null ? 0 : 1, ...(after === null ? [] : [after]))
}

/** A new rule stands behind those of its priority, as the kernel puts it (fib_nl_newrule). */
function changedRules(list: readonly PolicyRule[], change: Change<PolicyRule>): readonly PolicyRule[] {
  const { after } = change
  const behind = after === null ? -1 : list.findIndex(({ priority }) => priority > after.priority)
  return changed(list, change, behind < 0 ? list.length : behind)
}

function changedSysctls(sysctls: Sysctls, name: string, value: string | null): Sysctls {
  const copy = new Map(sysctls)
  if (value === null) copy.delete(name)
  else copy.set(name, value)
  return copy
}

type IptablesEdit = Extract<StackEdit, { readonly kind: 'iptables-rule' | 'iptables-chain' }>

function inRulesets(rulesets: readonly Ruleset[], edit: IptablesEdit): readonly Ruleset[] {
  const inTable = (table: RuleTable): RuleTable =>
    table.name === edit.table ? { ...table, chains: inChains(table.chains, edit) } : table
  return rulesets.map((ruleset) =>
    ruleset.backend === edit.backend ? { ...ruleset, tables: ruleset.tables.map(inTable) } : ruleset,
  )
}

function inChains(chains: readonly RuleChain[], edit: IptablesEdit): readonly RuleChain[] {
  const where = chains.findIndex(({ name }) => name === edit.chain)
  const chain = chains[where]
  if (edit.kind === 'iptables-chain') return changed(chains, { ...edit, before: chain ?? null })
  if (chain === undefined) return chains
  return chains.with(where, { ...chain, rules: changed(chain.rules, edit, edit.index) })
}

type NftEdit = Extract<StackEdit, { readonly kind: 'nft-rule' | 'nft-table' }>

function inNft(tables: readonly NftTable[], edit: NftEdit): readonly NftTable[] {
  if (edit.kind === 'nft-table') return changed(tables, edit)
  return tables.map((table) =>
    table.family === edit.family && table.name === edit.table
      ? {
          ...table,
          chains: table.chains.map((chain) =>
            chain.name === edit.chain ? { ...chain, rules: changed(chain.rules, edit, edit.index) } : chain,
          ),
        }
      : table,
  )
}
