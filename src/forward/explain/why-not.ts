/** Why not another one: of all lines that were asked, the few that almost decided. */
import { parseIp, type Ip } from '../../model/address/address.ts'
import type { Evaluated, Mismatch, NearMiss, WhyNot } from '../../model/path/evaluated.ts'
import type { Path } from '../../model/path/path.ts'

/** Near misses of one decision: more than a person compares are no explanation. */
const mostMisses = 3

/**
 * For every decision of a path the nearest lines that were asked before it and did not match: those that lack the
 * least, then those whose addresses are nearest to the packet's, then the last ones asked. Pure.
 */
export function whyNot(evaluated: readonly Evaluated[], path: Path, most = mostMisses): readonly WhyNot[] {
  const asked = new Map<string, Evaluated[]>()
  const decidedBy = decisionsOf(path)
  for (const one of evaluated) {
    const key = `${one.direction} ${one.hop} ${one.stage} ${decidedBy(one) ?? -1}`
    const before = asked.get(key)
    if (before) before.push(one)
    else asked.set(key, [one])
  }
  return [...asked.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { direction, hop, at, stage } = first
    const decisions = path[direction][hop]?.decisions ?? []
    const by = decisions[decidedBy(first) ?? -1]?.by ?? null
    const instead = nearest(group, by, most)
    return instead.length === 0 ? [] : [{ direction, hop, at, stage, by, instead }]
  })
}

/** The decision that a line was asked for: the next one of its stage. A hop may have thousands, and as many lines each. */
function decisionsOf(path: Path): (one: Evaluated) => number | undefined {
  const byStage = new Map<string, number[]>()
  for (const direction of ['forward', 'reply'] as const)
    for (const [hop, { decisions }] of path[direction].entries())
      for (const [index, { stage }] of decisions.entries()) {
        const key = `${direction} ${hop} ${stage}`
        const known = byStage.get(key)
        if (known) known.push(index)
        else byStage.set(key, [index])
      }
  return ({ direction, hop, stage, after }) => {
    const indexes = byStage.get(`${direction} ${hop} ${stage}`) ?? []
    let low = 0
    let high = indexes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((indexes[middle] ?? 0) < after) low = middle + 1
      else high = middle
    }
    return indexes[low]
  }
}

/** A line that lacks more than this was never near; where no line decided, more than one thing. */
const mostMismatches = 2

function nearest(group: readonly Evaluated[], by: string | null, most: number): readonly NearMiss[] {
  const seen = new Set<string>()
  const lacking = by === null ? 1 : mostMismatches
  // Beside a route that was taken only those are of interest that cover the address as well.
  const routed = group.some((one) => one.stage === 'route' && one.matched)
  return group
    .flatMap((one, order) => {
      if (one.matched || one.by === by || one.lacks.length > lacking) return []
      if (routed && one.stage === 'route' && one.lacks[0]?.code === 'destination') return []
      const distance = one.lacks.reduce((sum, each) => sum + distanceOf(each), 0)
      return Number.isFinite(distance) ? [{ one, order, distance }] : []
    })
    .sort((a, b) => a.distance - b.distance || b.order - a.order)
    .filter(({ one }) => !seen.has(one.by) && seen.add(one.by))
    .slice(0, most)
    .map(({ one: { place, by: line, lacks: mismatches } }) => ({ place, by: line, lacks: mismatches }))
}

/**
 * How far a line was from matching, in bits of an address: any other single thing counts as much as half of one. A line
 * for quite other addresses, in another /8, was not near whatever else it says.
 */
function distanceOf({ code, facts }: Mismatch): number {
  if (code !== 'source' && code !== 'destination') return 16
  if (facts.not) return 8
  const want = addressIn(facts.want)
  const got = parseIp(facts.got)
  if (want === undefined || got === undefined) return 16
  const shared = sharedBits(want, got)
  return shared < 8 ? Infinity : (typeof want === 'number' ? 32 : 128) - shared
}

export type LineAnswer =
  | { readonly kind: 'decided' | 'matched' }
  | { readonly kind: 'lacked'; readonly lacks: readonly Mismatch[] }
  /** Something before it had decided, or the packet never came to its chain or table. */
  | { readonly kind: 'not-asked' }

/** What became of one line at one hop: for who points at it and asks. Pure. */
export function answerOfLine(
  evaluated: readonly Evaluated[],
  path: Path,
  where: Pick<Evaluated, 'direction' | 'hop'>,
  line: string,
): LineAnswer {
  const hop = path[where.direction][where.hop]
  if (hop?.decisions.some((decision) => decision.by === line)) return { kind: 'decided' }
  const asked = evaluated.filter(
    (one) => one.direction === where.direction && one.hop === where.hop && one.by === line,
  )
  if (asked.some((one) => one.matched)) return { kind: 'matched' }
  const [first] = asked
  return first ? { kind: 'lacked', lacks: first.lacks } : { kind: 'not-asked' }
}

/** How many leading bits two addresses share: how near they are. Of two families: none. */
function sharedBits(a: Ip, b: Ip): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.clz32(a ^ b)
  if (typeof a !== 'bigint' || typeof b !== 'bigint') return 0
  const differing = a ^ b
  return differing === 0n ? 128 : 128 - differing.toString(2).length
}

/** The address of `10.0.0.0/8` or of `10.0.0.1`. */
const addressIn = (text: string): Ip | undefined => parseIp(text.split('/')[0] ?? '')
