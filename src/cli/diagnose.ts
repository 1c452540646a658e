import type { Command } from 'commander'
import { diagnose } from '../app/diagnose.ts'
import { diagnoseOnCluster } from '../app/diagnose-cluster.ts'
import { exitStatus, exitStatusOf, type ExitStatus } from '../model/result/exit-status.ts'
import { Breath } from '../edge/breath.ts'
import type { RunResult } from '../model/result/result.ts'
import type { Context } from './process/context.ts'
import { planned } from './output/dry-run.ts'
import { openRecording } from './open-recording.ts'
import { progressLine } from './output/progress-line.ts'
import { addOutputFlags, outputOf, writeResult, type OutputFlags } from './output/result.ts'
import { addReachFlags, type ReachFlags } from './options/reach.ts'
import { addRecordedFlags, refuseStrayAssumption, type RecordedFlags } from './options/recorded.ts'
import { addSourceFlags, withSource, type SourceFlags } from './options/source.ts'

interface DiagnoseFlags extends SourceFlags, ReachFlags, RecordedFlags, OutputFlags {}

/** `podpath diagnose` */
export function addDiagnose(program: Command, context: Context): void {
  const command = addSourceFlags(
    program
      .command('diagnose')
      .description('what is wrong: lines and objects that are not as they should be, by what they break'),
  )
  addOutputFlags(addRecordedFlags(addReachFlags(command)))
    .addHelpText(
      'after',
      `
Examples:
  podpath diagnose --lab
  podpath diagnose --context my-cluster
  podpath diagnose --bundle bundle --json

Exit status: 0 no pair of pods, services and the internet that was looked at
fails, 1 some do, or it is not decided.`,
    )
    .action((flags: DiagnoseFlags) => context.run(() => run(context, flags)))
}

async function run(context: Context, flags: DiagnoseFlags): Promise<ExitStatus> {
  const output = outputOf(flags)
  refuseStrayAssumption(flags)
  const language = context.language()
  const line = progressLine(context.io, language, false)
  try {
    const plan = await planned(context, 'diagnose', flags, line)
    if (plan !== null) return plan
    const result: RunResult =
      flags.bundle.length > 0
        ? await context.nothingToClear(() => ofRecording(context, flags))
        : await withSource(context, flags, line, ({ cluster, ec2, reach, signal }) =>
            diagnoseOnCluster({
              cluster,
              ec2,
              language,
              reach,
              progress: line.progress,
              warn: line.warn,
              signal,
            }),
          )
    line.clear()
    writeResult(context, output, result)
    return result.verdict === 'delivered' ? exitStatus.fine : exitStatusOf(result)
  } finally {
    line.clear()
  }
}

async function ofRecording(context: Context, flags: DiagnoseFlags): Promise<RunResult> {
  const started = Date.now()
  const { predictor, name } = await openRecording(flags, context.signal)
  return diagnose({
    predictor,
    source: { kind: 'bundle', name },
    language: context.language(),
    started,
    breath: new Breath(context.signal),
  })
}
