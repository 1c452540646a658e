import { Budget, cost, limits, spent } from '../run/budget.ts'
import {
  Choices,
  choicesOf,
  type ChoicePoint,
  type Uncertainty,
  type Meeting,
  type Script,
} from '../run/choices.ts'
import type { Outcome } from '../run/outcome.ts'

/** One path of a flow, and the script that makes a run take it again. */
export interface Weighted {
  readonly probability: number
  readonly outcome: Outcome
  readonly script: Script | null
  /** The script is of a careful run. */
  readonly careful: boolean
  /** The doubt that made the outcome unknown; null: it was none. */
  readonly uncertainty: Uncertainty | null
}

/** What may follow from a state. Ways that meet again share what follows. */
type Node =
  | { readonly kind: 'end'; readonly outcome: Outcome; readonly uncertainty: Uncertainty | null }
  /** Null: it cannot happen. */
  | { readonly kind: 'lot'; readonly weights: readonly number[]; readonly paths: readonly (Node | null)[] }
  /** A choice that changes nothing: what follows is the same, so the first alternative stands for all. */
  | { readonly kind: 'either'; readonly path: Node }

type Run = (choices: Choices) => Outcome

/**
 * Runs a flow with every choice that matters. Where the kernel draws lots, each path keeps its probability; where
 * something is not known, both paths are tried, and only if they differ the outcome is unknown. Most flows have a handful
 * of paths: they are simply run. Where that is too much, paths that come to the same state are one path from there on; and
 * where even that takes more steps than a prediction may, what was not looked into is unknown.
 */
export function explore(run: Run, allowance?: Budget): readonly Weighted[] {
  const plain = new Budget(Math.min(limits.plainSteps, allowance?.left ?? Infinity))
  const before = plain.left
  const found = explorePlainly(run, plain, limits.plainRuns)
  if (allowance) allowance.left -= before - plain.left
  if (found !== null) return found
  const careful = new Budget(Math.min(limits.steps, allowance?.left ?? Infinity))
  const whole = careful.left
  const paths = exploreCarefully(run, careful)
  if (allowance) allowance.left -= whole - careful.left
  return paths
}

/** Runs every path from its beginning to its end. Null: that takes more than it may. */
export function explorePlainly(run: Run, budget: Budget, mostRuns: number): readonly Weighted[] | null {
  const choices = new Choices([], budget)
  const outcome = run(choices)
  // Nearly every flow has one path.
  if (choices.points.length === 0 && budget.left >= 0)
    return [{ probability: 1, outcome, script: null, careful: false, uncertainty: null }]
  const first = branchOf(null, choices, { kind: 'end', outcome, uncertainty: null }, [])
  const root = new Exploration(run, budget, false).root(first, mostRuns)
  return root && alternativesOf(root, false, budget)
}

/** Ways that come to the same state are one from there on, and what the budget does not reach is unknown. */
export function exploreCarefully(run: Run, budget: Budget): readonly Weighted[] {
  const exploration = new Exploration(run, budget, true)
  const root = exploration.root(exploration.branch(null), Infinity)
  if (root === null) throw new Error('only a plain exploration may be too much')
  return alternativesOf(root, true, budget)
}

/** A run whose choices are being looked into, from the last one back. */
interface Branch {
  readonly script: Script | null
  readonly points: readonly ChoicePoint[]
  readonly passed: Meeting['passed']
  /** The choice that is looked into; all after it have been. */
  at: number
  /** What follows the first alternative of that choice. */
  node: Node
  /** What follows each alternative so far; null: none has been looked into yet. */
  paths: (Node | null)[] | null
}

const branchOf = (
  script: Script | null,
  { points }: Choices,
  node: Node,
  passed: Meeting['passed'],
): Branch => ({ script, points, passed, at: points.length - 1, node, paths: null })

class Exploration {
  readonly #run: Run
  readonly #budget: Budget
  readonly #careful: boolean
  readonly #known = new Map<string, Node>()
  #runs = 0

  constructor(run: Run, budget: Budget, careful: boolean) {
    this.#run = run
    this.#budget = budget
    this.#careful = careful
  }

