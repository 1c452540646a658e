import type { Decision } from '../../model/path/path.ts'

/** What a chain, a hook or a rule says. `goOn`: nothing yet, the next one is asked. */
export const goOn = 0
export const accept = 1
export const stopped = 2
export const back = 3
export type Verdict = 0 | 1 | 2 | 3

/** Why a packet goes no further. */
export interface Stop {
  readonly kind: 'dropped' | 'unknown'
  readonly decision: Decision
}

/** No table that a kernel has loaded is like that. */
export const tooDeep = 'more chains call each other than the kernel lets them'
