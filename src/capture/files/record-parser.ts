import type { CaptureProblem, VisitFrame } from './frame.ts'

/**
 * What a format gives to the reader: it looks at octets from `start` to `end` and reads one record.
 * A number above 0: so many octets were read. Below 0: so many (negated) must be there, from `start`, to read on.
 */
export type Step = number | CaptureProblem

export interface RecordParser {
  /** Reads as many whole records as lie in [start, end) and shows every frame to `visit`. */
  step(octets: Uint8Array, view: DataView, start: number, end: number, visit: VisitFrame): Step
}
