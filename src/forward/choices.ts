import type { Stage } from '../model/path.ts'
import type { StackId } from '../model/stack-id.ts'

/** What could not be decided, with the line that would have decided it. */
export interface Doubt {
  readonly at: StackId
  readonly stage: Stage
  readonly by: string
  readonly because: string
}

/** A place where a run could have gone otherwise. */
export type ChoicePoint =
  | { readonly kind: 'random'; readonly weights: readonly number[]; readonly taken: number }
  | { readonly kind: 'doubt'; readonly doubt: Doubt; readonly taken: number }

/**
 * The choices of one run: first those of a script, then always the first alternative. Whoever explores a
 * flow runs it again with another script; nothing has to be copied or undone.
 */
export class Choices {
  readonly points: ChoicePoint[] = []
  readonly #script: readonly number[]

  constructor(script: readonly number[]) {
    this.#script = script
  }

  /** One of several ways, by weight: which one the kernel takes cannot be known beforehand. */
  pick(weights: readonly number[]): number {
    const taken = this.#script[this.points.length] ?? 0
    this.points.push({ kind: 'random', weights, taken })
    return taken
  }

  /** True or false is not known: both are tried. False first. */
  suppose(doubt: Doubt): boolean {
    const taken = this.#script[this.points.length] ?? 0
    this.points.push({ kind: 'doubt', doubt, taken })
    return taken === 1
  }
}
