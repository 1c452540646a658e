/** The endpoints of services whose selector, ports or pods are others (the endpoint slice controller, pkg/controller/endpointslice). */
import type {
  EndpointSlice,
  KubernetesObjects,
  Pod,
  Service,
  ServicePort,
} from '../../model/fabric/kubernetes.ts'
import { isIp4 } from '../../model/address/address.ts'

/** Slices that nothing has changed stay what was recorded. */
export function withEndpoints(before: KubernetesObjects, after: KubernetesObjects): KubernetesObjects {
  if (after.services === before.services && after.pods === before.pods) return after
  const changed = after.services.filter((service) => {
    const was = before.services.find((one) => isSame(one, service))
    return was !== service
      ? JSON.stringify([was?.selector, was?.ports]) !== JSON.stringify([service.selector, service.ports])
      : JSON.stringify(behind(service, before.pods)) !== JSON.stringify(behind(service, after.pods))
  })
  const selecting = changed.filter(({ selector }) => selector !== null)
  if (selecting.length === 0) return after
  const kept = after.endpointSlices.filter(
    (slice) =>
      !selecting.some(({ namespace, name }) => slice.namespace === namespace && slice.service === name),
  )
  return {
    ...after,
    endpointSlices: [...kept, ...selecting.flatMap((service) => slicesOf(service, after.pods))],
  }
}

const isSame = (one: Service, other: Service): boolean =>
  one.namespace === other.namespace && one.name === other.name

const podsOf = ({ namespace, selector }: Service, pods: readonly Pod[]): readonly Pod[] =>
  selector === null
    ? []
    : pods.filter(
        (pod) =>
          pod.namespace === namespace &&
          (pod.phase === 'Running' || pod.phase === 'Pending') &&
          pod.addresses.length > 0 &&
          Object.entries(selector).every(
            ([key, value]) => Object.hasOwn(pod.labels, key) && pod.labels[key] === value,
          ),
      )

const behind = (service: Service, pods: readonly Pod[]): readonly string[] =>
  podsOf(service, pods).map(({ name }) => name)

/** A slice for each set of port numbers: a named port is another one in other pods. */
function slicesOf(service: Service, pods: readonly Pod[]): readonly EndpointSlice[] {
  const byPorts = new Map<string, { ports: EndpointSlice['ports']; pods: Pod[] }>()
  for (const pod of podsOf(service, pods)) {
    const ports = service.ports.flatMap((port) => {
      const number = targetOf(port, pod)
      return number === null ? [] : [{ name: port.name, protocol: port.protocol, port: number }]
    })
    const key = JSON.stringify(ports)
    const group = byPorts.get(key)
    if (group) group.pods.push(pod)
    else byPorts.set(key, { ports, pods: [pod] })
  }
  return [...byPorts.values()].map((group) => ({
    namespace: service.namespace,
    service: service.name,
    ports: group.ports,
    endpoints: group.pods.map((pod) => ({
      addresses: pod.addresses.filter(isIp4).slice(0, 1),
      ready: pod.ready,
      serving: pod.ready,
      terminating: false,
      pod: pod.name,
      nodeName: pod.nodeName,
    })),
  }))
}

/** Null: the pod has no port of that name, and then it is no endpoint of it. */
function targetOf({ targetPort, protocol }: ServicePort, { ports }: Pod): number | null {
  if (typeof targetPort === 'number') return targetPort
  return ports.find((one) => one.name === targetPort && one.protocol === protocol)?.containerPort ?? null
}
