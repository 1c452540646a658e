import type { RunPlan } from '../../app/plan.ts'
import { exitStatus, type ExitStatus } from '../../model/result/exit-status.ts'
import { clean } from '../../edge/clean.ts'
import type { Context } from '../process/context.ts'
import { yamlDocuments } from './yaml.ts'

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
