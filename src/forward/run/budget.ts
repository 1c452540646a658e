/**
 * How much work one prediction may be. A few lines of text can ask for more than any machine does: chains that call
 * each other twice, lots upon lots. So work is counted in steps, not in time: the same question always ends at the same
 * place, on every machine. A step is about what it takes to hold one rule against a packet, some tens of nanoseconds.
 */
export const limits = {
  /**
   * Of one prediction. A node with 100,000 rules that nothing indexes asks half a million of them for a packet and its
   * reply, a Service with 5,000 endpoints takes a million steps; this is several times as many, and a third of a second.
   */
  steps: 3_000_000,
  /** Beyond these it is looked for states that meet, which costs more than a few hundred ways do themselves. */
  plainSteps: 500_000,
  plainRuns: 1024,
} as const

/**
 * Of all pairs of a matrix together; beyond them the pairs that are left are unknown. What an honest one takes grows with the
 * square of what was recorded, by the pairs as by the rules that each is held against: 40,000 pairs on nodes of 31,000 rules
 * (some ten megabytes) take thirty million steps, where nothing indexes the rules fifty times as many.
 * @param characters of the texts that the stacks were read from
 */
export const matrixSteps = (characters: number): number =>
  Math.min(2_000_000_000, 5_000_000 + Math.floor(characters ** 2 / 400))

/**
 * Of all edits together that are tried to find why one flow is lost: a second or two. What an honest question takes is far less; six
 * hundred edits, each as dear as a prediction may be, would take minutes.
 */
export const trialSteps = 6_000_000

/** Of one flow that is asked for alone: its prediction, and all edits that are tried where it fails. */
export const flowAllowance = (): Budget => new Budget(limits.steps + trialSteps)

/** What is dearer than a rule, in steps. */
export const cost = {
  /** A run begins: its packet, its memory. */
  run: 60,
  /** A packet crosses a stack. */
  hop: 30,
  /** A choice is written down, and has to be looked into; each of its alternatives is a step more. */
  choice: 20,
  /** A state is written down; every sixteen characters are a step more. */
  state: 40,
} as const

/** Steps that are left. Shared by all runs of one prediction. */
export class Budget {
  left: number

  constructor(steps: number = limits.steps) {
    this.left = steps
  }
}

/** What a decision says where the steps were used up. */
export const spent = 'it takes more steps than a prediction may'
