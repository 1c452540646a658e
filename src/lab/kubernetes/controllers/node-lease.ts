import { microTimestamp, timestamp } from '../clock.ts'
import { isLost } from '../objects/node.ts'
import { leases, nodes } from '../resources.ts'
import type { Controller, Surroundings } from './surroundings.ts'

const namespace = 'kube-node-lease'
/** Milliseconds between renewals, and seconds that a lease holds without one: the kubelet's own numbers. */
const renewEvery = 10_000
const leaseSeconds = 40
/** Milliseconds between reports of a status that has not changed (nodeStatusReportFrequency). */
const reportEvery = 300_000

/** Renews each node's lease, by which the real control plane knows that its kubelet lives, and its conditions' heartbeats. */
export function startNodeLeases(around: Surroundings): Controller {
  const { store, clock } = around
  const living = () => store.list(nodes).filter((node) => !isLost(node))
  const renew = (): void => {
    const renewTime = microTimestamp(clock.now())
    for (const { metadata, apiVersion, kind } of living()) {
      const { name, uid } = metadata
      const spec = { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime }
      const known = store.find(leases, namespace, name)
      if (known !== undefined) store.change(leases, known, (lease) => ({ ...lease, spec }))
      else {
        store.create(leases, {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name, namespace, ownerReferences: [{ apiVersion, kind, name, uid }] },
          spec,
        })
      }
    }
  }
  const report = (): void => {
    const lastHeartbeatTime = timestamp(clock.now())
    for (const one of living()) {
      store.change(nodes, one, (node) => ({
        ...node,
        status: {
          ...node.status,
          conditions: (node.status?.conditions ?? []).map((condition) => ({
            ...condition,
            lastHeartbeatTime,
          })),
        },
      }))
    }
  }
  let reported = clock.now()
  const again = (): void => {
    renew()
    if (clock.now() - reported >= reportEvery) {
      reported = clock.now()
      report()
    }
    cancel = clock.after(renewEvery, again)
  }
  let cancel = clock.after(0, again)
  return {
    stop() {
      cancel()
    },
  }
}
