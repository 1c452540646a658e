import type { ClusterFacts } from '../../kubernetes/facts.ts'
import { deploymentsOf, isUp } from '../../bundle/recorded-facts.ts'

/** An end that a trace may have, as a user types it. */
export interface Suggestion {
  readonly kind: 'pod' | 'deployment' | 'node' | 'service' | 'host'
  readonly value: string
  /** What it is known by besides: an address, the node of a pod. */
  readonly detail: string
}

/** Who can send and who can be sent to. */
export interface Suggestions {
  readonly from: readonly Suggestion[]
  readonly to: readonly Suggestion[]
}

/**
 * The ends of a cluster: running pods that have an address, the deployments that they are of, nodes, services with a
 * cluster address, and hosts elsewhere.
 */
export function suggestionsOfFacts(facts: ClusterFacts, hosts: readonly Suggestion[]): Suggestions {
  const pods = facts.pods.filter(isUp).map((pod): Suggestion => ({
    kind: 'pod',
    value: `${pod.namespace}/${pod.name}`,
    detail: [pod.addresses[0] ?? '', pod.node ?? ''].filter((part) => part !== '').join(' · '),
  }))
  const deployments = [...deploymentsOf(facts)].map(([name, of]): Suggestion => ({
    kind: 'deployment',
    value: `deploy/${name}`,
    detail: of.length < 3 ? of.join(' · ') : `${of[0] ?? ''} … (${of.length})`,
  }))
  const nodes = facts.nodes.map((node): Suggestion => ({
    kind: 'node',
    value: `node/${node.name}`,
    detail: node.internalAddresses[0] ?? '',
  }))
  const services = facts.services.flatMap((service): readonly Suggestion[] => {
    const [address] = service.addresses
    if (address === undefined) return []
    // One number may be a port of several protocols, as 53 of the DNS is.
    return [...new Set(service.ports.map(({ port }) => port))].map((port) => ({
      kind: 'service',
      value: `svc/${service.namespace}/${service.name}:${port}`,
      detail: `${address} · ${service.ports
        .filter((one) => one.port === port)
        .map(({ protocol }) => protocol)
        .join(', ')}`,
    }))
  })
  return {
    from: [...pods, ...deployments, ...nodes],
    to: [...pods, ...services, ...deployments, ...nodes, ...hosts],
  }
}
