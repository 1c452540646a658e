/** A matrix of classes, summed up: by namespace, by workload, by node. */
import type { ClassCell, ClassMatrix } from '../model/result/class-matrix.ts'
import type { Endpoint } from '../model/result/result.ts'
import { stateOf, type CellState } from './matrix-cell.ts'

/** Pairs of senders and receivers of one kind. */
export interface PairTotal {
  readonly from: string
  readonly to: string
  readonly pairs: number
  readonly reached: number
  /** What most of the others fail for, by indexes into `diagnosis` and `reasons`. */
  readonly cell: Pick<ClassCell, 'diagnosis' | 'reason'> | null
}

export interface NodeTotal {
  readonly node: string
  /** Pairs that fail, of those that are sent from there and of those that are sent there. */
  readonly sent: readonly [failing: number, all: number]
  readonly received: readonly [failing: number, all: number]
}

export const classState = (cell: ClassCell, reasons: ClassMatrix['reasons']): CellState =>
  stateOf({ ...cell, probe: null, agrees: null }, reasons)

/** How many pairs there are in each state. */
export function statesOf(result: ClassMatrix): ReadonlyMap<CellState, number> {
  const counts = new Map<CellState, number>()
  for (const cell of cellsOf(result)) {
    const state = classState(cell, result.reasons)
    counts.set(state, (counts.get(state) ?? 0) + cell.pairs)
  }
  return counts
}

export function* cellsOf({ classes, cellOf, exceptions }: ClassMatrix): Generator<ClassCell> {
  for (const from of classes.keys())
    for (const to of classes.keys()) {
      const cell = cellOf(from, to)
      if (cell !== null) yield cell
    }
  yield* exceptions
}

export const namespaceOf = ({ kind, name }: Endpoint): string =>
  (kind === 'pod' || kind === 'service') && name.includes('/') ? (name.split('/')[0] ?? '') : kind

/** Who made a pod, by how its name ends: a ReplicaSet's hash and five letters, five letters, or a number. */
export function workloadOf({ kind, name }: Endpoint): string {
  if (kind !== 'pod') return name
  return name.replace(/-[a-z0-9]{6,10}-[a-z0-9]{5}$|-[bcdfghjklmnpqrstvwxz2456789]{5}$|-\d+$/, '')
}

interface Members {
  readonly senders: Map<number, number>
  readonly receivers: Map<number, number>
}

/** Of every two kinds that have a pair. */
export function totalsBy(result: ClassMatrix, kindOf: (end: Endpoint) => string): readonly PairTotal[] {
  const kinds = membersBy(result, kindOf)
  const same = sameEnds(result, kindOf)
  const totals = new Map<string, PairTotal & { pairs: number; reached: number; worst: number }>()
  const add = (from: string, to: string, cell: ClassCell, pairs: number): void => {
    if (pairs <= 0) return
    const key = `${from}\n${to}`
    const one = totals.get(key) ?? { from, to, pairs: 0, reached: 0, cell: null, worst: 0 }
    const reached = classState(cell, result.reasons) === 'delivered'
    const worse = !reached && pairs > one.worst
    totals.set(key, {
      ...one,
      pairs: one.pairs + pairs,
      reached: one.reached + (reached ? pairs : 0),
      cell: worse ? cell : one.cell,
      worst: worse ? pairs : one.worst,
    })
  }
  for (const [from, { senders }] of kinds)
    for (const [to, { receivers }] of kinds)
      for (const [c, some] of senders)
        for (const [d, others] of receivers) {
          const cell = result.cellOf(c, d)
          if (cell === null) continue
          const own = from === to && c === d ? (same.get(`${from} ${c}`) ?? 0) : 0
          add(from, to, cell, some * others - own)
        }
  for (const one of result.exceptions) {
    const [from, to] = [result.from[one.from], result.to[one.to]]
    if (from && to) add(kindOf(from), kindOf(to), one, 1)
  }
  return [...totals.values()]
}

function membersBy(
  { from, to }: ClassMatrix,
  kindOf: (end: Endpoint) => string,
): ReadonlyMap<string, Members> {
  const kinds = new Map<string, Members>()
  const note = (end: ClassMatrix['from'][number], side: keyof Members): void => {
    const kind = kindOf(end)
    const members = kinds.get(kind) ?? { senders: new Map(), receivers: new Map() }
    kinds.set(kind, members)
    members[side].set(end.class, (members[side].get(end.class) ?? 0) + 1)
  }
  for (const end of from) note(end, 'senders')
  for (const end of to) note(end, 'receivers')
  return kinds
}

/** Who would be both ends of a pair, by kind and class. */
function sameEnds({ from, to }: ClassMatrix, kindOf: (end: Endpoint) => string): ReadonlyMap<string, number> {
  const receivers = new Set(to.map(({ kind, name }) => `${kind} ${name}`))
  const counts = new Map<string, number>()
  for (const end of from) {
    if (!receivers.has(`${end.kind} ${end.name}`)) continue
    const key = `${kindOf(end)} ${end.class}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** Nodes with pairs that fail; the one with most comes first. */
export function failingNodes(result: ClassMatrix): readonly NodeTotal[] {
  const size = result.classes.length
  const sent = Array.from({ length: size }, () => ({ failing: 0, all: 0 }))
  const received = Array.from({ length: size }, () => ({ failing: 0, all: 0 }))
  for (const [c, from] of result.classes.entries())
    for (const [d, to] of result.classes.entries()) {
      const cell = result.cellOf(c, d)
      if (cell === null) continue
      const failing = classState(cell, result.reasons) === 'delivered' ? 0 : cell.pairs
      // Members of a class fare alike: each has its share.
      for (const [sum, members] of [
        [sent[c], from.senders],
        [received[d], to.receivers],
      ] as const)
        if (sum !== undefined && members > 0) {
          sum.failing += failing / members
          sum.all += cell.pairs / members
        }
    }
  const nodes = new Map<string, { sent: [number, number]; received: [number, number] }>()
  const note = (
    end: ClassMatrix['from'][number],
    side: 'sent' | 'received',
    share: { readonly failing: number; readonly all: number } | undefined,
  ): void => {
    const node = end.kind === 'node' ? end.name : end.node
    if (node === undefined || share === undefined) return
    const one = nodes.get(node) ?? { sent: [0, 0], received: [0, 0] }
    nodes.set(node, one)
    one[side][0] += share.failing
    one[side][1] += share.all
  }
  for (const end of result.from) note(end, 'sent', sent[end.class])
  for (const end of result.to) note(end, 'received', received[end.class])
  for (const one of result.exceptions) {
    const failing = classState(one, result.reasons) === 'delivered' ? 0 : 1
    const [from, to] = [result.from[one.from], result.to[one.to]]
    if (from) note(from, 'sent', { failing, all: 1 })
    if (to) note(to, 'received', { failing, all: 1 })
  }
  return [...nodes]
    .map(([node, one]) => ({
      node,
      sent: [Math.round(one.sent[0]), Math.round(one.sent[1])] as const,
      received: [Math.round(one.received[0]), Math.round(one.received[1])] as const,
    }))
    .filter((one) => one.sent[0] + one.received[0] > 0)
    .toSorted((a, b) => b.sent[0] + b.received[0] - a.sent[0] - a.received[0])
}
