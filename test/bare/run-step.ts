import type { BareSystem, Outcome } from './bare-system.ts'
import { faults, stepLimit, type Step } from './step.ts'

export interface StepResult {
  readonly step: Step
  readonly faults: readonly string[]
  readonly written: string
  readonly milliseconds: number
}

/** Types it as the newcomer, and holds what comes of it against what must. */
export async function runStep(system: BareSystem, step: Step, limit = stepLimit): Promise<StepResult> {
  const around: Outcome[] = []
  const also = async (line: string | undefined): Promise<void> => {
    if (line !== undefined) around.push(await system.run(line, { limit }))
  }
  await also(step.before)
  const { until } = step
  let stage: 'started' | 'ready' | 'seen' = 'started'
  let elsewhere: Promise<void> = Promise.resolve()
  const ended = await system.run(step.command, {
    limit,
    ...(until && {
      watch(written, interrupt) {
        if (stage === 'started' && until.ready.test(written)) {
          stage = 'ready'
          elsewhere = also(until.elsewhere).then(() => {
            // Nothing will come of it.
            if (around.at(-1)?.exit !== 0) interrupt()
          })
        }
        if (stage === 'ready' && until.seen.test(written)) {
          stage = 'seen'
          interrupt()
        }
      },
    }),
  })
  await elsewhere
  await also(step.after)
  const failed = around.filter(({ exit }) => exit !== 0)
  return {
    step,
    written: [ended, ...failed].map(({ written }) => written).join(''),
    milliseconds: ended.milliseconds,
    faults: [
      ...faults(step, ended),
      ...failed.map(({ line, exit }) => `with it, ${line}: exit status ${exit}`),
    ],
  }
}
