import type { ClusterFacts, PodFacts, ServiceFacts } from './facts.ts'
import { listAt, numberAt, textAt } from '../edge/fields.ts'

/** The pods that have an address: a pod on the host network has its node's, and is none of them. */
export const podsWithAddress = (facts: ClusterFacts, address: string): readonly PodFacts[] =>
  facts.pods.filter((pod) => !pod.hostNetwork && pod.addresses.includes(address))

/** The pods that a service's endpoint slices list. */
export const podsBehind = (
  facts: ClusterFacts,
  { namespace, name }: Pick<ServiceFacts, 'namespace' | 'name'>,
): readonly PodFacts[] =>
  (facts.raw.get('endpointslices') ?? [])
    .filter(
      (slice) =>
        textAt(slice, 'metadata', 'namespace') === namespace &&
        textAt(slice, 'metadata', 'labels', 'kubernetes.io/service-name') === name,
    )
    .flatMap((slice) => listAt(slice, 'endpoints'))
    .flatMap((endpoint) => listAt(endpoint, 'addresses'))
    .filter((address) => typeof address === 'string')
    .flatMap((address) => podsWithAddress(facts, address))

/** The pods of every service that a packet to this address and port reaches by other means than its name. */
export function podsBehindAddress(
  facts: ClusterFacts,
  address: string,
  port: number | undefined,
  isNode: boolean,
): readonly PodFacts[] {
  return (facts.raw.get('services') ?? []).flatMap((service) => {
    const own = [
      textAt(service, 'spec', 'clusterIP'),
      ...listAt(service, 'spec', 'clusterIPs'),
      ...listAt(service, 'spec', 'externalIPs'),
      ...listAt(service, 'status', 'loadBalancer', 'ingress').map((one) => textAt(one, 'ip')),
    ].includes(address)
    const onNodes =
      isNode &&
      port !== undefined &&
      listAt(service, 'spec', 'ports').some((one) => numberAt(one, 'nodePort') === port)
    const namespace = textAt(service, 'metadata', 'namespace')
    const name = textAt(service, 'metadata', 'name')
    return (own || onNodes) && namespace !== undefined && name !== undefined
      ? podsBehind(facts, { namespace, name })
      : []
  })
}

/** The pods that resolve names: CoreDNS, behind the service that EKS calls kube-dns. */
export function resolverPods(facts: ClusterFacts): readonly PodFacts[] {
  const service = facts.services.find(
    ({ namespace, name }) => namespace === 'kube-system' && name === 'kube-dns',
  )
  return service === undefined ? [] : podsBehind(facts, service)
}
