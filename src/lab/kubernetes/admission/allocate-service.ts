import type { Random } from '../random.ts'
import { services } from '../resources.ts'
import type { Service, ServicePort } from '../objects/service.ts'
import { invalid } from '../status.ts'
import type { Store } from '../store.ts'

/** EKS gives services 10.100.0.0/16 when the VPC is not in 10.0.0.0/8. */
const serviceRange = '10.100.'
const nodePortRange = { first: 30_000, last: 32_767 } as const

/** Fills in a service's defaults and gives it a cluster address and node ports that nobody else has. */
export function allocateService<S extends Pick<Service, 'spec' | 'metadata'>>(
  store: Store,
  random: Random,
  service: S,
  current: Service | undefined,
): S {
  const { spec } = service
  const type = spec.type ?? 'ClusterIP'
  const others = store.list(services).filter((one) => one.metadata.uid !== current?.metadata.uid)
  const name = service.metadata.name ?? ''
  const address = type === 'ExternalName' ? undefined : clusterAddress(spec, current, others, random, name)
  const taken = new Set(others.flatMap((one) => one.spec.ports ?? []).map((port) => port.nodePort))
  const wantsNodePorts = type === 'NodePort' || type === 'LoadBalancer'
  const ports = spec.ports?.map((port): ServicePort => {
    const { nodePort, ...rest } = {
      ...port,
      protocol: port.protocol ?? 'TCP',
      targetPort: port.targetPort ?? port.port,
    }
    if (!wantsNodePorts) return rest
    const before = current?.spec.ports?.find(
      (one) => one.port === port.port && one.name === port.name,
    )?.nodePort
    if (nodePort !== undefined && taken.has(nodePort)) {
      throw invalid(services, name, [
        {
          field: 'spec.ports[0].nodePort',
          reason: 'FieldValueInvalid',
          message: `Invalid value: ${String(nodePort)}: provided port is already allocated`,
        },
      ])
    }
    const chosen = nodePort ?? before ?? freeNodePort(random, taken)
    taken.add(chosen)
    return { ...rest, nodePort: chosen }
  })
  const single = address !== undefined && type !== 'ExternalName'
  return {
    ...service,
    spec: {
      ...spec,
      type,
      ...(address === undefined ? {} : { clusterIP: address, clusterIPs: [address] }),
      ...(ports === undefined ? {} : { ports }),
      sessionAffinity: spec.sessionAffinity ?? 'None',
      ...(spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig === undefined
        ? { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } }
        : {}),
      ...(single ? { ipFamilies: ['IPv4'], ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack' } : {}),
      ...(single ? { internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster' } : {}),
      ...(wantsNodePorts ? { externalTrafficPolicy: spec.externalTrafficPolicy ?? 'Cluster' } : {}),
    },
  }
}

function clusterAddress(
  spec: Service['spec'],
  current: Service | undefined,
  others: readonly Service[],
  random: Random,
  name: string,
): string {
  const before = current?.spec.clusterIP
  const wanted = spec.clusterIP ?? before ?? ''
  if (wanted === 'None') return 'None'
  const taken = new Set(others.map((one) => one.spec.clusterIP))
  if (wanted !== '') {
    const why = !wanted.startsWith(serviceRange)
      ? `failed to allocate IP ${wanted}: the provided IP (${wanted}) is not in the valid range. The range of valid IPs is 10.100.0.0/16`
      : taken.has(wanted)
        ? `failed to allocate IP ${wanted}: provided IP is already allocated`
        : undefined
    if (why !== undefined) {
      throw invalid(services, name, [
        {
          field: 'spec.clusterIPs',
          reason: 'FieldValueInvalid',
          message: `Invalid value: ["${wanted}"]: ${why}`,
        },
      ])
    }
    return wanted
  }
  for (let attempt = 0; attempt < 100_000; attempt++) {
    // The lower end of the range is kept for addresses that are asked for (KEP-3070).
    const host = 257 + Math.floor(random() * (65_536 - 258))
    const address = `${serviceRange}${String(host >> 8)}.${String(host & 255)}`
    if (!taken.has(address)) return address
  }
  throw new Error('no free service address')
}

function freeNodePort(random: Random, taken: ReadonlySet<number | undefined>): number {
  const size = nodePortRange.last - nodePortRange.first + 1
  const start = Math.floor(random() * size)
  for (let step = 0; step < size; step++) {
    const port = nodePortRange.first + ((start + step) % size)
    if (!taken.has(port)) return port
  }
  throw new Error('no free node port')
}