  /** Null: it takes more runs, or more steps, than it should without looking for states that meet. */
  root(first: Branch, mostRuns: number): Node | null {
    const branches = [first]
    let found: Node | null = null
    for (;;) {
      if (!this.#careful && (this.#runs > mostRuns || this.#budget.left < 0)) return null
      const branch = branches.at(-1)
      if (branch === undefined) return found
      if (found !== null) branch.paths?.push(found)
      found = null
      const next = this.#advance(branch)
      if (next === null) {
        branches.pop()
        found = branch.node
      } else branches.push(this.branch(next))
    }
  }

  /** Takes the path of a script, and the first alternative wherever that leaves a choice. */
  branch(script: Script | null): Branch {
    const taken = choicesOf(script)
    const budget = this.#budget
    budget.left -= cost.run + (taken.length >> 2)
    this.#runs++
    const meeting: Meeting | null = this.#careful
      ? { isKnown: (state) => this.#known.has(state), passed: [], met: null }
      : null
    const choices = new Choices(taken, budget, this.#careful, meeting)
    const outcome = this.#run(choices)
    const met = meeting === null || meeting.met === null ? undefined : this.#known.get(meeting.met)
    return branchOf(script, choices, met ?? endOf(outcome, choices.exhausted), meeting?.passed ?? [])
  }

  /** The next alternative that has to be run; null: all have been, and the branch's node is what follows from its script. */
  #advance(branch: Branch): Script | null {
    for (; branch.at >= 0; branch.at--) {
      const point = branch.points[branch.at]
      if (point === undefined) continue
      this.#remember(branch)
      const paths = (branch.paths ??= [branch.node])
      const alternatives = point.kind === 'random' ? point.weights.length : 2
      let cut: Node | null = null
      while (paths.length < alternatives) {
        if (point.kind === 'random' && point.weights[paths.length] === 0) paths.push(null)
        else if (this.#budget.left < 0) paths.push((cut ??= cutOff(point)))
        else return scriptOf(branch, paths.length)
      }
      branch.node =
        point.kind === 'random' ? lot(point.weights, paths) : this.#settled(point.uncertainty, paths)
      branch.paths = null
    }
    this.#remember(branch)
    return null
  }

  /** What follows is known now for the states between this choice and the next one. */
  #remember(branch: Branch): void {
    const { passed, at, node } = branch
    for (let last = passed.at(-1); last !== undefined && last.choices > at; last = passed.at(-1)) {
      this.#known.set(last.state, node)
      passed.pop()
    }
  }

  #settled(uncertainty: Uncertainty, [first, other]: readonly (Node | null)[]): Node {
    if (!first || !other) throw new Error('a doubt has two alternatives')
    if (first === other) return { kind: 'either', path: first }
    if (this.#budget.left < 0) return cutOff({ kind: 'doubt', uncertainty })
    const paths = alternativesOf(first, this.#careful, this.#budget)
    const others = alternativesOf(other, this.#careful, this.#budget)
    return same(paths, others)
      ? { kind: 'either', path: first }
      : { kind: 'end', outcome: undecidedOutcome(paths, others, uncertainty), uncertainty }
  }
}

function lot(weights: readonly number[], paths: readonly (Node | null)[]): Node {
  const [first] = paths
  return first && paths.every((path) => path === first || path === null)
    ? { kind: 'either', path: first }
    : { kind: 'lot', weights, paths }
}

/** The choices of the branch up to the one that is looked into, and then another alternative of that. */
function scriptOf({ script, at }: Branch, taken: number): Script {
  let before = script
  for (let i = 0; i < at; i++) before = { before, taken: 0 }
  return { before, taken }
}

/** Every end that may come of it, each once, in the order of their scripts. What it looks at is paid for. */
function alternativesOf(root: Node, careful: boolean, budget: Budget): readonly Weighted[] {
  if (root.kind === 'end')
    return [{ probability: 1, outcome: root.outcome, script: null, careful, uncertainty: root.uncertainty }]
  const scripts = new Map<Node, Script | null>([[root, null]])
  const ends: Extract<Node, { readonly kind: 'end' }>[] = []
  const order: Node[] = []
  const open: { readonly node: Node; next: number }[] = [{ node: root, next: 0 }]
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { node } = top
    const child = childAt(node, top.next)
    if (child === undefined) {
      order.push(node)
      open.pop()
      continue
    }
    const taken = top.next++
    budget.left--
    if (child === null || scripts.has(child)) continue
    scripts.set(child, { before: scripts.get(node) ?? null, taken })
    if (child.kind === 'end') ends.push(child)
    else open.push({ node: child, next: 0 })
  }
  const probabilities = new Map<Node, number>([[root, 1]])
  const add = (node: Node, probability: number): void => {
    probabilities.set(node, (probabilities.get(node) ?? 0) + probability)
  }
  for (const node of order.reverse()) {
    const here = probabilities.get(node) ?? 0
    if (node.kind === 'either') add(node.path, here)
    if (node.kind === 'lot')
      node.paths.forEach((path, index) => {
        if (path !== null) add(path, here * (node.weights[index] ?? 0))
      })
  }
  return merged(
    ends.map((end) => ({
      probability: probabilities.get(end) ?? 0,
      outcome: end.outcome,
      script: scripts.get(end) ?? null,
      careful,
      uncertainty: end.uncertainty,
    })),
  )
}

/** Undefined: there are no more. */
const childAt = (node: Node, index: number): Node | null | undefined =>
  node.kind === 'lot' ? node.paths[index] : node.kind === 'either' && index === 0 ? node.path : undefined

const sameOutcome = (a: Outcome, b: Outcome): boolean =>
  a.signature === b.signature &&
  a.verdict === b.verdict &&
  a.replyVerdict === b.replyVerdict &&
  a.stoppedAt === b.stoppedAt &&
  a.deliveredAt === b.deliveredAt

/** Where steps ran out, the line at which they did so makes no difference. */
const sameUncertainty = (a: Uncertainty | null, b: Uncertainty | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.at === b.at &&
    a.because === b.because &&
    (a.because === spent || (a.stage === b.stage && a.by === b.by)))

const samePath = (a: Weighted, b: Weighted): boolean =>
  sameOutcome(a.outcome, b.outcome) && sameUncertainty(a.uncertainty, b.uncertainty)

/** Ways that nobody could tell apart are one. */
function merged(paths: readonly Weighted[]): readonly Weighted[] {
  const bySignature = new Map<number, number[]>()
  const kept: Weighted[] = []
  for (const path of paths) {
    const alike = bySignature.get(path.outcome.signature)
    const index = alike?.find((at) => kept[at] !== undefined && samePath(kept[at], path))
    const before = index === undefined ? undefined : kept[index]
    if (index !== undefined && before) {
      kept[index] = { ...before, probability: before.probability + path.probability }
      continue
    }
    if (alike) alike.push(kept.length)
    else bySignature.set(path.outcome.signature, [kept.length])
    kept.push(path)
  }
  return kept
}

function same(paths: readonly Weighted[], others: readonly Weighted[]): boolean {
  if (paths.length !== others.length) return false
  const bySignature = new Map<number, Weighted[]>()
  for (const other of others) {
    const alike = bySignature.get(other.outcome.signature)
    if (alike) alike.push(other)
    else bySignature.set(other.outcome.signature, [other])
  }
  return paths.every((path) =>
    bySignature
      .get(path.outcome.signature)
      ?.some(
        (other) =>
          sameOutcome(path.outcome, other.outcome) && Math.abs(path.probability - other.probability) < 1e-9,
      ),
  )
}

/** Where every path agrees on how the request goes, only the reply is uncertain. */
function undecidedOutcome(
  paths: readonly Weighted[],
  others: readonly Weighted[],
  uncertainty: Uncertainty,
): Outcome {
  const decision = {
    stage: uncertainty.stage,
    by: uncertainty.by,
    effect: `cannot be decided: ${uncertainty.because}`,
  }
  const first = paths[0]?.outcome
  const sameRequest =
    first?.verdict === 'delivered' &&
    [...paths, ...others].every(
      ({ outcome }) => outcome.verdict === 'delivered' && outcome.requestSignature === first.requestSignature,
    )
  return {
    verdict: sameRequest ? 'delivered' : 'unknown',
    replyVerdict: sameRequest ? 'unknown' : null,
    stoppedAt: uncertainty.at,
    decision,
    deliveredAt: sameRequest ? first.deliveredAt : null,
    requestSignature: first?.requestSignature ?? 0,
    signature: first?.signature ?? 0,
  }
}

/** A run that used up the steps may have ended anyhow. */
const endOf = (outcome: Outcome, exhausted: Uncertainty | null): Node =>
  exhausted === null || outcome.verdict === 'unknown' || outcome.replyVerdict === 'unknown'
    ? { kind: 'end', outcome, uncertainty: exhausted }
    : cutOff({ kind: 'doubt', uncertainty: exhausted })

/** An alternative that no steps are left for. */
function cutOff(point: ChoicePoint): Node {
  const uncertainty: Uncertainty =
    point.kind === 'doubt'
      ? point.uncertainty
      : { at: point.at, stage: point.stage, by: point.by, because: spent }
  return {
    kind: 'end',
    uncertainty,
    outcome: {
      verdict: 'unknown',
      replyVerdict: null,
      stoppedAt: uncertainty.at,
      decision: {
        stage: uncertainty.stage,
        by: uncertainty.by,
        effect: `cannot be decided: ${uncertainty.because}`,
      },
      deliveredAt: null,
      signature: 0,
      requestSignature: 0,
    },
  }
}
