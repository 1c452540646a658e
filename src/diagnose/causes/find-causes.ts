/** The smallest edits after which a flow is delivered, there and back. */
import type { CompiledFabric } from '../../forward/compiled/fabric.ts'
import type { Budget } from '../../forward/run/budget.ts'
import type { Flow } from '../../forward/walk/predict.ts'
import { causeKinds, type Cause, type CauseCode } from '../../model/diagnosis/diagnosis.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { Candidate } from './candidate.ts'
import { share, tried } from './trial.ts'

export interface Found {
  readonly causes: readonly Cause[]
  /** Those that were tried and mended nothing. */
  readonly inVain: readonly Candidate[]
  readonly trials: number
  /** Edits, alone or together, that it would have taken too much work to try. */
  readonly untried: number
}

/** Chances closer than this are the same. */
const least = 1e-9
/** Pairs of more candidates than this would take seconds. */
const mostInPairs = 40

/**
 * @param before how much of the flow arrives as things are
 * @param allowance the steps that all trials together may take
 */
export function findCauses(
  fabric: CompiledFabric,
  flow: Flow,
  candidates: readonly Candidate[],
  intended: StackId | null,
  before: number,
  allowance: Budget,
): Found {
  let trials = 0
  let untried = 0
  /** Neither more nor less than anything (NaN) where it was too much work to see it through. */
  const gain = (edits: readonly Edit[]): number => {
    const gained = allowance.left > 0 ? share(tried(fabric, flow, edits, allowance), intended) - before : NaN
    if (allowance.left <= 0) untried++
    else trials++
    return allowance.left <= 0 ? NaN : gained
  }
  const alone = candidates.map((candidate) => ({ candidate, gained: gain(candidate.edits) }))
  const helpful = alone.filter(({ gained }) => gained > least)
  const inVain = alone.filter(({ gained }) => gained <= least).map(({ candidate }) => candidate)
  const best = bestOf(helpful)
  const isWeak = best.every(({ candidate }) => candidate.kind === 'weakening')
  // What only weakens a protection is no cause while others together explain it.
  const several = isWeak ? smallestSet(candidates, gain) : null
  if (several === null && best.length > 0)
    return { causes: best.map((one) => causeOf(fabric, flow, one.candidate)), inVain, trials, untried }
  const together = several ?? pairOf(candidates, gain)
  return {
    causes: together === null ? [] : [causeOf(fabric, flow, joined(together))],
    inVain: together === null ? inVain : inVain.filter((one) => !together.includes(one)),
    trials,
    untried,
  }
}

interface Helpful {
  readonly candidate: Candidate
  readonly gained: number
}

/** Of the best kind those that gain the most, with no more edits than they need. */
function bestOf(helpful: readonly Helpful[]): readonly Helpful[] {
  const kind = causeKinds.find((one) => helpful.some(({ candidate }) => candidate.kind === one))
  const ofKind = helpful.filter(({ candidate }) => candidate.kind === kind)
  const most = Math.max(...ofKind.map(({ gained }) => gained))
  const mending = ofKind.filter(({ gained }) => gained >= most - least)
  const fewest = Math.min(...mending.map(({ candidate }) => candidate.edits.length))
  const small = mending.filter(({ candidate }) => kind === 'intention' || candidate.edits.length === fewest)
  return small.slice(0, 8)
}

/** Everything back to intention, and then as little of it as will do. Null: that mends nothing. */
function smallestSet(
  candidates: readonly Candidate[],
  gain: (edits: readonly Edit[]) => number,
): readonly Candidate[] | null {
  const owned = candidates.filter(({ kind }) => kind === 'intention' || kind === 'foreign')
  const editsOf = (set: readonly Candidate[]): readonly Edit[] => set.flatMap(({ edits }) => edits)
  if (owned.length === 0 || !(gain(editsOf(owned)) > least)) return null
  let kept = owned
  // Halves first: most of what differs has nothing to do with the flow.
  for (let size = Math.ceil(owned.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < kept.length;) {
      const fewer = kept.toSpliced(at, size)
      if (fewer.length > 0 && gain(editsOf(fewer)) > least) kept = fewer
      else at += size
    }
  return kept
}

function pairOf(
  candidates: readonly Candidate[],
  gain: (edits: readonly Edit[]) => number,
): readonly Candidate[] | null {
  const some = candidates
    .toSorted((a, b) => causeKinds.indexOf(a.kind) - causeKinds.indexOf(b.kind))
    .slice(0, mostInPairs)
  for (const [index, one] of some.entries())
    for (const other of some.slice(index + 1))
      if (gain([...one.edits, ...other.edits]) > least) return [one, other]
  return null
}

/** Several that belong together, told by the first; a link that is down took its routes along. */
function joined(set: readonly Candidate[]): Candidate {
  const [first] = set
  if (first === undefined) throw new Error('a set of causes has a first one')
  const codes = new Set(set.map(({ code }) => code))
  const down = set.find(({ code }) => code === 'LINK_DOWN')
  const told = down ?? first
  const code: CauseCode =
    down !== undefined
      ? codes.has('POD_ROUTE_MISSING')
        ? 'POD_LINK_DOWN'
        : 'LINK_DOWN'
      : codes.size === 1
        ? first.code
        : 'SEVERAL_LINES'
  const worst = Math.max(...set.map(({ kind }) => causeKinds.indexOf(kind)))
  return {
    ...told,
    code,
    kind: causeKinds[worst] ?? told.kind,
    edits: linksFirst(set.flatMap(({ edits }) => edits)),
  }
}

/** No route leads out of an interface that is down. */
const linksFirst = (edits: readonly Edit[]): readonly Edit[] => [
  ...edits.filter(({ kind }) => kind === 'link'),
  ...edits.filter(({ kind }) => kind !== 'link'),
]

const causeOf = (fabric: CompiledFabric, flow: Flow, candidate: Candidate): Cause => ({
  ...candidate,
  proof: tried(fabric, flow, candidate.edits).paths[0]?.path() ?? null,
})
