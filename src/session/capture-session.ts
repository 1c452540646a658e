import type { Bundle } from '../bundle/bundle.ts'
import type { Agents } from '../cluster/agent/agent.ts'
import { startCapture, type CaptureStack, type RunningCapture } from '../cluster/capture/capture.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Cluster } from '../cluster/access/connect.ts'
import type { Ec2Options } from '../cluster/aws/ec2.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import { wantedPod } from '../cluster/collect/wanted-pod.ts'
import { takeSnapshot } from '../cluster/collect/snapshot.ts'
import type { CaptureResult } from '../capture/live/capture-result.ts'
import type { Gap } from '../model/result/result.ts'
import type { Sighting } from '../model/packet/sighting.ts'
import { nodeStack, podStack } from '../model/stack/stack-id.ts'
import type { Progress } from './progress.ts'

/** Who looks on while packets are captured. What it throws is thrown when the capture has ended. */
export interface CaptureObserver {
  /** Every stack is known to be captured, but for the gaps. */
  onListening(stacks: readonly CaptureStack[], gaps: readonly Gap[], clockOf: RunningCapture['clockOf']): void
  /** An IP packet, in the order of its stack's capture; it may come before `onListening`. */
  onSighting(sighting: Sighting, stack: CaptureStack): void
}

export interface CaptureSessionOptions<Sent> {
  readonly cluster: Cluster
  readonly facts: ClusterFacts
  readonly agents: Agents
  readonly ec2: Ec2Options | null
  /** The pods on the way; their nodes are watched as well, and `nodes` besides. */
  readonly pods: readonly PodFacts[]
  readonly nodes: readonly string[]
  /** Pods that are not watched, and recorded all the same: a name is resolved there. */
  readonly recorded?: readonly PodFacts[]
  /** pcap-filter(7) */
  readonly filter: string
  readonly progress: Progress
  readonly signal?: AbortSignal
  /** Told of packets while they are captured. */
  readonly observer?: CaptureObserver
  /** Sends the packets. Called when every stack is known to be captured. */
  readonly send: () => Promise<Sent>
}

export interface CaptureSession<Sent> {
  readonly captures: readonly CaptureResult[]
  readonly bundle: Bundle
  readonly sent: Sent
  /** Stacks that were not proven to be captured. */
  readonly gaps: readonly Gap[]
}

/** Captures on every stack on the way, and records what they are made of, while `send` sends. */
export async function runCaptureSession<Sent>(
  options: CaptureSessionOptions<Sent>,
): Promise<CaptureSession<Sent>> {
  const { agents, pods, progress, signal } = options
  const call = signal ? { signal } : {}
  const stacks = captureStacks(pods, options.nodes)
  requireCapture(agents, stacks)
  progress((say) => say.captureStarting(stacks.length))
  const { observer } = options
  const capture = startCapture({
    agents,
    stacks,
    filter: options.filter,
    ...(observer ? { onSighting: (sighting, stack) => observer.onSighting(sighting, stack) } : {}),
    ...call,
  })
  const snapshot = takeSnapshot({
    source: options.cluster.name,
    facts: options.facts,
    agents,
    pods: [...pods, ...(options.recorded ?? []).filter((one) => !pods.some(({ uid }) => uid === one.uid))],
    ec2: options.ec2,
    created: new Date(),
    ...call,
  })
  // It is waited for only after the captures have ended; until then its failure must not count as unheard.
  snapshot.catch(() => undefined)
  try {
    const gaps = await capture.ready
    progress((say) => say.captureListening(stacks.length - gaps.length))
    observer?.onListening(stacks, gaps, (stack) => capture.clockOf(stack))
    const sent = await options.send()
    const [captures, bundle] = await Promise.all([capture.stop(), snapshot])
    return { captures, bundle, sent, gaps }
  } catch (error) {
    // The first failure is the one to tell; ending the captures may fail for the same reason.
    await capture.stop().catch(() => undefined)
    throw error
  }
}

/** A run that can see no packet would only confuse: what is missing is said before anything is sent. */
function requireCapture(agents: Agents, stacks: readonly CaptureStack[]): void {
  for (const { node } of stacks) {
    const programs = agents.byNode.get(node)?.programs
    if (programs?.missing.has('tcpdump')) throw new ClusterError('agent-lost', programs.lack('tcpdump'))
  }
}

export const podStackOf = (pod: PodFacts) => podStack(pod.namespace, pod.name)

/** The stacks of these nodes and pods, and of the pods' nodes. */
export function captureStacks(pods: readonly PodFacts[], nodes: readonly string[]): readonly CaptureStack[] {
  const every = [...new Set([...pods.map((pod) => pod.node ?? ''), ...nodes])].filter((node) => node !== '')
  return [
    ...every.map((node) => ({ id: nodeStack(node), node, pod: null })),
    ...pods
      .filter((pod) => !pod.hostNetwork)
      .map((pod): CaptureStack => ({ id: podStackOf(pod), node: pod.node ?? '', pod: wantedPod(pod) })),
  ]
}
