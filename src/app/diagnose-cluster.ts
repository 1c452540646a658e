import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import { Breath } from '../edge/breath.ts'
import type { Language } from '../i18n/language.ts'
import { openPredictor } from '../inventory/predictor.ts'
import type { RunResult } from '../model/result/result.ts'
import { onNodes } from '../session/on-nodes.ts'
import type { Progress } from '../session/progress.ts'
import { readCluster } from '../session/read-cluster.ts'
import { snapshotOfAll } from '../session/record-snapshot.ts'
import { diagnose } from './diagnose.ts'

export interface DiagnoseClusterOptions {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  readonly language: Language
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  readonly signal?: AbortSignal
}

/** Records the cluster and tells what is wrong there. Nothing is sent. Rejects with a ClusterError. */
export async function diagnoseOnCluster(options: DiagnoseClusterOptions): Promise<RunResult> {
  const { cluster, language, progress, signal } = options
  const started = Date.now()
  const facts = await readCluster(options)
  const bundle = await onNodes(options, facts.nodes, (agents) => snapshotOfAll(options, facts, agents))
  progress((say) => say.predicting)
  return diagnose({
    predictor: await openPredictor(bundle, {}, signal),
    source: { kind: 'cluster', name: cluster.name },
    language,
    started,
    breath: new Breath(signal),
  })
}
