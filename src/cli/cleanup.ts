import type { Command } from 'commander'
import { exitStatus } from '../app/verdict.ts'
import { cleanUp } from '../cluster/cleanup.ts'
import { clean } from '../edge/clean.ts'
import type { Context } from './context.ts'
import { progressLine } from './progress-line.ts'
import { addSourceFlags, withSource, type SourceFlags } from './source.ts'

/** `podpath cleanup` */
export function addCleanup(program: Command, context: Context): void {
  addSourceFlags(
    program.command('cleanup').description('remove everything that podpath ever created in the cluster'),
  )
    .option('--dry-run', 'say what would be removed')
    .addHelpText(
      'after',
      `
Examples:
  podpath cleanup --dry-run
  podpath cleanup --context my-cluster`,
    )
    .action((flags: SourceFlags & { readonly dryRun?: boolean }) =>
      context.run(() => {
        const line = progressLine(context.io, context.language(), true)
        return withSource(context, flags, line, async ({ cluster, signal }) => {
          const { removed, left } = await cleanUp(cluster, {
            signal,
            dryRun: flags.dryRun === true,
          })
          for (const what of removed)
            context.io.out(`${clean(`${flags.dryRun ? 'would remove' : 'removed'} ${what}`)}\n`)
          for (const { what, because } of left)
            context.io.err(`${clean(`podpath: ${what} is still there: ${because}`)}\n`)
          if (removed.length === 0 && left.length === 0)
            context.io.out(`nothing of podpath is in ${cluster.name}\n`)
          return left.length === 0 ? exitStatus.fine : exitStatus.environment
        })
      }),
    )
}
