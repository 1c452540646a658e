/** Services and their endpoints as kube-proxy takes them, from what was read of the cluster. */
import { isIp4 } from '../../model/address/address.ts'
import type { EndpointSlice, KubernetesObjects, Service } from '../../model/fabric/kubernetes.ts'
import { parseCniVersion } from '../../intent/vpc-cni/cni-version.ts'
import { externallyAccessible } from '../../intent/kube-proxy/endpoint-choice.ts'
import type { Endpoint, ServicePort } from '../../intent/kube-proxy/service-port.ts'

/** What the rules of a node rest on; a sentence where that cannot be told. */
export function servicePortsOf(objects: KubernetesObjects | null): readonly ServicePort[] | string {
  if (objects === null || objects.missing.includes('services')) return 'the services were not read'
  if (objects.missing.includes('endpointslices')) return 'the endpoint slices were not read'
  const release = releaseOf(objects)
  if (release === undefined) return 'no kube-proxy was found among the pods'
  // The lines that intent/ knows are those of the releases since 1.27.
  if (release[0] !== 1 || release[1] < 27) return `the lines of kube-proxy ${release.join('.')} are not known`
  const byService = new Map<string, EndpointSlice[]>()
  for (const slice of objects.endpointSlices) {
    const key = `${slice.namespace}/${slice.service}`
    byService.set(key, [...(byService.get(key) ?? []), slice])
  }
  return objects.services.flatMap((service) =>
    portsOf(service, byService.get(`${service.namespace}/${service.name}`) ?? []),
  )
}

const releaseOf = ({ pods }: KubernetesObjects) =>
  parseCniVersion(
    pods
      .filter(({ namespace, labels }) => namespace === 'kube-system' && labels['k8s-app'] === 'kube-proxy')
      .flatMap(({ containers }) => containers ?? [])
      .find(({ name }) => name === 'kube-proxy')
      ?.image.replace(/-minimal\b/, '') ?? '',
  )

function portsOf(service: Service, slices: readonly EndpointSlice[]): readonly ServicePort[] {
  const { proxying } = service
  const clusterIP = service.clusterAddresses.find(isIp4)
  if (proxying === undefined || proxying.othersProxy || clusterIP === undefined) return []
  if (service.type === 'ExternalName') return []
  const external = service.type === 'NodePort' || service.type === 'LoadBalancer'
  return service.ports.map((port): ServicePort => {
    const one: ServicePort = {
      namespace: service.namespace,
      name: service.name,
      portName: port.name ?? '',
      protocol: port.protocol,
      port: port.port,
      clusterIP,
      nodePort: external ? port.nodePort : null,
      externalIPs: proxying.externalAddresses.filter(isIp4),
      loadBalancerIPs: proxying.balancerAddresses.filter(isIp4),
      loadBalancerSourceRanges: proxying.sourceRanges.filter(({ address }) => isIp4(address)),
      internalTrafficPolicy: proxying.internalTrafficPolicy,
      externalTrafficPolicy: proxying.externalTrafficPolicy,
      healthCheckNodePort: proxying.externalTrafficPolicy === 'Local' ? proxying.healthCheckNodePort : null,
      sessionAffinitySeconds: proxying.affinitySeconds,
      endpoints: slices.flatMap((slice) => endpointsOf(slice, port.name, port.protocol)),
    }
    return externallyAccessible(one) ? one : { ...one, externalTrafficPolicy: 'Cluster' }
  })
}

const endpointsOf = (slice: EndpointSlice, name: string | null, protocol: string): readonly Endpoint[] =>
  slice.ports
    .filter((port) => (port.name ?? '') === (name ?? '') && port.protocol === protocol)
    .flatMap(({ port }) =>
      port === null
        ? []
        : slice.endpoints.flatMap(({ addresses: [address], nodeName, ready, serving, terminating }) =>
            address === undefined || !isIp4(address)
              ? []
              : [{ address, port, node: nodeName, ready, serving, terminating }],
          ),
    )
