import type { Decision } from '../../model/path/path.ts'

/** Does it match? `maybe`: the packet or the rule leaves it open, so the answer may depend on what is not known. */
export type Match = 'yes' | 'no' | 'maybe'

/** One filter's answer, with the line that gave it. */
export interface Judgement {
  readonly kind: 'allow' | 'deny' | 'unknown'
  readonly decision: Decision
}

/** All must match. */
export const both = (a: Match, b: Match): Match =>
  a === 'no' || b === 'no' ? 'no' : a === 'yes' && b === 'yes' ? 'yes' : 'maybe'
