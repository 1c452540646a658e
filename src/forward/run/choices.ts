import type { Stage } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { cost, type Budget } from './budget.ts'

/** What could not be decided, with the line that would have decided it. */
export interface Uncertainty {
  readonly at: StackId
  readonly stage: Stage
  readonly by: string
  readonly because: string
}

/** A place where a run could have gone otherwise; it took the first alternative. */
export type ChoicePoint =
  | {
      readonly kind: 'random'
      readonly weights: readonly number[]
      readonly at: StackId
      readonly stage: Stage
      /** The line that makes the kernel draw lots. */
      readonly by: string
    }
  | { readonly kind: 'doubt'; readonly uncertainty: Uncertainty }

/** Choices from the last one back. Ways that begin alike share their beginnings. */
export interface Script {
  readonly before: Script | null
  readonly taken: number
}

export function choicesOf(script: Script | null): readonly number[] {
  const taken: number[] = []
  for (let at = script; at !== null; at = at.before) taken.push(at.taken)
  return taken.reverse()
}

/** What a run leaves behind that looks for states which others came to before it. */
export interface Meeting {
  /** True: what follows from this state is known already. */
  readonly isKnown: (state: string) => boolean
  /** The states that the run came to, each with the number of new choices before it. */
  readonly passed: { readonly state: string; readonly choices: number }[]
  /** Where it ended because that state is known; null: it went on to its end. */
  met: string | null
}

/**
 * The choices of one run: first those of a script, then always the first alternative. Whoever explores a
 * flow runs it again with another script; nothing has to be copied or undone.
 */
export class Choices {
  /** Those that the script did not make. */
  readonly points: ChoicePoint[] = []
  readonly budget: Budget
  /**
   * Careful: chains that cannot do anything to the packet are left out, so that lots which lead to them are not drawn.
   * A script is of one kind of run or of the other.
   */
  readonly careful: boolean
  /** Where the steps were used up; null: they were not. */
  exhausted: Uncertainty | null = null
  readonly #script: readonly number[]
  readonly #meeting: Meeting | null
  #made = 0
  /** How many choices had been made when the run was last compared with others. */
  #compared = 0

  constructor(
    script: readonly number[],
    budget: Budget,
    careful: boolean = false,
    meeting: Meeting | null = null,
  ) {
    this.#script = script
    this.budget = budget
    this.careful = careful
    this.#meeting = meeting
  }

  /** One of several ways, by weight: which one the kernel takes cannot be known beforehand. */
  pick(at: StackId, weights: readonly number[], stage: Stage, by: string): number {
    const index = this.#made++
    if (index < this.#script.length) return this.#script[index] ?? 0
    this.budget.left -= cost.choice + weights.length
    this.points.push({ kind: 'random', weights, at, stage, by })
    return 0
  }

  /** True or false is not known: both are tried. False first. */
  suppose(uncertainty: Uncertainty): boolean {
    const index = this.#made++
    if (index < this.#script.length) return this.#script[index] === 1
    this.budget.left -= cost.choice
    this.points.push({ kind: 'doubt', uncertainty })
    return false
  }

  /** Choices so far, those of the script among them. */
  get made(): number {
    return this.#made
  }

  /** Whether it is worth comparing the run with others: it has made a choice of its own since the last time. */
  get mayMeet(): boolean {
    return this.#meeting !== null && this.#made !== this.#compared && this.#made >= this.#script.length
  }

  /** True: another run was in this state, and what follows is known. */
  meets(state: string): boolean {
    const meeting = this.#meeting
    if (meeting === null) return false
    this.#compared = this.#made
    this.budget.left -= cost.state + (state.length >> 4)
    if (meeting.isKnown(state)) {
      meeting.met = state
      return true
    }
    meeting.passed.push({ state, choices: this.points.length })
    return false
  }
}
