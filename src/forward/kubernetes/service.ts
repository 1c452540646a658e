import { formatIp, type Ip } from '../../model/address/address.ts'
import type { Decision } from '../../model/path/path.ts'
import { namedPort, protocolNumber, type CompiledObjects } from './compile-objects.ts'
import type { Endpoint, EndpointSlice, Pod, Service, ServicePort } from '../../model/fabric/kubernetes.ts'
import { selects } from '../../kubernetes/selector.ts'

/** Where a service's packets may end up, and why they may not. */
export interface ServiceExplanation {
  readonly service: Service
  /** Null: the service has no such port. */
  readonly port: ServicePort | null
  /** What kube-proxy chooses from. */
  readonly endpoints: readonly ChosenEndpoint[]
  readonly decisions: readonly Decision[]
  readonly problems: readonly ServiceProblem[]
}

export interface ChosenEndpoint {
  readonly address: Ip
  readonly port: number
  readonly pod: string | null
  readonly nodeName: string | null
}

export type ServiceProblem =
  /** The service answers on other ports. */
  | { readonly code: 'no-such-port'; readonly service: string; readonly ports: readonly string[] }
  | { readonly code: 'endpoints-unknown'; readonly service: string }
  /** The selector selects no pod at all. */
  | { readonly code: 'selects-no-pod'; readonly service: string; readonly selector: string }
  /** There are pods, and none of them is ready. */
  | { readonly code: 'not-ready'; readonly service: string; readonly pods: readonly string[] }
  /** No endpoint, for a reason that the objects do not tell. */
  | { readonly code: 'no-endpoints'; readonly service: string }
  /** The target port's name is no container port of these pods: they are left out. */
  | {
      readonly code: 'no-such-target-port'
      readonly service: string
      readonly targetPort: string
      readonly pods: readonly string[]
    }
  /**
   * The number is none that these pods declare. Declaring is not listening, so this alone loses no packet; it is the
   * first place to look when connections are refused.
   */
  | {
      readonly code: 'target-port-not-declared'
      readonly service: string
      readonly targetPort: number
      readonly pods: readonly string[]
      readonly declared: readonly number[]
    }

/** Which service port a packet to this address meets: by cluster or external address. */
export function explainService(
  compiled: CompiledObjects,
  address: Ip,
  port: number,
  protocol: number,
): ServiceExplanation | null {
  const service = compiled.servicesByAddress.get(address)
  return service === undefined ? null : explainPort(compiled, service, port, protocol)
}

export function explainPort(
  compiled: CompiledObjects,
  service: Service,
  port: number,
  protocol: number,
): ServiceExplanation {
  const name = `${service.namespace}/${service.name}`
  const found = service.ports.find((p) => p.port === port && protocolNumber(p.protocol) === protocol) ?? null
  if (found === null) {
    const ports = service.ports.map((p) => `${p.protocol} ${p.port}`)
    return {
      service,
      port: null,
      endpoints: [],
      decisions: [
        { stage: 'service', by: serviceLine(service, null), effect: `no port ${port} of this protocol` },
      ],
      problems: [{ code: 'no-such-port', service: name, ports }],
    }
  }
  const slices = compiled.objects.endpointSlices.filter(
    (slice) => slice.namespace === service.namespace && slice.service === service.name,
  )
  const endpoints = chosen(slices, found)
  const pods = selectedPods(compiled, service)
  const problems = [
    ...(endpoints.length === 0 ? [whyNone(compiled, service, found, slices, pods)] : []),
    ...targetPortProblems(name, found, pods),
  ]
  const ways = endpoints.map((e) => `${formatIp(e.address)}:${e.port}`).join(', ')
  const effect =
    endpoints.length > 0
      ? `one of ${ways}`
      : problems.some((problem) => problem.code === 'endpoints-unknown')
        ? 'its endpoints are not recorded'
        : 'has no endpoint to send to'
  const decisions: readonly Decision[] = [{ stage: 'service', by: serviceLine(service, found), effect }]
  return { service, port: found, endpoints, decisions, problems }
}

