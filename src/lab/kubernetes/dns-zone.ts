import type { ClusterZoneFile, ClusterZoneService } from '../names/cluster-zone.ts'
import type { EndpointSlice, Service } from './objects/service.ts'

/** What the cluster's DNS server answers from: the file that the lab's CoreDNS reads. */
export type DnsZone = ClusterZoneFile

/** The services and their published endpoints, as CoreDNS's `kubernetes` plugin would list and watch them. */
export function dnsZone(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  namespaces: readonly string[],
  domain = 'cluster.local',
): DnsZone {
  return {
    domain,
    namespaces,
    services: services.map((service) => zoneService(service, slices)),
  }
}

function zoneService(service: Service, slices: readonly EndpointSlice[]): ClusterZoneService {
  const { name, namespace = 'default' } = service.metadata
  const { spec } = service
  const external = spec.type === 'ExternalName'
  const headless = spec.clusterIP === 'None'
  const mine = slices.filter(
    ({ metadata }) =>
      metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
  )
  return {
    namespace,
    name,
    clusterIP: headless || external ? null : (spec.clusterIP ?? null),
    externalName: external ? (spec.externalName ?? '') : null,
    ports: (spec.ports ?? []).map((port) => ({
      name: port.name ?? '',
      protocol: port.protocol ?? 'TCP',
      port: port.port,
    })),
    // The endpoints controller has already counted publishNotReadyAddresses as ready.
    endpoints: mine
      .flatMap((slice) => slice.endpoints)
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .flatMap((endpoint) =>
        endpoint.addresses.map((address) => ({ address, hostname: endpoint.hostname ?? null })),
      ),
  }
}
