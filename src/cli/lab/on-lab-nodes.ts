import type { Agents } from '../../cluster/agent/agent.ts'
import type { Cluster } from '../../cluster/access/connect.ts'
import type { ClusterFacts } from '../../kubernetes/facts.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'
import { labsDirectory } from '../../lab/daemon/record/registry.ts'
import { onNodes } from '../../session/on-nodes.ts'
import { readCluster } from '../../session/read-cluster.ts'
import { progressLine } from '../output/progress-line.ts'
import { reportLeft } from '../output/report-left.ts'
import type { Context } from '../process/context.ts'
import { connectLab } from './connect-lab.ts'
import { usingLab } from './whole-lab.ts'

/** Opens the lab and lends its nodes' agents; the agent is gone before this returns. */
export async function onLabNodes<T>(
  context: Context,
  record: LabRecord,
  use: (agents: Agents, facts: ClusterFacts) => Promise<T>,
): Promise<T> {
  const cluster: Cluster = await connectLab(record)
  const line = progressLine(context.io, context.language(), !context.io.watched)
  const { progress } = line
  const labs = labsDirectory(context.io.environment)
  context.clusters.add(cluster)
  try {
    return await usingLab(
      { record, tied: false, labs, bastion: false, signal: context.signal },
      async (signal) => {
        const options = {
          cluster,
          progress,
          warn: line.warn,
          signal,
          reach: { kind: 'agent', agent: {} },
        } as const
        const facts = await readCluster(options)
        return onNodes(options, facts.nodes, (agents) => use(agents, facts))
      },
    )
  } finally {
    line.clear()
    context.clusters.delete(cluster)
    for (const said of reportLeft(cluster, context.language())) line.warn(said)
    cluster.close()
  }
}
