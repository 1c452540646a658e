import { at, listAt, textAt } from '../../edge/fields.ts'
import { controllerOf, deploymentOf } from '../../kubernetes/deployment-of.ts'
import type { PodView } from '../../model/view/cluster-view.ts'

/** One pod object as the page shows it; nothing for what is no pod. */
export function podView(object: unknown): readonly PodView[] {
  const namespace = textAt(object, 'metadata', 'namespace')
  const name = textAt(object, 'metadata', 'name')
  if (namespace === undefined || name === undefined) return []
  const addresses = [
    textAt(object, 'status', 'podIP') ?? '',
    ...listAt(object, 'status', 'podIPs').map((one) => textAt(one, 'ip') ?? ''),
  ].filter((address) => address !== '')
  return [
    {
      namespace,
      name,
      node: textAt(object, 'spec', 'nodeName') ?? null,
      state: podState(object),
      ready: listAt(object, 'status', 'conditions').some(
        (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
      ),
      addresses: [...new Set(addresses)],
      hostNetwork: at(object, 'spec', 'hostNetwork') === true,
      image: textAt(listAt(object, 'spec', 'containers')[0], 'image') ?? '',
      created: textAt(object, 'metadata', 'creationTimestamp') ?? '',
      owner: ownerOf(object),
    },
  ]
}

/** The word in the STATUS column of `kubectl get pods` (kubernetes, pkg/printers/internalversion/printers.go: printPod). */
export function podState(object: unknown): string {
  if (textAt(object, 'metadata', 'deletionTimestamp') !== undefined) return 'Terminating'
  const statuses = listAt(object, 'status', 'containerStatuses')
  for (const status of statuses) {
    const waiting = textAt(status, 'state', 'waiting', 'reason')
    if (waiting !== undefined) return waiting
    const ended = textAt(status, 'state', 'terminated', 'reason')
    if (ended !== undefined) return ended
  }
  const reason = textAt(object, 'status', 'reason')
  if (reason !== undefined) return reason
  const phase = textAt(object, 'status', 'phase') ?? 'Unknown'
  // A pod that has a node and no container yet is being made; the kubelet says so a moment later.
  return phase === 'Pending' && textAt(object, 'spec', 'nodeName') !== undefined && statuses.length === 0
    ? 'ContainerCreating'
    : phase
}

function ownerOf(object: unknown): string | null {
  const deployment = deploymentOf(object)
  if (deployment !== null) return `Deployment ${deployment}`
  const owner = controllerOf(object)
  const kind = textAt(owner, 'kind')
  const name = textAt(owner, 'name')
  return kind === undefined || name === undefined ? null : `${kind} ${name}`
}

/** A pod that has ended keeps its address in its status after another has got it. */
export const holdsAddress = (pod: PodView): boolean =>
  !pod.hostNetwork && pod.state !== 'Succeeded' && pod.state !== 'Failed' && pod.state !== 'Completed'
