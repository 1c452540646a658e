import type { Cluster } from '../../cluster/access/connect.ts'
import type { Ec2Options } from '../../cluster/aws/ec2.ts'
import type { Reach } from '../../cluster/reach/reach.ts'
import { Breath } from '../../edge/breath.ts'
import type { Language } from '../../i18n/language.ts'
import { openPredictor } from '../../inventory/predictor.ts'
import type { ChangeResult } from '../../model/result/change.ts'
import { onNodes } from '../../session/on-nodes.ts'
import type { Progress } from '../../session/progress.ts'
import { readCluster } from '../../session/read-cluster.ts'
import { snapshotOfAll } from '../../session/record-snapshot.ts'
import { change, type Changes } from './change.ts'
import type { Expectation } from './read-expectations.ts'

export interface ChangeClusterOptions {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  readonly changes: Changes
  readonly expectations: readonly Expectation[]
  readonly language: Language
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  readonly signal?: AbortSignal
}

/** Records the cluster and tells what a change would do there. Nothing is changed. Rejects with a ClusterError or a ChangeError. */
export async function changeOnCluster(options: ChangeClusterOptions): Promise<ChangeResult> {
  const { cluster, progress, signal } = options
  const started = Date.now()
  const facts = await readCluster(options)
  const bundle = await onNodes(options, facts.nodes, (agents) => snapshotOfAll(options, facts, agents))
  progress((say) => say.predicting)
  return change({
    before: { bundle, predictor: await openPredictor(bundle, {}, signal) },
    source: { kind: 'cluster', name: cluster.name },
    change: { kind: 'edits', changes: options.changes, namespace: cluster.namespace },
    expectations: options.expectations,
    language: options.language,
    started,
    breath: new Breath(signal),
  })
}
