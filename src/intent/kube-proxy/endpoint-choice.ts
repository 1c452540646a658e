import { endpointText, type Endpoint, type ServicePort } from './service-port.ts'

/** Which endpoints of a service port this node uses, for which traffic. */
export interface EndpointChoice {
  /** For traffic under the Cluster policy. */
  readonly cluster: readonly Endpoint[]
  /** For traffic under the Local policy. */
  readonly local: readonly Endpoint[]
  /** Either of them: each needs a chain. */
  readonly reachable: readonly Endpoint[]
  /** Is any endpoint usable, on whatever node? */
  readonly any: boolean
}

export const externallyAccessible = ({ nodePort, loadBalancerIPs, externalIPs }: ServicePort): boolean =>
  nodePort !== null || loadBalancerIPs.length > 0 || externalIPs.length > 0

/** Even a service with external policy Local needs all endpoints, for traffic from the node itself. */
const usesClusterEndpoints = (port: ServicePort): boolean =>
  port.internalTrafficPolicy === 'Cluster' || externallyAccessible(port)

const usesLocalEndpoints = (port: ServicePort): boolean =>
  port.internalTrafficPolicy === 'Local' ||
  (port.externalTrafficPolicy === 'Local' && externallyAccessible(port))

/**
 * pkg/proxy/topology.go, CategorizeEndpoints: ready endpoints; where there is none, those that still serve while
 * they terminate. In kube-proxy's order, which is that of the text `address:port`. Topology hints are not read.
 */
export function chooseEndpoints(port: ServicePort, node: string): EndpointChoice {
  const all = [...new Map(port.endpoints.map((endpoint) => [endpointText(endpoint), endpoint]))]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, endpoint]) => endpoint)
  const usable = (among: readonly Endpoint[]): readonly Endpoint[] => {
    const ready = among.filter((endpoint) => endpoint.ready && !endpoint.terminating)
    return ready.length > 0 ? ready : among.filter((endpoint) => endpoint.serving && endpoint.terminating)
  }
  const cluster = usesClusterEndpoints(port) ? usable(all) : []
  const local = usesLocalEndpoints(port) ? usable(all.filter((endpoint) => endpoint.node === node)) : []
  return {
    cluster,
    local,
    reachable: all.filter((endpoint) => cluster.includes(endpoint) || local.includes(endpoint)),
    any: usable(all).length > 0,
  }
}
