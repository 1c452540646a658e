import type { Bundle } from '../bundle/bundle.ts'
import type { Predictor } from '../forward/walk/predictor.ts'

/** A snapshot that was read and compiled, ready to be asked. */
export interface ReadSnapshot {
  readonly bundle: Bundle
  readonly predictor: Predictor
}
