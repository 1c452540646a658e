import { planReading, type RunPlan } from '../../app/plan.ts'
import { exitStatus, type ExitStatus } from '../../model/result/exit-status.ts'
import { clean } from '../../edge/clean.ts'
import type { Context } from '../process/context.ts'
import type { ReachFlags } from '../options/reach.ts'
import type { RecordedFlags } from '../options/recorded.ts'
import { withSource, type SourceFlags } from '../options/source.ts'
import type { ProgressLine } from './progress-line.ts'
import { yamlDocuments } from './yaml.ts'

/** The flags that decide whether a command that only reads is carried out. */
type PlannedFlags = SourceFlags & ReachFlags & Partial<Pick<RecordedFlags, 'bundle'>>

/**
 * `--dry-run` of a command that reads a cluster and changes nothing there: printed, and the status of it. Null: it was not asked
 * for, or a recorded snapshot is read, which leaves nothing to plan.
 */
export async function planned(
  context: Context,
  command: string,
  flags: PlannedFlags,
  line: ProgressLine,
): Promise<ExitStatus | null> {
  if (flags.dryRun !== true || (flags.bundle ?? []).length > 0) return null
  const plan = await withSource(context, flags, line, ({ cluster, reach, signal }) =>
    planReading({ cluster, reach, warn: line.warn, signal }),
  )
  line.clear()
  return printPlan(context, command, plan)
}

const what = { capture: 'captures', probe: 'sends', read: 'reads' } as const

/**
 * Prints what a run would do: the objects as YAML that `kubectl apply -f -` takes, everything else as comments of it.
 */
export async function printPlan(context: Context, command: string, plan: RunPlan): Promise<ExitStatus> {
  const comment = (lines: readonly string[]): string => lines.map((line) => `# ${clean(line)}\n`).join('')
  const { objects, commands, gaps } = plan
  context.io.out(
    comment(
      objects.length === 0
        ? [`podpath ${command} would create nothing.`]
        : [`podpath ${command} would create these objects, with another suffix, and remove them at its end:`],
    ),
  )
  context.io.out(await yamlDocuments(objects))
  context.io.out(
    comment([
      ...gaps.map(({ at, because }) => `It would leave out ${at}: ${because}`),
      ...(commands.length === 0 ? [] : ['It would then run on the nodes:']),
      ...commands.map((one) => `  ${one.at} ${what[one.what]}: ${one.command}`),
    ]),
  )
  return exitStatus.fine
}
