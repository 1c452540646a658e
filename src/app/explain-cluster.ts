import { agentOn } from '../cluster/agent/agent.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import { lookUpName, type LookedUp } from '../cluster/probe/look-up.ts'
import type { Reach } from '../cluster/reach/reach.ts'
import type { Flow } from '../forward/walk/predict.ts'
import type { Language } from '../i18n/language.ts'
import type { LeftFacts } from '../i18n/sentences/progress-sentences.ts'
import { formatIp, parseIp } from '../model/address/address.ts'
import { UDP } from '../model/packet/packet.ts'
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
  const { bundle, found } = await onNodes(options, facts.nodes, async (agents) => {
    const lookUp = async (): Promise<LookedUp> => {
      if (to.kind !== 'host') return { kind: 'found', address: to.endpoint.address }
      const node = from.kind === 'node' ? from.node.name : (from.pod.node ?? '')
      const agent = agentOn(agents, node)
      const asker = from.kind === 'pod' && !from.pod.hostNetwork ? wanted(from.pod) : null
      const answer = await lookUpName(agent, asker, to.endpoint.name, signal)
      if (answer.kind === 'no-such-name')
        throw new ClusterError('no-such-endpoint', `${to.endpoint.name}: there is no such name (NXDOMAIN)`)
      return answer
    }
    const [recorded, lookedUp] = await Promise.all([snapshotOfAll(options, facts, agents), lookUp()])
    return { bundle: recorded, found: lookedUp }
  })
  progress((say) => say.predicting)
  const common = {
    predictor: await openPredictor(bundle, {}, signal),
    source: { kind: 'cluster', name: cluster.name },
    from: from.endpoint,
    language: options.language,
    started,
    ...(signal ? { signal } : {}),
    ...given({ whyNot: options.whyNot }),
  } as const
  const sender = stackOfSender(from)
  // The question for the name is the flow that fails.
  if (found.kind === 'no-answer' && found.server !== null)
    return explain({
      ...common,
      flow: { from: sender, to: found.server, protocol: UDP, destinationPort: 53 },
      to: to.endpoint,
      resolver: formatIp(found.server),
    })
  const address = found.kind === 'found' ? found.address : ''
  const destination = parseIp(address)
  if (destination === undefined)
    throw new ClusterError('bad-endpoint', `${options.to}: it has no address (${whyNone(found)})`)
  const port = options.destinationPort ?? (to.kind === 'service' ? to.port : null) ?? options.usualPort
  return explain({
    ...common,
    flow: {
      from: sender,
      to: destination,
      protocol: options.protocol,
      ...given({ destinationPort: port, sourcePort: options.sourcePort, mark: options.mark }),
    },
    to: { ...to.endpoint, address },
  })
}

const whyNone = (found: LookedUp): string =>
  found.kind === 'open' ? found.said : found.kind === 'no-answer' && found.error !== '' ? found.error : 'none'
