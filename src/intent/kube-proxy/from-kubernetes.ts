import { parseIp4, type Ip4 } from '../../model/address/address.ts'
import { isIp4 } from '../../model/address/address.ts'
import { parsePrefix, type Prefix } from '../../model/address/prefix.ts'
import type { Endpoint, ServicePort, ServiceProtocol, TrafficPolicy } from './service-port.ts'

/** The fields of a v1 Service that kube-proxy reads. */
export interface KubernetesService {
  readonly metadata?: ObjectMeta | undefined
  readonly spec?:
    | {
        readonly type?: string | undefined
        readonly clusterIP?: string | undefined
        readonly ports?: readonly KubernetesServicePort[] | undefined
        readonly externalIPs?: readonly string[] | undefined
        readonly loadBalancerSourceRanges?: readonly string[] | undefined
        readonly internalTrafficPolicy?: string | undefined
        readonly externalTrafficPolicy?: string | undefined
        readonly healthCheckNodePort?: number | undefined
        readonly sessionAffinity?: string | undefined
        readonly sessionAffinityConfig?:
          { readonly clientIP?: { readonly timeoutSeconds?: number | undefined } | undefined } | undefined
      }
    | undefined
  readonly status?:
    | {
        readonly loadBalancer?:
          | {
              readonly ingress?:
                | readonly { readonly ip?: string | undefined; readonly ipMode?: string | undefined }[]
                | undefined
            }
          | undefined
      }
    | undefined
}

