import { agentOn } from '../cluster/agent/agent.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import { sendProbe } from '../cluster/probe/probe.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import type { Flow } from '../forward/walk/predict.ts'
import type { Language } from '../i18n/language.ts'
import type { LeftFacts } from '../i18n/sentences/progress-sentences.ts'
import { parseIp } from '../model/address/address.ts'
import type { RunResult } from '../model/result/result.ts'
import { explain } from './explain.ts'
import { openPredictor } from '../inventory/predictor.ts'
import { resolveReceiver, resolveSender } from '../endpoints/live-endpoints.ts'
import { stackOfSender } from '../endpoints/sender.ts'
import { onNodes } from '../session/on-nodes.ts'
import type { Progress } from '../session/progress.ts'
import { readCluster } from '../session/read-cluster.ts'
import { snapshotOfAll } from '../session/record-snapshot.ts'
import { wanted } from '../session/capture-session.ts'
import { given } from '../edge/given.ts'

export interface ExplainOptions extends Pick<Flow, 'protocol' | 'destinationPort' | 'sourcePort' | 'mark'> {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  readonly from: string
  readonly to: string
  /** Where neither the flow nor a service names a port. */
  readonly usualPort?: number
  readonly language: Language
  readonly reach: Reach
  readonly progress: Progress
  readonly warn: (message: string) => void
  /** Told what is left in the cluster, as it happens. */
  readonly left?: (left: LeftFacts) => void
  readonly whyNot?: boolean
  readonly signal?: AbortSignal
}

/** Milliseconds for a name to be looked up. */
const lookUpPatience = 3_000

/**
 * Records the cluster and predicts one flow. Nothing is sent to the destination; a host name is looked up from where
 * the packet would start, because that decides its address. Rejects with a ClusterError.
 */
export async function explainOnCluster(options: ExplainOptions): Promise<RunResult> {
  const { cluster, progress, signal } = options
  const started = Date.now()
  const facts = await readCluster(options)
  const [from, to] = await Promise.all([
    resolveSender(cluster, options.from, facts),
    resolveReceiver(cluster, options.to, facts),
  ])
  const { bundle, address } = await onNodes(options, facts.nodes, async (agents) => {
    const lookUp = async (): Promise<string> => {
      if (to.kind !== 'host') return to.endpoint.address
      const node = from.kind === 'node' ? from.node.name : (from.pod.node ?? '')
      const agent = agentOn(agents, node)
      const asker = from.kind === 'pod' && !from.pod.hostNetwork ? wanted(from.pod) : null
      const probed = await sendProbe(
        agent,
        asker,
        { protocol: 'dns', target: null, name: to.endpoint.name, count: 1, timeoutMs: lookUpPatience },
        signal,
      )
      const found = /\bA\s+(\d+\.\d+\.\d+\.\d+)/.exec(probed.outcome.answer ?? '')?.[1]
      if (found === undefined)
        throw new ClusterError(
          'no-such-endpoint',
          `${options.to}: the name has no address${probed.outcome.error === undefined ? '' : ` (${probed.outcome.error})`}`,
        )
      return found
    }
    const [recorded, found] = await Promise.all([snapshotOfAll(options, facts, agents), lookUp()])
    return { bundle: recorded, address: found }
  })
  progress((say) => say.predicting)
  const destination = parseIp(address)
  if (destination === undefined)
    throw new ClusterError('bad-endpoint', `${options.to}: it has no address (${address || 'none'})`)
  const port = options.destinationPort ?? (to.kind === 'service' ? to.port : null) ?? options.usualPort
  return explain({
    predictor: await openPredictor(bundle, {}, signal),
    source: { kind: 'cluster', name: cluster.name },
    flow: {
      from: stackOfSender(from),
      to: destination,
      protocol: options.protocol,
      ...given({ destinationPort: port, sourcePort: options.sourcePort, mark: options.mark }),
    },
    from: from.endpoint,
    to: { ...to.endpoint, address },
    language: options.language,
    started,
    ...(signal ? { signal } : {}),
    ...given({ whyNot: options.whyNot }),
  })
}
