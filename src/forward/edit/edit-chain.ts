/** An edit of one chain of iptables, compiled: of 30,000 rules only the one that is new is compiled. */
import type { Change } from '../../model/fabric/edit.ts'
import type { FilterRule } from '../../model/stack/ruleset.ts'
import { compileRule, drawTogether, type ChainContext } from '../netfilter/compile-chain.ts'
import type { Chain, ChainPatch, CompiledFilterRule } from '../netfilter/compiled-chain.ts'

/**
 * The chain with one rule added, removed or replaced.
 * @param rules of the model, as they stand after the edit
 */
export function editChain(
  chain: Chain,
  change: Change<FilterRule>,
  rules: readonly FilterRule[],
  context: ChainContext,
): Chain {
  const gone = change.before === null ? -1 : chain.rules.findIndex(({ source }) => source === change.before)
  const removed = chain.rules[gone] ?? null
  const added = change.after === null ? null : ruleOf(change.after, context)
  const kept = removed === null ? chain.rules : chain.rules.toSpliced(gone, 1)
  const spliced = added === null ? kept : inserted(kept, added, rules)
  // Rules that draw lots know of those behind them: they are made anew where there are any.
  if (drawsLots(removed) || drawsLots(added) || spliced.some((rule) => rule.lots !== null)) {
    const fresh = spliced.map((rule) => ({ ...rule, lots: null }))
    drawTogether(fresh)
    return { ...chain, rules: fresh, others: fresh, byDestination: null, patch: null }
  }
  if (chain.byDestination === null && chain.patch === null)
    return { ...chain, rules: spliced, others: spliced }
  return { ...chain, rules: spliced, patch: patchOf(chain, removed, added) }
}

const drawsLots = (rule: CompiledFilterRule | null): boolean =>
  rule !== null && rule.share !== null && rule.share !== 1

/** Null: it does nothing, and has no place among compiled rules. */
function ruleOf(rule: FilterRule, { family, sets, chains }: ChainContext): CompiledFilterRule | null {
  const compiled = compileRule(rule, sets, chains, family)
  if (compiled.act.kind === 'none') return null
  if (compiled.act.kind === 'chain') compiled.chain = chains.get(compiled.act.name) ?? null
  return compiled
}

/** Put before the first rule that stands behind it in the model, rules that do nothing passed over. */
function inserted(
  rules: readonly CompiledFilterRule[],
  added: CompiledFilterRule,
  model: readonly FilterRule[],
): readonly CompiledFilterRule[] {
  const place = model.indexOf(added.source)
  for (let at = place + 1; at < model.length; at++) {
    const next = rules.findIndex(({ source }) => source === model[at])
    if (next >= 0) return rules.toSpliced(next, 0, added)
  }
  return [...rules, added]
}

/** What of the index no longer holds, edits before this one included. */
function patchOf(
  chain: Chain,
  removed: CompiledFilterRule | null,
  added: CompiledFilterRule | null,
): ChainPatch {
  const before = chain.patch
  const more = (before?.added ?? []).filter((rule) => rule !== removed)
  return {
    base: before?.base ?? chain,
    removed: new Set([...(before?.removed ?? []), ...(removed === null ? [] : [removed])]),
    added: added === null ? more : [...more, added],
    known: new Map(),
  }
}
