import {
  podKey,
  type ClusterView,
  type NodeView,
  type ServiceView,
} from '../../../src/model/view/cluster-view.ts'

/** What a search has found: the nodes and services in which something matches, and what matches in them. */
export interface Found {
  readonly nodes: readonly NodeView[]
  readonly services: readonly ServiceView[]
  /** Keys of pods, addresses, ENI ids and node names that match. Null: nothing was searched, everything is shown. */
  readonly hits: ReadonlySet<string> | null
  readonly count: number
}

/** Every word must be in the same thing: `netshoot 192.168.1` finds the pod that has both. */
export function find(view: ClusterView, text: string): Found {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return { nodes: view.nodes, services: view.services, hits: null, count: 0 }
  const matches = (...texts: readonly string[]): boolean => {
    const all = texts.join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  }
  const hits = new Set<string>()
  const nodes = view.nodes.filter((node) => {
    const before = hits.size
    if (
      matches(
        node.name,
        node.instance ?? '',
        node.zone ?? '',
        node.addresses.join(' '),
        node.publicAddress ?? '',
      )
    )
      hits.add(node.name)
    for (const pod of node.pods)
      if (matches(podKey(pod), pod.addresses.join(' '), pod.state, pod.owner ?? '')) hits.add(podKey(pod))
    for (const eni of node.enis ?? []) {
      if (matches(eni.id, eni.device ?? '', eni.primary, eni.mac, eni.subnet)) hits.add(eni.id)
      for (const slot of eni.slots) if (slot.pod === null && matches(slot.address)) hits.add(slot.address)
    }
    return hits.size > before
  })
  const services = view.services.filter((service) =>
    matches(
      `${service.namespace}/${service.name}`,
      service.addresses.join(' '),
      service.endpoints.map((one) => `${one.address} ${one.pod ?? ''}`).join(' '),
    ),
  )
  return { nodes, services, hits, count: hits.size + services.length }
}