interface ObjectMeta {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

interface KubernetesServicePort {
  readonly name?: string | undefined
  readonly protocol?: string | undefined
  readonly port: number
  readonly nodePort?: number | undefined
}

/** The fields of a discovery.k8s.io/v1 EndpointSlice that kube-proxy reads. */
export interface KubernetesEndpointSlice {
  readonly metadata?: ObjectMeta | undefined
  readonly addressType: string
  readonly ports?:
    | readonly {
        readonly name?: string | undefined
        readonly protocol?: string | undefined
        readonly port?: number | undefined
      }[]
    | undefined
  readonly endpoints: readonly {
    readonly addresses: readonly string[]
    readonly nodeName?: string | undefined
    readonly conditions?:
      | {
          readonly ready?: boolean | undefined
          readonly serving?: boolean | undefined
          readonly terminating?: boolean | undefined
        }
      | undefined
  }[]
}

/** Something in the cluster's answer that kube-proxy would not have accepted, or we do not. */
export interface ServiceProblem {
  /** `Service default/web` */
  readonly where: string
  readonly because: 'bad-name' | 'bad-address' | 'bad-port' | 'bad-protocol'
  readonly value: string
}

/**
 * Services and endpoint slices as the service ports kube-proxy serves. Headless and ExternalName services, services
 * handed to another proxy (label service.kubernetes.io/service-proxy-name) and IPv6 slices are left out, as kube-proxy
 * leaves them out; what is malformed is left out too, and named.
 */
export function servicePorts(
  services: readonly KubernetesService[],
  slices: readonly KubernetesEndpointSlice[],
): { readonly ports: readonly ServicePort[]; readonly problems: readonly ServiceProblem[] } {
  const problems: ServiceProblem[] = []
  const endpoints = endpointsByPort(slices, problems)
  const ports = services.flatMap((service) => portsOf(service, endpoints, problems))
  return { ports, problems }
}

type EndpointsByPort = ReadonlyMap<string, readonly Endpoint[]>

const portKey = (namespace: string, service: string, portName: string, protocol: string): string =>
  JSON.stringify([namespace, service, portName, protocol])

function endpointsByPort(
  slices: readonly KubernetesEndpointSlice[],
  problems: ServiceProblem[],
): EndpointsByPort {
  const byPort = new Map<string, Endpoint[]>()
  for (const slice of slices) {
    const namespace = slice.metadata?.namespace ?? ''
    const service = slice.metadata?.labels?.['kubernetes.io/service-name']
    if (service === undefined || slice.addressType !== 'IPv4') continue
    const where = `EndpointSlice ${namespace}/${slice.metadata?.name ?? ''}`
    for (const { name = '', protocol = 'TCP', port } of slice.ports ?? []) {
      if (port === undefined) continue
      if (!isPort(port)) {
        problems.push({ where, because: 'bad-port', value: String(port) })
        continue
      }
      const key = portKey(namespace, service, name, protocol)
      const list = byPort.get(key) ?? []
      byPort.set(key, list)
      for (const { addresses, nodeName, conditions } of slice.endpoints) {
        // kube-proxy reads the first address alone.
        const address = parseIp4(addresses[0] ?? '')
        if (address === undefined) {
          problems.push({ where, because: 'bad-address', value: addresses[0] ?? '' })
          continue
        }
        // API defaults: an unknown state is ready, and serving follows ready.
        const ready = conditions?.ready ?? true
        list.push({
          address,
          port,
          node: nodeName ?? null,
          ready,
          serving: conditions?.serving ?? ready,
          terminating: conditions?.terminating ?? false,
        })
      }
    }
  }
  return byPort
}

function portsOf(
  { metadata, spec, status }: KubernetesService,
  endpoints: EndpointsByPort,
  problems: ServiceProblem[],
): readonly ServicePort[] {
  const namespace = metadata?.namespace ?? ''
  const name = metadata?.name ?? ''
  const where = `Service ${namespace}/${name}`
  if (metadata?.labels?.['service.kubernetes.io/service-proxy-name'] !== undefined) return []
  if (!spec?.clusterIP || spec.clusterIP === 'None' || spec.type === 'ExternalName') return []

  const clusterIP = parseIp4(spec.clusterIP)
  if (clusterIP === undefined || !isName(namespace) || !isName(name)) {
    const [because, value] =
      clusterIP === undefined ? (['bad-address', spec.clusterIP] as const) : (['bad-name', where] as const)
    problems.push({ where, because, value })
    return []
  }
  const addresses = (texts: readonly string[]): readonly Ip4[] =>
    texts.flatMap(
      (text) => parseIp4(text) ?? (problems.push({ where, because: 'bad-address', value: text }), []),
    )
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer'
  const externalTrafficPolicy = policy(spec.externalTrafficPolicy)
  const shared = {
    namespace,
    name,
    clusterIP,
    externalIPs: addresses(spec.externalIPs ?? []),
    loadBalancerIPs:
      spec.type === 'LoadBalancer'
        ? addresses(
            (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
              ip === undefined || ip === '' || ipMode === 'Proxy' ? [] : [ip],
            ),
          )
        : [],
    loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? []).flatMap(
      (text) => ip4Prefix(text) ?? (problems.push({ where, because: 'bad-address', value: text }), []),
    ),
    internalTrafficPolicy: policy(spec.internalTrafficPolicy),
    externalTrafficPolicy,
    healthCheckNodePort:
      externalTrafficPolicy === 'Local' && isPort(spec.healthCheckNodePort) ? spec.healthCheckNodePort : null,
    sessionAffinitySeconds:
      spec.sessionAffinity === 'ClientIP'
        ? affinitySeconds(spec.sessionAffinityConfig?.clientIP?.timeoutSeconds)
        : null,
  }
  return (spec.ports ?? []).flatMap(({ name: portName = '', protocol = 'TCP', port, nodePort }) => {
    const problem: ServiceProblem | null = !isPort(port)
      ? { where, because: 'bad-port', value: String(port) }
      : !isProtocol(protocol)
        ? { where, because: 'bad-protocol', value: protocol }
        : portName !== '' && !isName(portName)
          ? { where, because: 'bad-name', value: portName }
          : null
    if (problem || !isProtocol(protocol)) {
      if (problem) problems.push(problem)
      return []
    }
    return [
      {
        ...shared,
        portName,
        protocol,
        port,
        nodePort: external && isPort(nodePort) ? nodePort : null,
        endpoints: endpoints.get(portKey(namespace, name, portName, protocol)) ?? [],
      },
    ]
  })
}

const policy = (text: string | undefined): TrafficPolicy => (text === 'Local' ? 'Local' : 'Cluster')

const isProtocol = (text: string): text is ServiceProtocol =>
  text === 'TCP' || text === 'UDP' || text === 'SCTP'

const isPort = (port: number | undefined): port is number =>
  port !== undefined && Number.isInteger(port) && port > 0 && port <= 65535

/** RFC 1123 names, what the API server admits; they stand in iptables comments, so nothing else may pass. */
const isName = (text: string): boolean => /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text)

/** The API's default is three hours, its maximum a day. */
const affinitySeconds = (seconds = 10800): number =>
  Number.isInteger(seconds) && seconds > 0 && seconds <= 86400 ? seconds : 10800

function ip4Prefix(text: string): Prefix | undefined {
  const parsed = parsePrefix(text.trim())
  return parsed && isIp4(parsed.address) ? parsed : undefined
}
