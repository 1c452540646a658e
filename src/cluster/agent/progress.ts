import { printable } from '../../edge/printable.ts'
import { readPod } from '../../kubernetes/facts.ts'
import { listAt, textAt } from '../../edge/fields.ts'

/** What an agent's pod is waiting for, as far as its status tells. */
export interface AgentProgress {
  readonly node: string
  readonly pod: string
  readonly ready: boolean
  /** Why it will not become ready without help. */
  readonly stuck: string | null
  /** What it waits for, in the kubelet's word. */
  readonly waiting: string | null
}

/** Undefined for what is no pod on a node. */
export function readAgentProgress(object: unknown): AgentProgress | undefined {
  const [pod] = readPod(object)
  if (!pod || pod.node === null) return undefined
  return {
    node: pod.node,
    pod: pod.name,
    ready: pod.ready && pod.phase === 'Running',
    stuck: pod.ready ? null : stuckReason(object),
    waiting: waitingReason(object),
  }
}

/** Waiting reasons from which a container does not recover while we watch (kubelet, images and container types). */
const hopeless: ReadonlySet<string> = new Set([
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
])

/** Why a pod will not run without help, in the cluster's words; null while there is hope. */
export function stuckReason(object: unknown): string | null {
  // The kubelet itself refuses (OutOfpods, OutOfmemory, NodeAffinity…) or ends the pod (DeadlineExceeded, Evicted).
  if (textAt(object, 'status', 'phase') === 'Failed') {
    const reason = textAt(object, 'status', 'reason') ?? 'Failed'
    return sentence(reason, textAt(object, 'status', 'message'))
  }
  for (const container of listAt(object, 'status', 'containerStatuses')) {
    const reason = textAt(container, 'state', 'waiting', 'reason')
    if (reason === undefined || !hopeless.has(reason)) continue
    const image = textAt(container, 'image') ?? ''
    return sentence(`${reason} of the image ${image}`, textAt(container, 'state', 'waiting', 'message'))
  }
  return null
}

/** What the pod waits for: the scheduler's complaint, else the first container's state. */
export function waitingReason(object: unknown): string | null {
  for (const condition of listAt(object, 'status', 'conditions'))
    if (textAt(condition, 'type') === 'PodScheduled' && textAt(condition, 'status') === 'False')
      return sentence(textAt(condition, 'reason') ?? 'Pending', textAt(condition, 'message'))
  for (const container of listAt(object, 'status', 'containerStatuses')) {
    const reason = textAt(container, 'state', 'waiting', 'reason')
    if (reason !== undefined) return sentence(reason, textAt(container, 'state', 'waiting', 'message'))
  }
  return null
}

const sentence = (reason: string, message: string | undefined): string =>
  printable(message === undefined || message === '' ? reason : `${reason}: ${message}`)
