import type { Command } from 'commander'
import { planReading } from '../app/plan.ts'
import { recordSnapshot } from '../session/record-snapshot.ts'
import { exitStatus } from '../model/result/exit-status.ts'
import { BundleError, type Bundle } from '../bundle/bundle.ts'
import { isPackedName, writePackedBundle } from '../bundle/packed.ts'
import { writeBundle } from '../bundle/write.ts'
import { clean } from '../edge/clean.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { Context } from './process/context.ts'
import { printPlan } from './output/dry-run.ts'
import { unwritable } from './process/failure.ts'
import { progressLine } from './output/progress-line.ts'
import { addReachFlags, type ReachFlags } from './options/reach.ts'
import { addSourceFlags, withSource, type SourceFlags } from './options/source.ts'

interface SnapshotFlags extends SourceFlags, ReachFlags {
  readonly out: string
}

/** `podpath snapshot --out DIR` */
export function addSnapshot(program: Command, context: Context): void {
  const command = program
    .command('snapshot')
    .description(
      'record what every network stack and the VPC look like, as a directory that a person can read or as one file',
    )
  addReachFlags(addSourceFlags(command))
    .requiredOption(
      '--out <path>',
      'where to write it: a directory that is new, empty, or a bundle to replace; or one file, NAME.tgz',
    )
    .addHelpText(
      'after',
      `
Examples:
  podpath snapshot --lab --out bundle
  podpath snapshot --lab --out monday.podpath.tgz
  podpath explain --bundle bundle --from pod/default/web-1 --to 198.51.100.100

Exit status: 0 recorded, 3 recorded in part: nodes could not be read.`,
    )
    .action((flags: SnapshotFlags) =>
      context.run(async () => {
        const line = progressLine(context.io, context.language(), false)
        try {
          if (flags.dryRun) {
            const plan = await withSource(context, flags, line, ({ cluster, reach, signal }) =>
              planReading({ cluster, reach, warn: line.warn, signal }),
            )
            line.clear()
            return await printPlan(context, 'snapshot', plan)
          }
          const bundle = await withSource(context, flags, line, ({ cluster, ec2, reach, signal }) =>
            recordSnapshot({
              cluster,
              ec2,
              reach,
              progress: line.progress,
              warn: line.warn,
              signal,
            }),
          )
          line.clear()
          const write = isPackedName(flags.out) ? writePackedBundle : writeBundle
          await write(bundle, flags.out).catch((error: unknown) => {
            throw isNotWritten(error) && error.cause !== undefined
              ? unwritable(`--out ${flags.out}`, error.cause)
              : error
          })
          const words = catalogue(context.language()).command
          for (const gap of bundle.index.gaps ?? [])
            context.io.err(`${clean(words.notRecorded(gap.what, gap.at, gap.because))}\n`)
          context.io.err(`${words.recorded(bundle.index.stacks.length, flags.out)}\n`)
          const { recorded, unread } = nodesOf(bundle)
          if (unread === 0) return exitStatus.fine
          context.io.err(`${words.recordedInPart(unread, recorded + unread)}\n`)
          return exitStatus.environment
        } finally {
          line.clear()
        }
      }),
    )
}

/** Nodes that are recorded, and nodes that should be; those that were left out, or never have an agent, are neither. */
function nodesOf({ index: { stacks, gaps = [] } }: Bundle): {
  readonly recorded: number
  readonly unread: number
} {
  const recorded = new Set<string>(stacks.map(({ id }) => id).filter(isNode))
  const missing = gaps.filter(
    ({ at, what }) => isNode(at) && (what === 'agent' || what === 'snapshot' || what === 'ssh'),
  )
  return {
    recorded: recorded.size,
    unread: new Set(missing.map(({ at }) => at).filter((at) => !recorded.has(at))).size,
  }
}

const isNode = (id: string): boolean => id.startsWith('node/')

const isNotWritten = (error: unknown): error is BundleError =>
  error instanceof BundleError && error.code === 'not-written'
