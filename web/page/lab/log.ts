import { podKey, type ClusterView, type NodeView } from '../../../src/model/view/cluster-view.ts'
import type { WebLabSentences } from '../../../src/i18n/web/lab-sentences.ts'

/** One thing that happened, as a sentence still to be put in words: the reader may change the language. */
export type Happened = (words: WebLabSentences) => string

interface Placed {
  readonly node: string | null
  readonly state: string
  readonly address: string
}

/** What has happened from one view of the cluster to the next, in the order in which Kubernetes does it. */
export function happenedBetween(before: ClusterView, after: ClusterView): readonly Happened[] {
  const was = podsOf(before)
  const is = podsOf(after)
  const devices = devicesOf(after)
  const happened: Happened[] = []
  for (const one of after.deployments) {
    const old = before.deployments.find(
      ({ namespace, name }) => namespace === one.namespace && name === one.name,
    )
    if (old && old.wanted !== one.wanted) happened.push((say) => say.scaled(one.name, one.wanted))
  }
  for (const [pod, now] of is) {
    const old = was.get(pod)
    if (!old) happened.push((say) => say.podAppeared(pod))
    const { node } = now
    if (node !== null && old?.node !== node) happened.push((say) => say.podPlaced(pod, node))
    if (now.address !== '' && old?.address !== now.address)
      happened.push((say) => say.podAddress(pod, now.address, devices.get(now.address) ?? ''))
    if (old && old.state !== now.state) happened.push((say) => say.podState(pod, old.state, now.state))
  }
  for (const pod of was.keys()) if (!is.has(pod)) happened.push((say) => say.podGone(pod))
  const nodes = new Map(before.nodes.map((node) => [node.name, node]))
  for (const node of after.nodes) happened.push(...enisBetween(nodes.get(node.name), node))
  return happened
}

const podsOf = (view: ClusterView): ReadonlyMap<string, Placed> =>
  new Map(
    [...view.unplaced, ...view.nodes.flatMap((node) => node.pods)].map((pod) => [
      podKey(pod),
      { node: pod.node, state: pod.state, address: pod.hostNetwork ? '' : (pod.addresses[0] ?? '') },
    ]),
  )

const devicesOf = (view: ClusterView): ReadonlyMap<string, string> =>
  new Map(
    view.nodes.flatMap((node) =>
      (node.enis ?? []).flatMap((eni) =>
        eni.slots.map((slot) => [slot.address, eni.device ?? eni.id] as const),
      ),
    ),
  )

function enisBetween(before: NodeView | undefined, after: NodeView): readonly Happened[] {
  const old = before?.enis
  const now = after.enis
  if (!old || !now) return []
  const happened: Happened[] = []
  for (const eni of now) {
    const known = old.find(({ id }) => id === eni.id)
    if (!known) {
      const device = eni.device ?? `ENI ${eni.deviceIndex}`
      happened.push((say) => say.eniAttached(eni.id, device, after.name, eni.room))
    } else if (known.room !== eni.room)
      happened.push((say) => say.slotsChanged(eni.id, after.name, known.room, eni.room))
  }
  for (const eni of old)
    if (!now.some(({ id }) => id === eni.id)) happened.push((say) => say.eniDetached(eni.id, after.name))
  return happened
}
