import { microTimestamp } from '../clock.ts'
import { leases, nodes } from '../resources.ts'
import type { Controller, Surroundings } from './surroundings.ts'

const namespace = 'kube-node-lease'
/** Milliseconds between renewals, and seconds that a lease holds without one: the kubelet's own numbers. */
const renewEvery = 10_000
const leaseSeconds = 40

/** Renews each node's lease, by which the real control plane knows that its kubelet lives. */
export function startNodeLeases(around: Surroundings): Controller {
  const { store, clock } = around
  const renew = (): void => {
    const renewTime = microTimestamp(clock.now())
    for (const { metadata, apiVersion, kind } of store.list(nodes)) {
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
  const again = (): void => {
    renew()
    cancel = clock.after(renewEvery, again)
  }
  let cancel = clock.after(0, again)
  return {
    stop() {
      cancel()
    },
  }
}
