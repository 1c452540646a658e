import { basename } from 'node:path'
import type { Command } from 'commander'
import { openRecorded } from '../../bundle/open.ts'
import { openPasted } from '../../bundle/paste/open.ts'
import { clusterInventory } from '../../inventory/cluster-inventory.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { openPredictor } from '../../inventory/predictor.ts'
import { recordedInventory } from '../../inventory/recorded-inventory.ts'
import type { ExitStatus } from '../../model/result/exit-status.ts'
import { planned } from '../output/dry-run.ts'
import { progressLine, type ProgressLine } from '../output/progress-line.ts'
import type { Context } from '../process/context.ts'
import { UsageError } from '../process/failure.ts'
import { kubernetesName } from './kubernetes-name.ts'
import { addReachFlags, type ReachFlags } from './reach.ts'
import { addRecordedFlags, nodesOf, type RecordedFlags } from './recorded.ts'
import { addSourceFlags, withSource, type SourceFlags } from './source.ts'

/** Where a question is put: a lab, a cluster, or a recording. */
export interface InventoryFlags extends SourceFlags, ReachFlags, RecordedFlags {}

export const addInventoryFlags = (command: Command): Command =>
  addRecordedFlags(addReachFlags(addSourceFlags(command)))

/**
 * Opens what the flags name, asks it, and answers with what came of it once everything is closed again; with `--dry-run` it only
 * says what would be done. Throws a UsageError for flags that do not go together.
 */
export async function withInventory<Result>(
  context: Context,
  command: string,
  flags: InventoryFlags,
  ask: (inventory: Inventory, line: ProgressLine) => Promise<Result>,
  answer: (result: Result) => ExitStatus | Promise<ExitStatus>,
): Promise<ExitStatus> {
  checkRecorded(flags)
  const line = progressLine(context.io, context.language(), false)
  try {
    const plan = await planned(context, command, flags, line)
    if (plan !== null) return plan
    const result = isRecorded(flags)
      ? await context.nothingToClear(async () =>
          ask(await openRecording(context, flags, flags.bundle, line), line),
        )
      : await withSource(context, flags, line, ({ cluster, ec2, reach, signal }) =>
          ask(
            clusterInventory({
              cluster,
              ec2,
              reach,
              progress: line.progress,
              warn: line.warn,
              signal,
            }),
            line,
          ),
        )
    line.clear()
    return await answer(result)
  } finally {
    line.clear()
  }
}

const isRecorded = ({ bundle, node = [] }: RecordedFlags): boolean => bundle.length > 0 || node.length > 0

function checkRecorded(flags: InventoryFlags): void {
  const { assumeVpc, bundle, node = [], lab, context, kubeconfig } = flags
  if (assumeVpc === true && !isRecorded(flags)) throw new UsageError((usage) => usage.assumptionWithoutBundle)
  if (bundle.length > 0 && node.length > 0) throw new UsageError((usage) => usage.nodeBesideBundle)
  if (isRecorded(flags) && (lab !== undefined || context !== undefined || kubeconfig !== undefined))
    throw new UsageError((usage) => usage.clusterBesideBundle)
}

/** Reads a recorded snapshot. Rejects with a BundleError, and with the signal's reason when it is aborted. */
export async function openRecording(
  { signal }: Context,
  { assumeVpc, namespace, node = [] }: Pick<InventoryFlags, 'assumeVpc' | 'namespace' | 'node'>,
  paths: readonly string[],
  line: Pick<ProgressLine, 'progress'>,
): Promise<Inventory> {
  const started = Date.now()
  const nodes = nodesOf(node)
  const bundle = nodes.length > 0 ? await openPasted(nodes) : await openRecorded(paths)
  return recordedInventory({
    bundle,
    predictor: await openPredictor(bundle, { assumeVpc: assumeVpc === true }, signal),
    name: [...paths, ...nodes.flatMap((one) => one.paths)].map((path) => basename(path)).join(', '),
    namespace: namespace === undefined ? 'default' : kubernetesName('--namespace', namespace),
    started,
    progress: line.progress,
    signal,
  })
}
