import type { ExitStatus } from '../../model/result/exit-status.ts'
import { exitStatus } from '../../model/result/exit-status.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { brokenIn, writeBroken, type Broken } from '../../lab/fault/broken.ts'
import { writeExercise } from '../../lab/fault/exercise.ts'
import type { FaultCode } from '../../model/lab/fault.ts'
import type { Context } from '../process/context.ts'
import { errorSentence } from '../process/failure.ts'
import { undoFault } from './do-fault.ts'
import { onLabNodes } from './on-lab-nodes.ts'

/** Undoes one fault of a lab, or all, and says so. With the last secret one an exercise ends. */
export async function heal(
  context: Context,
  record: LabRecord,
  which: (broken: Broken) => boolean,
): Promise<ExitStatus> {
  const words = catalogue(context.language()).fault
  const all = brokenIn(record)
  const chosen = all.filter(which)
  if (chosen.length === 0) {
    context.io.out(`${words.nothingBroken}\n`)
    return exitStatus.fine
  }
  const left = new Set(all)
  let status: ExitStatus = exitStatus.fine
  await onLabNodes(context, record, async (agents) => {
    // The last first: a later change may stand on an earlier one.
    for (const one of chosen.toReversed()) {
      try {
        await undoFault(record, agents, one.remedy)
        left.delete(one)
        writeBroken(record, [...left])
        context.io.out(`${words.healed(one.node)}: ${one.code} – ${words.faults[one.code].done}\n`)
      } catch (error) {
        status = exitStatus.environment
        const { command } = catalogue(context.language())
        const because = errorSentence(error, catalogue(context.language()))
        context.io.err(`podpath: ${command.stillBroken(one.code, because)}\n`)
      }
    }
  })
  if (![...left].some(({ secret }) => secret)) writeExercise(record, null)
  return status
}

export const isCalled =
  (code: FaultCode | undefined) =>
  (broken: Broken): boolean =>
    code === undefined || broken.code === code
