/** A service after `kubectl apply`: what the cluster gives it, it keeps; what it has not yet, stands in. */
import { formatIp, isIp4, type Ip4 } from '../../model/address/address.ts'
import { textAt } from '../../edge/fields.ts'
import type { KubernetesObjects, Service } from '../../model/fabric/kubernetes.ts'

export interface ServiceAfter {
  readonly service: Service
  /** The address that is counted with until the cluster has chosen one; null: it is known. */
  readonly standIn: string | null
}

export function serviceAfter(
  before: Service | undefined,
  read: Service,
  document: unknown,
  objects: KubernetesObjects,
): ServiceAfter {
  const headless = textAt(document, 'spec', 'clusterIP') === 'None' || read.type === 'ExternalName'
  const ports = read.ports.map((port) => ({
    ...port,
    nodePort:
      port.nodePort ??
      before?.ports.find((one) => one.port === port.port && one.protocol === port.protocol)?.nodePort ??
      null,
  }))
  const kept = before?.clusterAddresses ?? []
  const given = read.clusterAddresses.length > 0 || headless ? read.clusterAddresses : kept
  const free = given.length === 0 && !headless ? freeAddress(objects) : null
  const proxying = read.proxying && {
    ...read.proxying,
    healthCheckNodePort: read.proxying.healthCheckNodePort ?? before?.proxying?.healthCheckNodePort ?? null,
    balancerAddresses:
      read.type === 'LoadBalancer' && read.proxying.balancerAddresses.length === 0
        ? (before?.proxying?.balancerAddresses ?? [])
        : read.proxying.balancerAddresses,
  }
  return {
    service: {
      ...read,
      ports,
      clusterAddresses: free === null ? given : [free],
      ...(proxying === undefined ? {} : { proxying }),
    },
    standIn: free === null ? null : formatIp(free),
  }
}

/** Behind the highest that a service has: in the cluster's range, and nobody's. Null: no service tells where that is. */
function freeAddress({ services }: KubernetesObjects): Ip4 | null {
  const used = services.flatMap(({ clusterAddresses }) => clusterAddresses).filter(isIp4)
  const highest = used.reduce<Ip4 | null>((most, one) => (most === null || one > most ? one : most), null)
  // Where the highest is the last of its /24, one below the lowest.
  if (highest === null) return null
  return (highest % 256 < 254 ? highest + 1 : Math.min(...used) - 1) as Ip4
}
