import type { Command } from 'commander'
import { exitStatus, type ExitStatus } from '../model/result/exit-status.ts'
import { cleanUp, findOwn } from '../cluster/agent/cleanup.ts'
import { kubectlDelete } from '../cluster/agent/created-objects.ts'
import { clean } from '../edge/clean.ts'
import { paste } from '../exec/run-error.ts'
import { localRunner } from '../exec/local.ts'
import { catalogue } from '../i18n/catalogues.ts'
import { clearKernelTraces } from '../session/clear-kernel-traces.ts'
import type { Context } from './process/context.ts'
import { wholeNumber } from './options/number.ts'
import { progressLine } from './output/progress-line.ts'
import { addSourceFlags, withSource, type SourceFlags } from './options/source.ts'

interface CleanupFlags extends SourceFlags {
  readonly dryRun?: boolean
  readonly timeout: string
  readonly kernelTraces?: boolean
}

/** `podpath cleanup` */
export function addCleanup(program: Command, context: Context): void {
  addSourceFlags(
    program.command('cleanup').description('remove everything that podpath ever created in the cluster'),
  )
    .option('--dry-run', 'say what would be removed')
    .option('--timeout <seconds>', 'to wait until it is gone', '60')
    .option(
      '--kernel-traces',
      'also what a killed trace --kernel-reasons left in the nodes’ kernels; takes an agent on every node',
    )
    .addHelpText(
      'after',
      `
Examples:
  podpath cleanup --dry-run
  podpath cleanup --context my-cluster`,
    )
    .action((flags: CleanupFlags) => context.run(() => run(context, flags)))
}

async function run(context: Context, flags: CleanupFlags): Promise<ExitStatus> {
  const { io } = context
  const words = catalogue(context.language()).cleanup
  const patienceMs = wholeNumber('--timeout', flags.timeout, 0, 3600) * 1000
  const line = progressLine(io, context.language(), false)
  // That a lab starts or is read is no news here.
  const quiet = progressLine(io, context.language(), true)
  const say = (text: string): void => io.out(`${clean(text)}\n`)
  try {
    return await withSource(context, flags, quiet, async ({ cluster, lab, reach, signal }) => {
      const found = await findOwn(cluster, signal)
      if (found.length === 0) say(words.nothing(cluster.name))
      if (flags.dryRun === true) {
        for (const { object, ending } of found)
          say(ending ? words.isEnding(object) : words.wouldRemove(object))
        return exitStatus.fine
      }
      const traces =
        flags.kernelTraces === true
          ? await clearKernelTraces(
              { cluster, reach, progress: line.progress, warn: line.warn, signal },
              lab === null ? null : localRunner(),
            )
          : null
      const { removed, ending, left } = await cleanUp(cluster, found, {
        signal,
        patienceMs,
        onWaiting: (count) => line.progress((progress) => progress.removalsAwaited(count)),
      })
      line.clear()
      for (const one of traces?.removed ?? []) say(words.traceRemoved(one))
      for (const one of traces?.refused ?? []) io.err(`podpath: ${clean(words.traceRefused(one))}\n`)
      if (traces?.removed.length === 0) say(words.noTraces(traces.kernels))
      for (const { object } of removed) say(words.removed(object))
      for (const { object, waitsFor } of ending)
        io.err(`podpath: ${clean(words.stillEnding({ object, waitsFor, seconds: patienceMs / 1000 }))}\n`)
      for (const { found: one, because } of left) {
        const command = paste([...cluster.kubectl, ...kubectlDelete(one.object)])
        io.err(`podpath: ${clean(words.notRemoved({ object: one.object, because, command }))}\n`)
      }
      return ending.length + left.length + (traces?.refused.length ?? 0) === 0
        ? exitStatus.fine
        : exitStatus.environment
    })
  } finally {
    line.clear()
  }
}
