import { Choices, type Doubt } from './choices.ts'
import type { Outcome } from './predict.ts'

/** One way of a flow, and the script that makes a run take it again. */
export interface Weighted {
  readonly probability: number
  readonly outcome: Outcome
  readonly script: readonly number[]
  /** The doubt that made the outcome unknown; null: it was none. */
  readonly doubt: Doubt | null
}

/** More runs than a flow through a service with many endpoints needs; beyond this the rest is unknown. */
const mostRuns = 1024

/**
 * Runs a flow with every choice that matters. Where the kernel draws lots, each way keeps its probability; where
 * something is not known, both ways are tried, and only if they differ the outcome is unknown.
 */
export function explore(run: (choices: Choices) => Outcome): readonly Weighted[] {
  let runs = 0
  const solve = (script: readonly number[]): readonly Weighted[] => {
    runs++
    const choices = new Choices(script)
    const outcome = run(choices)
    const { points } = choices
    const taken = points.length === script.length ? script : points.map((point) => point.taken)
    let ways: readonly Weighted[] = [{ probability: 1, outcome, script: taken, doubt: null }]
    for (let i = points.length - 1; i >= script.length; i--) {
      const point = points[i]
      if (!point) continue
      const before = taken.slice(0, i)
      if (point.kind === 'doubt') {
        const other = runs < mostRuns ? solve([...before, 1]) : null
        if (other !== null && same(ways, other)) continue
        ways = [
          { probability: 1, outcome: inDoubt(ways, other, point.doubt), script: taken, doubt: point.doubt },
        ]
      } else {
        const all = ways.map((way) => scaled(way, point.weights[0] ?? 0))
        for (let k = 1; k < point.weights.length; k++) {
          const weight = point.weights[k] ?? 0
          if (weight === 0) continue
          if (runs < mostRuns) for (const way of solve([...before, k])) all.push(scaled(way, weight))
          else all.push({ probability: weight, outcome: tooMany(outcome), script: taken, doubt: null })
        }
        ways = merged(all)
      }
    }
    return ways
  }
  return solve([])
}

const scaled = (way: Weighted, weight: number): Weighted => ({
  ...way,
  probability: way.probability * weight,
})

const sameOutcome = (a: Outcome, b: Outcome): boolean =>
  a.signature === b.signature &&
  a.verdict === b.verdict &&
  a.replyVerdict === b.replyVerdict &&
  a.stoppedAt === b.stoppedAt &&
  a.deliveredAt === b.deliveredAt

/** Ways that nobody could tell apart are one. */
function merged(ways: readonly Weighted[]): readonly Weighted[] {
  const kept: Weighted[] = []
  for (const way of ways) {
    const index = kept.findIndex(
      (other) => sameOutcome(other.outcome, way.outcome) && other.doubt === way.doubt,
    )
    const before = kept[index]
    if (before) kept[index] = { ...before, probability: before.probability + way.probability }
    else kept.push(way)
  }
  return kept
}

function same(a: readonly Weighted[], b: readonly Weighted[]): boolean {
  return (
    a.length === b.length &&
    a.every((way, index) => {
      const other = b[index]
      return (
        other !== undefined &&
        sameOutcome(way.outcome, other.outcome) &&
        Math.abs(way.probability - other.probability) < 1e-9
      )
    })
  )
}

/** Where every way agrees on how the request goes, only the reply is in doubt. */
function inDoubt(ways: readonly Weighted[], others: readonly Weighted[] | null, doubt: Doubt): Outcome {
  const decision = { stage: doubt.stage, by: doubt.by, effect: `cannot be decided: ${doubt.because}` }
  const first = ways[0]?.outcome
  const sameRequest =
    first?.verdict === 'delivered' &&
    [...ways, ...(others ?? [])].every(
      ({ outcome }) => outcome.verdict === 'delivered' && outcome.requestSignature === first.requestSignature,
    )
  return {
    verdict: sameRequest && others !== null ? 'delivered' : 'unknown',
    replyVerdict: sameRequest && others !== null ? 'unknown' : null,
    stoppedAt: doubt.at,
    decision,
    deliveredAt: sameRequest ? first.deliveredAt : null,
    requestSignature: first?.requestSignature ?? 0,
    signature: first?.signature ?? 0,
  }
}

const tooMany = (outcome: Outcome): Outcome => ({
  ...outcome,
  verdict: 'unknown',
  replyVerdict: null,
  decision: { stage: 'route', by: `${mostRuns} ways`, effect: 'the flow has more ways than are tried' },
})
