import type { Ip } from '../../model/address/address.ts'
import type {
  KubernetesObjects,
  Labels,
  NetworkPolicy,
  Pod,
  Service,
  TransportProtocol,
} from '../../model/fabric/kubernetes.ts'
import { selects } from '../../kubernetes/selector.ts'

/** Kubernetes objects with the indexes that answering many packets needs. */
export interface CompiledObjects {
  readonly objects: KubernetesObjects
  /** `NAMESPACE/NAME`. */
  readonly pods: ReadonlyMap<string, Pod>
  /** Pods with an address of their own: a hostNetwork pod's address is its node's. */
  readonly podsByAddress: ReadonlyMap<Ip, Pod>
  readonly servicesByAddress: ReadonlyMap<Ip, Service>
  readonly policiesByNamespace: ReadonlyMap<string, readonly NetworkPolicy[]>
  /** How many peers, ports and selectors its policies have: what it takes to judge a packet there. */
  readonly policyParts: ReadonlyMap<string, number>
  /** The pods that a service's selector selects; none for a service without one. */
  readonly podsOfService: (service: Service) => readonly Pod[]
  readonly namespaceLabels: ReadonlyMap<string, Labels>
}

/** A finished pod keeps its address in its status after somebody else has got it. */
const isOver = (pod: Pod): boolean => pod.phase === 'Succeeded' || pod.phase === 'Failed'

export function compileObjects(objects: KubernetesObjects): CompiledObjects {
  const podsByAddress = new Map<Ip, Pod>()
  for (const pod of objects.pods)
    if (!pod.hostNetwork && !isOver(pod)) for (const address of pod.addresses) podsByAddress.set(address, pod)
  const servicesByAddress = new Map<Ip, Service>()
  for (const service of objects.services)
    for (const address of [...service.clusterAddresses, ...service.externalAddresses])
      servicesByAddress.set(address, service)
  return {
    objects,
    pods: new Map(objects.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod])),
    podsByAddress,
    servicesByAddress,
    ...policyIndexes(objects.networkPolicies),
    podsOfService: podsOfServices(objects.pods),
    namespaceLabels: new Map(objects.namespaces.map((each) => [each.name, each.labels])),
  }
}

/** The same objects with other policies. */
export const withPolicies = (
  compiled: CompiledObjects,
  networkPolicies: readonly NetworkPolicy[],
): CompiledObjects => ({
  ...compiled,
  objects: { ...compiled.objects, networkPolicies },
  ...policyIndexes(networkPolicies),
})

function policyIndexes(
  networkPolicies: readonly NetworkPolicy[],
): Pick<CompiledObjects, 'policiesByNamespace' | 'policyParts'> {
  const policiesByNamespace = new Map<string, NetworkPolicy[]>()
  for (const policy of networkPolicies) {
    const known = policiesByNamespace.get(policy.namespace)
    if (known) known.push(policy)
    else policiesByNamespace.set(policy.namespace, [policy])
  }
  return {
    policiesByNamespace,
    policyParts: new Map(
      [...policiesByNamespace].map(([namespace, policies]) => [namespace, policies.reduce(addParts, 0)]),
    ),
  }
}

const addParts = (sum: number, { ingress, egress }: NetworkPolicy): number =>
  [...ingress, ...egress].reduce(
    (parts, { peers, ports }) => parts + 1 + peers.length + ports.length,
    sum + 1,
  )

/** Each service is looked up once: a policy may ask for it at every peer. */
function podsOfServices(pods: readonly Pod[]): (service: Service) => readonly Pod[] {
  const known = new Map<Service, readonly Pod[]>()
  return (service) => {
    const before = known.get(service)
    if (before !== undefined) return before
    const { selector, namespace } = service
    const found =
      selector === null
        ? []
        : pods.filter(
            (pod) =>
              pod.namespace === namespace &&
              selects({ matchLabels: selector, matchExpressions: [] }, pod.labels),
          )
    known.set(service, found)
    return found
  }
}

const numbers: Readonly<Record<TransportProtocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 }

/** IANA's number of Kubernetes' word. */
export const protocolNumber = (protocol: TransportProtocol): number => numbers[protocol]

/** The number behind a container port's name; null: the pod has none of that name and protocol. */
export const namedPort = (pod: Pod, name: string, protocol: TransportProtocol): number | null =>
  pod.ports.find((p) => p.name === name && p.protocol === protocol)?.containerPort ?? null
