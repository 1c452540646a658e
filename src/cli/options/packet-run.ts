import type { Command } from 'commander'
import type { RunPlan } from '../../app/plan.ts'
import { exitStatusOf, type ExitStatus } from '../../model/result/exit-status.ts'
import type { Verified } from '../../app/verify.ts'
import type { Context } from '../process/context.ts'
import { printPlan } from '../output/dry-run.ts'
import { underHeading } from '../output/help.ts'
import { keepRun } from '../keep-run.ts'
import { wholeNumber } from './number.ts'
import { writeResult, type Output, type OutputFlags } from '../output/result.ts'
import type { ProgressLine } from '../output/progress-line.ts'
import type { ReachFlags } from './reach.ts'
import { withSource, type Source, type SourceFlags } from './source.ts'

/** The flags of a command that sends packets and captures them. */
export interface PacketRunFlags extends SourceFlags, ReachFlags, OutputFlags {
  readonly count: string
  readonly timeout: string
  readonly capture?: string
}

export const addCaptureFlag = (command: Command): Command =>
  underHeading('output', command, (one) =>
    one.option(
      '--capture <file>',
      'the pcapng with every captured packet (default: among the last runs in ~/.local/share/podpath)',
    ),
  )

/** How many packets, and how many milliseconds to wait for each answer. Throws a UsageError. */
export const patienceOf = (
  flags: PacketRunFlags,
): { readonly count: number; readonly timeoutMs: number } => ({
  count: wholeNumber('--count', flags.count, 1, 100),
  timeoutMs: wholeNumber('--timeout', flags.timeout, 1, 60) * 1000,
})

export interface PacketRun<Options> {
  readonly command: string
  readonly line: ProgressLine
  readonly options: (source: Source) => Options
  readonly plan: (options: Options) => Promise<RunPlan>
  readonly run: (options: Options) => Promise<Verified>
}

/** Runs, keeps and writes; with `--dry-run` only says what would be done. */
export async function packetRun<Options>(
  context: Context,
  flags: PacketRunFlags,
  output: Output,
  { command, line, options, plan, run }: PacketRun<Options>,
): Promise<ExitStatus> {
  try {
    if (flags.dryRun) {
      const planned = await withSource(context, flags, line, (source) => plan(options(source)))
      line.clear()
      return await printPlan(context, command, planned)
    }
    const verified = await withSource(context, flags, line, (source) => run(options(source)))
    line.clear()
    const result = await keepRun(context, verified, flags.capture)
    writeResult(context, output, result)
    return exitStatusOf(result)
  } finally {
    line.clear()
  }
}
