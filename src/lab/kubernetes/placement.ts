import type { Pod } from './objects/pod.ts'

/** A place that the lab's plan keeps for a pod of a workload: the pods that come first get them, in order of name. */
export interface Placement {
  readonly namespace: string
  /** The Deployment's or DaemonSet's name. */
  readonly owner: string
  readonly node: string
  /** The pod's address; the CNI picks one where it is absent. */
  readonly address?: string
}

export interface Placements {
  /** The node planned for a pod that has none yet. */
  nodeFor(pod: Pod): string | undefined
  /** The address planned for a pod on its node. */
  addressFor(pod: Pod): string | undefined
}

/** Gives each planned place out once: a pod made later to replace one is placed as any other. */
export function createPlacements(planned: readonly Placement[]): Placements {
  const given = new Map<string, Placement>()
  const free = [...planned]
  const take = (pod: Pod): Placement | undefined => {
    const { uid, namespace, name } = pod.metadata
    const had = given.get(uid)
    if (had !== undefined) return had
    const at = free.findIndex(
      (one) =>
        one.namespace === namespace &&
        isOwnedBy(name, one.owner) &&
        (pod.spec.nodeName ?? one.node) === one.node,
    )
    const [place] = at < 0 ? [] : free.splice(at, 1)
    if (place !== undefined) given.set(uid, place)
    return place
  }
  return {
    nodeFor: (pod) => take(pod)?.node,
    addressFor(pod) {
      const place = take(pod)
      return place?.node === pod.spec.nodeName ? place?.address : undefined
    },
  }
}

/** `netshoot-pod-79b47d6c48-4xk2p` and `aws-node-4xk2p` are of `netshoot-pod` and `aws-node`. */
const isOwnedBy = (pod: string, owner: string): boolean =>
  pod.startsWith(`${owner}-`) &&
  /^-([bcdf4-9]{8,10}-)?[bcdfghjklmnpqrstvwxz2-9]{5}$/.test(pod.slice(owner.length))
