import { servicePorts } from '../../intent/kube-proxy/from-kubernetes.ts'
import type { ServicePort } from '../../intent/kube-proxy/service-port.ts'
import type { Controller, Surroundings } from './controllers/surroundings.ts'
import { type DnsZone, dnsZone } from './dns-zone.ts'
import { endpointSlices, namespaces, services } from './resources.ts'

/** What makes services reachable on every node: kube-proxy, in the lab's data plane. */
export interface ServiceProxy {
  /** Brings every node's rules to these services. Not called again before the last call has ended. */
  sync(services: readonly ServicePort[]): Promise<void>
}

/** kube-proxy's minSyncPeriod is 1 s; the lab is small and people wait for it. Milliseconds. */
const pause = 20

/** kube-proxy tries a failed sync again after its syncPeriod of 30 s. Milliseconds. */
const pauseAfterFailure = 1_000

/** Calls back with the services and with CoreDNS's zone when they have changed, several changes in one call. */
export function startServicePublisher(
  around: Surroundings,
  proxy: ServiceProxy | undefined,
  publishZone: ((zone: DnsZone) => void) | undefined,
): Controller {
  const { store, clock } = around
  let waiting: (() => void) | undefined
  let retry: (() => void) | undefined
  let busy = false
  let again = false
  let stopped = false
  let lastZone = ''
  let lastPorts = ''

  const publish = async (): Promise<void> => {
    waiting = undefined
    if (busy) {
      again = true
      return
    }
    busy = true
    try {
      const all = store.list(services)
      const slices = store.list(endpointSlices)
      const { ports } = servicePorts(all, slices)
      const text = JSON.stringify(ports)
      if (text !== lastPorts) {
        lastPorts = text
        await proxy?.sync(ports)
      }
      const zone = dnsZone(
        all,
        slices,
        store.list(namespaces).map(({ metadata }) => metadata.name),
      )
      const zoneText = JSON.stringify(zone)
      if (zoneText !== lastZone) {
        lastZone = zoneText
        publishZone?.(zone)
      }
    } catch (error) {
      lastPorts = ''
      around.failed(error)
      if (!stopped) retry = clock.after(pauseAfterFailure, plan)
    } finally {
      busy = false
    }
    if (again) {
      again = false
      plan()
    }
  }
  const plan = (): void => {
    if (stopped) return
    waiting ??= clock.after(pause, () => {
      void publish()
    })
  }
  const stops = [
    store.subscribe(services, plan),
    store.subscribe(endpointSlices, plan),
    store.subscribe(namespaces, plan),
  ]
  plan()
  return {
    stop() {
      stopped = true
      waiting?.()
      retry?.()
      for (const stop of stops) stop()
    },
  }
}
