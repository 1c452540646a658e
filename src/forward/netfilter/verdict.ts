import type { Decision, Refusal, Stage } from '../../model/path.ts'
import { spent } from '../budget.ts'
import type { Run } from '../run.ts'

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

/** The run leaves a note why it stopped; whoever sees `stopped` finds it there. */
export function stop(
  run: Run,
  kind: Stop['kind'],
  stage: Stage,
  by: string,
  effect: string,
  refusal?: Refusal,
): typeof stopped {
  const decision = { stage, by, effect }
  run.stop = { kind, decision: refusal === undefined ? decision : { ...decision, refusal } }
  return stopped
}

/** The steps of the prediction are used up: nothing more is worked out. */
export function exhausted(run: Run, stage: Stage, by: string): typeof stopped {
  run.isSpent(stage, by)
  return stop(run, 'unknown', stage, by, `cannot be decided: ${spent}`)
}

/** No table that a kernel has loaded is like that. */
export const tooDeep = 'more chains call each other than the kernel lets them'
