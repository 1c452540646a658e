import { timestamp } from '../clock.ts'
import { isLost, type Node, type Taint } from '../objects/node.ts'
import { isFinished, type Pod } from '../objects/pod.ts'
import { nodes, pods } from '../resources.ts'
import type { Surroundings } from './surroundings.ts'

const unreachable = 'node.kubernetes.io/unreachable'

/**
 * What the control plane says of a node whose kubelet is silent (pkg/controller/nodelifecycle): its conditions are
 * unknown, it bears the taints of an unreachable node, and its pods are not ready. The real one waits 40 seconds for
 * that; the lab knows at once.
 */
export function loseNode(around: Surroundings, name: string): void {
  const { store, clock } = around
  const node = store.find(nodes, undefined, name)
  if (node === undefined || isLost(node)) return
  const now = timestamp(clock.now())
  store.change(nodes, node, (one) => lostNode(one, now))
  around.recorder('node-controller')(node, {
    type: 'Normal',
    reason: 'NodeNotReady',
    message: `Node ${name} status is now: NodeNotReady`,
  })
  for (const pod of store.list(pods)) {
    if (pod.spec.nodeName === name && !isFinished(pod)) store.change(pods, pod, (one) => unreadyPod(one, now))
  }
}

/** The pod as it was last told, but not ready: no service sends anything there. */
function unreadyPod(pod: Pod, now: string): Pod {
  const { status } = pod
  if (status === undefined) return pod
  const conditions = (status.conditions ?? []).map((condition) =>
    condition.type === 'Ready' && condition.status === 'True'
      ? { ...condition, status: 'False' as const, lastTransitionTime: now }
      : condition,
  )
  return { ...pod, status: { ...status, conditions } }
}

/** The node as the node controller leaves it. */
export function lostNode(node: Node, now: string): Node {
  const others = (node.spec?.taints ?? []).filter(({ key }) => key !== unreachable)
  const taints = ['NoSchedule', 'NoExecute'].map((effect): Taint => ({
    key: unreachable,
    effect,
    timeAdded: now,
  }))
  return {
    ...node,
    spec: { ...node.spec, taints: [...others, ...taints] },
    status: {
      ...node.status,
      conditions: (node.status?.conditions ?? []).map((condition) => ({
        ...condition,
        status: 'Unknown' as const,
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: now,
      })),
    },
  }
}
