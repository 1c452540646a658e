import type { Refusal, Stage } from '../../model/path/path.ts'
import { spent } from '../run/budget.ts'
import type { Run } from '../compiled/fabric.ts'
import { stopped, type Stop } from './verdict.ts'

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
