import type { Verdict } from '../path/path.ts'
import type { MatrixReason, MatrixResult } from './matrix.ts'
import type { Endpoint } from './result.ts'

/** Ends that fare alike with everybody: as senders and as receivers. */
export interface EndGroup {
  readonly senders: number
  readonly receivers: number
  /** Some of them, by name. */
  readonly such: readonly string[]
}

/** All pairs of a sender and a receiver of two classes; or one pair. */
export interface ClassCell {
  readonly pairs: number
  readonly predicted: Verdict
  readonly probability: number
  readonly reason: number | null
  readonly diagnosis: number | null
}

export interface ClassReason extends MatrixReason {
  /** At how many places packets end for it; `at` is the first of them. */
  readonly places: number
}

export interface ClassEnd extends Endpoint {
  readonly class: number
}

/** How far it was looked. */
export interface ClassWork {
  readonly pairs: number
  /** Predicted one by one; what the others come to follows. */
  readonly predicted: number
  /** Those of them that check what follows. */
  readonly sampled: number
  /** How many of the checks spoke against it: those pairs were predicted one by one. */
  readonly disagreed: number
}

/** Who reaches whom, where there are too many for a row each: by classes. Nothing was sent. */
export interface ClassMatrix extends Omit<MatrixResult, 'cells' | 'reasons' | 'from' | 'to'> {
  readonly work: ClassWork
  readonly from: readonly ClassEnd[]
  readonly to: readonly ClassEnd[]
  readonly classes: readonly EndGroup[]
  /** By class of the sender and class of the receiver; null: no such pair, or told one by one. */
  readonly cellOf: (sender: number, receiver: number) => ClassCell | null
  /** Pairs whose classes do not decide them, by indexes into `from` and `to`. */
  readonly exceptions: readonly (ClassCell & { readonly from: number; readonly to: number })[]
  readonly reasons: readonly ClassReason[]
}

export const isClassMatrix = (result: MatrixResult | ClassMatrix): result is ClassMatrix =>
  'classes' in result