/** `Service default/web: ClusterIP 10.100.200.50, TCP 80 -> 8080` */
export function serviceLine(service: Service, port: ServicePort | null): string {
  const addresses = service.clusterAddresses.map(formatIp).join(' ')
  const ports = (port === null ? service.ports : [port]).map(
    (p) => `${p.protocol} ${p.port} -> ${p.targetPort}`,
  )
  return `Service ${service.namespace}/${service.name}: ${service.type} ${addresses === '' ? 'None' : addresses}, ${ports.join(', ')}`
}

/**
 * kube-proxy takes the ready endpoints; where there is none, those that are terminating and still serve
 * (kubernetes/kubernetes pkg/proxy/topology.go, CategorizeEndpoints).
 */
function chosen(slices: readonly EndpointSlice[], port: ServicePort): readonly ChosenEndpoint[] {
  const take = (fits: (endpoint: Endpoint) => boolean): readonly ChosenEndpoint[] =>
    slices.flatMap((slice) =>
      slice.ports
        .filter((p) => p.name === port.name && p.protocol === port.protocol)
        .flatMap(({ port: number }) =>
          number === null
            ? []
            : slice.endpoints.filter(fits).flatMap((endpoint) =>
                endpoint.addresses.slice(0, 1).map((address) => ({
                  address,
                  port: number,
                  pod: endpoint.pod,
                  nodeName: endpoint.nodeName,
                })),
              ),
        ),
    )
  const ready = take((endpoint) => endpoint.ready)
  return ready.length > 0 ? ready : take((endpoint) => endpoint.serving && endpoint.terminating)
}

const selectedPods = (compiled: CompiledObjects, service: Service): readonly Pod[] => {
  const matchLabels = service.selector
  if (matchLabels === null) return []
  return compiled.objects.pods.filter(
    (pod) =>
      pod.namespace === service.namespace &&
      pod.phase !== 'Succeeded' &&
      pod.phase !== 'Failed' &&
      selects({ matchLabels, matchExpressions: [] }, pod.labels),
  )
}

function whyNone(
  compiled: CompiledObjects,
  service: Service,
  port: ServicePort,
  slices: readonly EndpointSlice[],
  pods: readonly Pod[],
): ServiceProblem {
  const name = `${service.namespace}/${service.name}`
  const { missing } = compiled.objects
  if (missing.includes('endpointslices')) return { code: 'endpoints-unknown', service: name }
  if (service.selector !== null && pods.length === 0 && !missing.includes('pods')) {
    const selector = Object.entries(service.selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')
    return { code: 'selects-no-pod', service: name, selector }
  }
  const unready = pods.filter((pod) => !pod.ready).map((pod) => pod.name)
  if (unready.length > 0 && unready.length === pods.length)
    return { code: 'not-ready', service: name, pods: unready }
  const listed = slices.flatMap((slice) => slice.endpoints)
  if (listed.length > 0 && slices.some((slice) => slice.ports.some((p) => p.name === port.name)))
    return { code: 'not-ready', service: name, pods: listed.flatMap((endpoint) => endpoint.pod ?? []) }
  return { code: 'no-endpoints', service: name }
}

function targetPortProblems(
  service: string,
  port: ServicePort,
  pods: readonly Pod[],
): readonly ServiceProblem[] {
  const { targetPort, protocol } = port
  if (typeof targetPort === 'string') {
    const lacking = pods.filter((pod) => namedPort(pod, targetPort, protocol) === null)
    return lacking.length === 0
      ? []
      : [{ code: 'no-such-target-port', service, targetPort, pods: lacking.map((pod) => pod.name) }]
  }
  const declared = (pod: Pod): readonly number[] =>
    pod.ports.filter((p) => p.protocol === protocol).map((p) => p.containerPort)
  // A pod that declares nothing says nothing.
  const lacking = pods.filter((pod) => declared(pod).length > 0 && !declared(pod).includes(targetPort))
  if (lacking.length === 0) return []
  return [
    {
      code: 'target-port-not-declared',
      service,
      targetPort,
      pods: lacking.map((pod) => pod.name),
      declared: [...new Set(lacking.flatMap(declared))].sort((a, b) => a - b),
    },
  ]
}
