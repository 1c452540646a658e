import { Choices, type Doubt } from './choices.ts'
import type { Outcome } from './outcome.ts'

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
  /** `before`: the probability of getting as far as the end of the script. */
  const solve = (script: readonly number[], before: number): readonly Weighted[] => {
    runs++
    const choices = new Choices(script)
    const outcome = run(choices)
    const { points } = choices
    if (points.length === script.length) return [{ probability: before, outcome, script, doubt: null }]
    const taken = points.map((point) => point.taken)
    /** The probability of getting as far as each point. */
    const reached: number[] = []
    let probability = before
    for (let i = script.length; i < points.length; i++) {
      reached[i] = probability
      const point = points[i]
      if (point?.kind === 'random') probability *= point.weights[0] ?? 0
    }
    let ways: Weighted[] = [{ probability, outcome, script: taken, doubt: null }]
    for (let i = points.length - 1; i >= script.length; i--) {
      const point = points[i]
      const here = reached[i] ?? 0
      if (!point) continue
      const start = taken.slice(0, i)
      if (point.kind === 'doubt') {
        const other = runs < mostRuns ? solve([...start, 1], here) : null
        if (other !== null && same(ways, other)) continue
        ways = [
          {
            probability: here,
            outcome: inDoubt(ways, other, point.doubt),
            script: taken,
            doubt: point.doubt,
          },
        ]
        continue
      }
      for (let k = 1; k < point.weights.length; k++) {
        const weight = here * (point.weights[k] ?? 0)
        if (weight === 0) continue
        if (runs < mostRuns) for (const way of solve([...start, k], weight)) ways.push(way)
        else ways.push({ probability: weight, outcome: tooMany(outcome), script: taken, doubt: null })
      }
      ways = merged(ways)
    }
    return ways
  }
  return solve([], 1)
}

const sameOutcome = (a: Outcome, b: Outcome): boolean =>
  a.signature === b.signature &&
  a.verdict === b.verdict &&
  a.replyVerdict === b.replyVerdict &&
  a.stoppedAt === b.stoppedAt &&
  a.deliveredAt === b.deliveredAt

/** Ways that nobody could tell apart are one. */
function merged(ways: Weighted[]): Weighted[] {
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
