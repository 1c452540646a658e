/** Which lines of a stack's tables a packet lights up, in order, and why any other line stays dark. Pure data in and out. */
import type { Evaluated, Mismatch } from '../model/path/evaluated.ts'
import type { Path } from '../model/path/path.ts'
import type { ChainView, FlowReply, TablesView } from '../model/view/tables-view.ts'

/** Where a line stands on the page. */
export type LinePlace =
  | { readonly kind: 'rule' }
  | { readonly kind: 'route'; readonly table: string }
  | {
      readonly kind: 'chain'
      readonly tool: 'iptables' | 'nft'
      readonly table: string
      readonly chain: string
    }

/** It sends the packet back to the calling chain: the rest of its own is not asked. */
export const returns = (line: string): boolean =>
  /(?:^| )(?:-j RETURN|return)(?: |$)/.test(withoutComment(line))

/** `on`: it matched, and the lines after it were asked as well. `decides`: what comes after it was not. */
export type Mark = 'no' | 'on' | 'decides'

export interface LitLine {
  /** Counts from 1 through this stack; a route that was merely in the table has none. */
  readonly number: number | null
  readonly place: LinePlace
  readonly line: string
  readonly mark: Mark
  readonly lacks: readonly Mismatch[]
  /** What it did, in the engine's words; null: nothing that a packet's way depends on. */
  readonly effect: string | null
}

/** A packet's way through one stack, in one direction. */
export interface Lighting {
  readonly direction: 'forward' | 'reply'
  /** Those that count are in order. */
  readonly lines: readonly LitLine[]
  /** By `lineKey`. A line that was asked twice has two. */
  readonly byKey: ReadonlyMap<string, readonly LitLine[]>
}

export function placeText(place: LinePlace): string {
  switch (place.kind) {
    case 'rule':
      return 'ip rule'
    case 'route':
      return `ip route ${place.table}`
    case 'chain':
      return `${place.tool} ${place.table} ${place.chain}`
  }
}

export const lineKey = (place: LinePlace, line: string): string => `${placeText(place)}\n${line}`

/** The directions in which the flow's packets come through the stack. */
export const directionsAt = ({ path }: FlowReply, stack: string): readonly ('forward' | 'reply')[] =>
  (['forward', 'reply'] as const).filter((direction) => path[direction].some((hop) => hop.stack === stack))

/** Lights the lines of a stack. The stack's own tables say which chains are built in and what their policies are. */
export function lighting(reply: FlowReply, tables: TablesView, direction: 'forward' | 'reply'): Lighting {
  const asked = reply.evaluated.filter((one) => one.at === tables.stack && one.direction === direction)
  const lines: LitLine[] = []
  let number = 0
  for (const [index, one] of asked.entries()) {
    const place = placeOf(one)
    const mark = one.stage === 'rule' ? ruleMark(asked, index) : markOf(one)
    const numbered = place.kind !== 'route' || mark !== 'no'
    lines.push({
      number: numbered ? ++number : null,
      place,
      line: one.by,
      mark,
      lacks: one.lacks,
      effect: one.matched ? effectOf(reply.path, one) : null,
    })
    const policy = policyAfter(asked, index, tables)
    if (policy)
      lines.push({
        number: ++number,
        place,
        line: policy.line,
        // What nothing objects to simply passes: only a policy that drops decides something.
        mark: policy.policy?.toUpperCase() === 'DROP' ? 'decides' : 'on',
        lacks: [],
        effect: policy.policy?.toUpperCase() === 'DROP' ? 'dropped by the policy of the chain' : 'accepted',
      })
  }
  const byKey = new Map<string, LitLine[]>()
  for (const lit of lines) {
    const key = lineKey(lit.place, lit.line)
    const known = byKey.get(key)
    if (known) known.push(lit)
    else byKey.set(key, [lit])
  }
  return { direction, lines, byKey }
}

function placeOf({ stage, place }: Evaluated): LinePlace {
  if (stage === 'rule') return { kind: 'rule' }
  if (stage === 'route') return { kind: 'route', table: place }
  const words = place.split(' ')
  const chain = words.at(-1) ?? ''
  return words.length > 2
    ? { kind: 'chain', tool: 'nft', table: words.slice(0, -1).join(' '), chain }
    : { kind: 'chain', tool: 'iptables', table: words[0] ?? '', chain }
}

const ending =
  /(?:^| )(?:-[jg] (?:ACCEPT|DROP|REJECT|SNAT|DNAT|MASQUERADE|REDIRECT|NETMAP)|accept|drop|reject|snat|dnat|masquerade|redirect)(?: |$)/

/** Comments are the writer's words: they decide nothing. */
const withoutComment = (line: string): string => line.replace(/"(?:[^"\\]|\\.)*"/g, '""')

function markOf(one: Evaluated): Mark {
  if (!one.matched) return 'no'
  if (one.stage === 'route') return 'decides'
  return ending.test(withoutComment(one.by)) ? 'decides' : 'on'
}

/** A rule that matches decides when the table it leads to has a route; else the next rule is asked. */
function ruleMark(asked: readonly Evaluated[], index: number): Mark {
  const rule = asked[index]
  if (!rule?.matched) return 'no'
  if (!/ lookup /.test(rule.by)) return / (?:nop|goto)/.test(rule.by) ? 'on' : 'decides'
  for (const one of asked.slice(index + 1)) {
    if (one.stage !== 'route') break
    if (one.matched) return 'decides'
  }
  return 'on'
}

function effectOf(path: Path, one: Evaluated): string | null {
  const decisions = path[one.direction][one.hop]?.decisions ?? []
  return decisions.find((decision) => decision.by === one.by && decision.stage === one.stage)?.effect ?? null
}

/** The built-in chain whose policy let the packet pass: it was walked to its end, and nothing in it decided. */
function policyAfter(asked: readonly Evaluated[], index: number, tables: TablesView): ChainView | null {
  const here = asked[index]
  const next = asked[index + 1]
  if (!here || (next && sameTable(here, next) && !startsHook(next, tables))) return null
  const place = placeOf(here)
  if (place.kind !== 'chain') return null
  for (let at = index; at >= 0; at--) {
    const one = asked[at]
    if (!one || !sameTable(one, here)) return null
    if (markOf(one) === 'decides') return null
    const from = placeOf(one)
    const chain = from.kind === 'chain' ? chainOf(tables, from) : undefined
    if (chain?.policy != null) return chain
  }
  return null
}

const sameTable = (a: Evaluated, b: Evaluated): boolean =>
  a.stage === b.stage &&
  a.place.split(' ').slice(0, -1).join(' ') === b.place.split(' ').slice(0, -1).join(' ')

/** `nat INPUT` right after `nat PREROUTING`: another hook begins, though the table is the same. */
function startsHook(one: Evaluated, tables: TablesView): boolean {
  const place = placeOf(one)
  if (place.kind !== 'chain') return false
  const chain = chainOf(tables, place)
  return chain?.hook != null && chain.rules[0]?.line === one.by
}

export function chainOf(
  tables: TablesView,
  place: Extract<LinePlace, { readonly kind: 'chain' }>,
): ChainView | undefined {
  return chainsOf(tables, place)?.find((chain) => chain.name === place.chain)
}

export function chainsOf(
  tables: TablesView,
  place: Pick<Extract<LinePlace, { readonly kind: 'chain' }>, 'tool' | 'table'>,
): readonly ChainView[] | undefined {
  return place.tool === 'iptables'
    ? tables.iptables?.find((one) => one.table === place.table)?.chains
    : tables.nft?.find((one) => `${one.family} ${one.table}` === place.table)?.chains
}
