/** Why a line did not decide: for any line of a stack's tables, from what a packet was held against. Pure. */
import type { TablesView } from '../model/view/tables-view.ts'
import {
  chainOf,
  chainsOf,
  lineKey,
  placeText,
  returns,
  type Lighting,
  type LinePlace,
  type LitLine,
} from './lit-lines.ts'

/** A line that would have led to the one in question, and why it did not. */
export interface Caller {
  readonly place: LinePlace
  readonly line: string
  readonly why: WhyDark
}

export type WhyDark =
  /** It was asked: once for each time, with what it answered. */
  | { readonly kind: 'asked'; readonly times: readonly LitLine[] }
  /** The packet does not come through this stack in this direction. */
  | { readonly kind: 'not-crossed' }
  /** The kernel never got so far: this line had decided. */
  | { readonly kind: 'decided-before'; readonly by: LitLine }
  /** Nothing led into its chain or table. No callers: nothing ever leads there. */
  | { readonly kind: 'not-entered'; readonly callers: readonly Caller[] }
  /** A built-in chain of a hook that the packet does not pass here. */
  | { readonly kind: 'other-hook'; readonly hook: string }
  /** The nat table is asked for the first packet of a connection only; the reply's was asked before. */
  | { readonly kind: 'nat-settled' }
  /** It counts, logs, or says nothing: a packet's way does not depend on it. */
  | { readonly kind: 'inert' }
  /** The packet was dropped before. */
  | { readonly kind: 'ended-before'; readonly by: LitLine }

const mostCallers = 4
const deepest = 5

/** Why `line` at `place` did not decide, in the direction of the lighting. */
export function whyDark(
  tables: TablesView,
  lit: Lighting,
  place: LinePlace,
  line: string,
  depth = 0,
): WhyDark {
  const times = lit.byKey.get(lineKey(place, line))
  if (times) return { kind: 'asked', times }
  if (lit.lines.length === 0) return { kind: 'not-crossed' }
  switch (place.kind) {
    case 'rule':
      return decidedIn(lit, place) ?? { kind: 'not-crossed' }
    case 'route': {
      const rules = (tables.rules ?? []).filter((rule) => rule.table === place.table)
      return {
        kind: 'not-entered',
        callers: rules.slice(0, mostCallers).map((rule) => ({
          place: { kind: 'rule' },
          line: rule.line,
          why: whyDark(tables, lit, { kind: 'rule' }, rule.line, depth + 1),
        })),
      }
    }
    case 'chain':
      return whyChain(tables, lit, place, line, depth)
  }
}

function whyChain(
  tables: TablesView,
  lit: Lighting,
  place: Extract<LinePlace, { readonly kind: 'chain' }>,
  line: string,
  depth: number,
): WhyDark {
  const chain = chainOf(tables, place)
  if (chain?.rules.find((rule) => rule.line === line)?.inert === true) return { kind: 'inert' }
  const decided = decidedIn(lit, place)
  if (decided) return decided
  if (chain?.hook != null) {
    if (chain.policy !== 'DROP' && chain.rules.every((rule) => rule.inert)) return { kind: 'inert' }
    const last = lit.lines.at(-1)
    if (last && isDrop(last)) return { kind: 'ended-before', by: last }
    const isNat = place.tool === 'iptables' ? place.table === 'nat' : /\btype nat\b/.test(chain.line)
    return isNat && lit.direction === 'reply'
      ? { kind: 'nat-settled' }
      : { kind: 'other-hook', hook: chain.hook }
  }
  const callers: Caller[] = []
  if (depth < deepest)
    for (const other of chainsOf(tables, place) ?? [])
      for (const rule of other.rules) {
        if (!rule.leadsTo.includes(place.chain) || callers.length >= mostCallers) continue
        const from: LinePlace = { ...place, chain: other.name }
        callers.push({ place: from, line: rule.line, why: whyDark(tables, lit, from, rule.line, depth + 1) })
      }
  return { kind: 'not-entered', callers }
}

/** The chain or the rules were begun: whatever ended them came before. */
function decidedIn(lit: Lighting, place: LinePlace): WhyDark | null {
  const at = lit.lines.findLastIndex((one) => placeText(one.place) === placeText(place))
  if (at < 0) return null
  const last = lit.lines[at]
  const sentBack = last !== undefined && last.mark !== 'no' && returns(last.line)
  const by = sentBack ? last : (lit.lines.slice(at).find((one) => one.mark === 'decides') ?? last)
  return by ? { kind: 'decided-before', by } : null
}

const isDrop = (lit: LitLine): boolean =>
  lit.mark === 'decides' && /^(dropped|rejected)/.test(lit.effect ?? '')
