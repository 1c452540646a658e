import type { ClusterFacts, PodFacts, ServiceFacts } from '../cluster/facts.ts'
import { listAt, textAt } from '../cluster/fields.ts'

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
