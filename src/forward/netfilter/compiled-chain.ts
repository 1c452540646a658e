/** A table of iptables in the shape that packets are held against. Made once by `compileTable`. */
import type { Ip } from '../../model/address/address.ts'
import type { Stage } from '../../model/path/path.ts'
import type { FilterRule, RuleMatch } from '../../model/stack/ruleset.ts'
import type { StackSets } from './match.ts'
import type { Odds, Predicate } from './predicate.ts'
import type { Act } from './target.ts'

export interface CompiledFilterRule {
  readonly line: string
  /** What it was compiled from. */
  readonly source: FilterRule
  /** Null: it always matches. */
  readonly test: Predicate | null
  readonly matches: readonly RuleMatch[]
  /** What of the rule is not understood; null: everything is. */
  readonly uncertainty: string | null
  readonly act: Act
  chain: Chain | null
  /** `-d ADDRESS/32`: the only destination that it can match. */
  readonly destination: Ip | null
  /** Steps that it takes to ask it: a line may name thousands of ports. */
  readonly steps: number
  /** It asks for nothing but luck, and has this much; null: it asks for something else. */
  readonly share: number | null
  /** Of a rule that asks for nothing but what the stack has seen before; null: it asks for something else. */
  readonly odds: Odds | null
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
  /** An edit changed a few of its rules; null: it stands as it was compiled. */
  readonly patch: ChainPatch | null
}

/** A long chain after an edit: the index of the chain as it was, and what of it no longer holds. */
export interface ChainPatch {
  readonly base: Chain
  /** Rules of `base` that are gone. */
  readonly removed: ReadonlySet<CompiledFilterRule>
  /** Rules that `base` has not. */
  readonly added: readonly CompiledFilterRule[]
  /** What was worked out so far, by destination. */
  readonly known: Map<Ip, readonly CompiledFilterRule[]>
}

/** Rules that ask for luck alone, one behind the other: which of them is the first to match is one lot. */
export interface Lots {
  readonly weights: readonly number[]
  /** Rules that take part. The weight behind theirs is of none of them. */
  readonly count: number
}

/** More jumps than any real ruleset makes; the kernel refuses loops when it loads a table. */
export const deepest = 64

/** The rules of a chain that a packet to this destination can match. */
export function rulesFor(chain: Chain, dst: Ip): readonly CompiledFilterRule[] {
  if (chain.patch !== null) return patchedRules(chain, chain.patch, dst)
  return chain.byDestination === null ? chain.rules : (chain.byDestination.get(dst) ?? chain.others)
}

/** The rules of the index that are still there, with those added put in their places. */
function patchedRules(chain: Chain, patch: ChainPatch, dst: Ip): readonly CompiledFilterRule[] {
  const before = patch.known.get(dst)
  if (before !== undefined) return before
  const found = rulesFor(patch.base, dst).filter((rule) => !patch.removed.has(rule))
  for (const rule of patch.added) {
    if (rule.destination !== null && rule.destination !== dst) continue
    // Its place is before the next rule behind it that may match this destination as well.
    let at = chain.rules.indexOf(rule) + 1
    let place = -1
    for (; at < chain.rules.length && place < 0; at++) {
      const next = chain.rules[at] as CompiledFilterRule
      if (next.destination === null || next.destination === dst) place = found.indexOf(next)
    }
    found.splice(place < 0 ? found.length : place, 0, rule)
  }
  patch.known.set(dst, found)
  return found
}
