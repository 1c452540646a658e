import { wantedPod } from '../cluster/collect/wanted-pod.ts'
import type { Seat } from './ends.ts'
import type { Resolved } from './resolve.ts'
import { nodeStack, podStack, type StackId } from '../model/stack/stack-id.ts'

/** Who can send: a pod or a node. */
export type Sender = Extract<Resolved, { readonly kind: 'pod' | 'node' }>

export const isSender = (one: Resolved): one is Sender => one.kind === 'pod' || one.kind === 'node'

/** The network stack whose process sends: a pod on the host network sends from its node's. */
export const stackOfSender = (sender: Sender): StackId =>
  sender.kind === 'node'
    ? nodeStack(sender.node.name)
    : sender.pod.hostNetwork
      ? nodeStack(sender.pod.node ?? '')
      : podStack(sender.pod.namespace, sender.pod.name)

/** Where its process runs: a pod on the host network in its node's. */
export const seatOf = (sender: Sender): Seat =>
  sender.kind === 'node'
    ? { node: sender.node.name, pod: null }
    : { node: sender.pod.node ?? '', pod: sender.pod.hostNetwork ? null : wantedPod(sender.pod) }
