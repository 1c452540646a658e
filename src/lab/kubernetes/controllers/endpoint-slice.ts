import { ownerReference } from '../objects/meta.ts'
import { isFinished, isReady, type Pod } from '../objects/pod.ts'
import type { EndpointAddress, Endpoints, EndpointSlice, Service, ServicePort } from '../objects/service.ts'
import { safeString } from '../random.ts'
import { endpoints, endpointSlices, nodes, pods, services } from '../resources.ts'
import type { Controller, Surroundings } from './surroundings.ts'
import { keyOf, splitKey } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

const serviceLabel = 'kubernetes.io/service-name'
const managedLabel = 'endpointslice.kubernetes.io/managed-by'
const manager = 'endpointslice-controller.k8s.io'

/** Keeps the EndpointSlice and the Endpoints object of every service that has a selector. */
export function startEndpointSliceController(around: Surroundings): Controller {
  const { store, random } = around

  const queue = workQueue((key) => {
    const { namespace, name } = splitKey(key)
    const service = store.find(services, namespace, name)
    const mine = store
      .list(endpointSlices, namespace)
      .filter(
        ({ metadata }) =>
          metadata.labels?.[serviceLabel] === name && metadata.labels[managedLabel] === manager,
      )
    if (service?.spec.selector === undefined || Object.keys(service.spec.selector).length === 0) {
      for (const slice of service === undefined ? mine : []) store.remove(endpointSlices, slice)
      return
    }
    const { selector } = service.spec
    const chosen = store
      .list(pods, namespace)
      .filter(
        (pod) =>
          !isFinished(pod) &&
          pod.status?.podIP !== undefined &&
          Object.entries(selector).every(([label, value]) => pod.metadata.labels?.[label] === value),
      )
    const zone = (node: string | undefined): string | undefined =>
      store.find(nodes, undefined, node ?? '')?.metadata.labels?.['topology.kubernetes.io/zone']
    writeSlice(service, chosen, mine, zone)
    writeEndpoints(service, chosen)
  }, around.failed)

  const writeSlice = (
    service: Service,
    chosen: readonly Pod[],
    mine: readonly EndpointSlice[],
    zone: (node: string | undefined) => string | undefined,
  ): void => {
    const { name, namespace = 'default', labels } = service.metadata
    const content = {
      addressType: 'IPv4',
      endpoints: chosen.map((pod) => endpointOf(pod, service, zone(pod.spec.nodeName))),
      ports: (service.spec.ports ?? []).map((port) => ({
        name: port.name ?? '',
        protocol: port.protocol ?? 'TCP',
        port: targetPort(port, chosen[0]),
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      })),
    }
    const metadata = {
      labels: { ...labels, [serviceLabel]: name, [managedLabel]: manager, ...headless(service) },
      ownerReferences: [ownerReference(service)],
    }
    const [first] = mine
    if (first === undefined) {
      store.create(endpointSlices, {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          ...metadata,
          name: `${name}-${safeString(random, 5)}`,
          generateName: `${name}-`,
          namespace,
        },
        ...content,
      })
    } else {
      store.change(endpointSlices, first, (slice) => ({
        ...slice,
        ...content,
        metadata: { ...slice.metadata, ...metadata },
      }))
    }
  }

  const writeEndpoints = (service: Service, chosen: readonly Pod[]): void => {
    const { name, namespace = 'default', labels } = service.metadata
    const address = (pod: Pod): EndpointAddress => ({
      ip: pod.status?.podIP ?? '',
      ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
      targetRef: referenceOf(pod),
    })
    const living = chosen.filter((pod) => pod.metadata.deletionTimestamp === undefined)
    const ready = living.filter((pod) => isReady(pod) || service.spec.publishNotReadyAddresses === true)
    const notReady = living.filter((pod) => !ready.includes(pod))
    const content: Pick<Endpoints, 'subsets'> =
      living.length === 0
        ? {}
        : {
            subsets: [
              {
                ...(ready.length > 0 ? { addresses: sortedByIp(ready.map(address)) } : {}),
                ...(notReady.length > 0 ? { notReadyAddresses: sortedByIp(notReady.map(address)) } : {}),
                ports: (service.spec.ports ?? []).map((port) => ({
                  ...(port.name === undefined ? {} : { name: port.name }),
                  port: targetPort(port, living[0]),
                  protocol: port.protocol ?? 'TCP',
                })),
              },
            ],
          }
    const current = store.find(endpoints, namespace, name)
    if (current === undefined) {
      store.create(endpoints, {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
        ...content,
      })
    } else {
      store.change(endpoints, current, ({ subsets: _old, ...rest }) => ({ ...rest, ...content }))
    }
  }

  const ofPod = (pod: Pod | undefined): void => {
    if (pod === undefined) return
    for (const service of store.list(services, pod.metadata.namespace)) {
      const selector = Object.entries(service.spec.selector ?? {})
      if (selector.length > 0 && selector.every(([label, value]) => pod.metadata.labels?.[label] === value)) {
        queue.add(keyOf(service))
      }
    }
  }
  const stops = [
    store.subscribe(services, ({ type, object }) => {
      queue.add(keyOf(object))
      const { namespace, name } = object.metadata
      const old = type === 'DELETED' ? store.find(endpoints, namespace, name) : undefined
      if (old !== undefined) store.remove(endpoints, old)
    }),
    store.subscribe(pods, ({ object, previous }) => {
      ofPod(object)
      ofPod(previous)
    }),
  ]
  for (const service of store.list(services)) queue.add(keyOf(service))
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
    },
  }
}

const headless = ({ spec }: Service): Readonly<Record<string, string>> =>
  spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}

const referenceOf = ({ metadata }: Pod) => ({
  kind: 'Pod',
  namespace: metadata.namespace ?? 'default',
  name: metadata.name,
  uid: metadata.uid,
})

function endpointOf(
  pod: Pod,
  service: Service,
  zone: string | undefined,
): EndpointSlice['endpoints'][number] {
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const serving = isReady(pod)
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: referenceOf(pod),
    ...(zone === undefined ? {} : { zone }),
  }
}

/** A service's target port as a number: named ports are looked up in the pod's containers. */
function targetPort({ port, targetPort: target }: ServicePort, pod: Pod | undefined): number {
  if (typeof target === 'number') return target
  if (target === undefined || target === '') return port
  const named = pod?.spec.containers
    .flatMap(({ ports }) => ports ?? [])
    .find(({ name }) => name === target)?.containerPort
  return named ?? (Number(target) || port)
}

/** As text, like the real controller does (api/v1/endpoints/util.go, LessEndpointAddress). */
const sortedByIp = (addresses: readonly EndpointAddress[]): readonly EndpointAddress[] =>
  [...addresses].sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0))
