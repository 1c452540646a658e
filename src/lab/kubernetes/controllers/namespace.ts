import { deleteObject } from '../deletion.ts'
import { configMaps, namespaces, resources, serviceAccounts } from '../resources.ts'
import type { Controller, Surroundings } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

/**
 * Gives each namespace its `default` service account and the cluster's CA, and empties the ones that are being
 * deleted before it lets them go.
 */
export function startNamespaceController(around: Surroundings, certificateAuthority: string): Controller {
  const { store, clock } = around

  const queue = workQueue((name) => {
    const namespace = store.find(namespaces, undefined, name)
    if (namespace === undefined) return
    if (namespace.metadata.deletionTimestamp === undefined) {
      furnish(name)
      return
    }
    let left = 0
    for (const of of resources) {
      if (!of.namespaced) continue
      for (const object of store.list(of, name)) {
        if (object.metadata.deletionTimestamp === undefined) {
          const { gone } = deleteObject(store, clock, of, name, object.metadata.name, {})
          if (gone) continue
        }
        left++
      }
    }
    if (left === 0 && (namespace.metadata.finalizers ?? []).length === 0) store.remove(namespaces, namespace)
  }, around.failed)

  const furnish = (namespace: string): void => {
    if (store.find(serviceAccounts, namespace, 'default') === undefined) {
      store.create(serviceAccounts, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace },
      })
    }
    if (store.find(configMaps, namespace, 'kube-root-ca.crt') === undefined) {
      store.create(configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'kube-root-ca.crt',
          namespace,
          annotations: {
            'kubernetes.io/description':
              'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
          },
        },
        data: { 'ca.crt': certificateAuthority },
      })
    }
  }

  const stops = [
    store.subscribe(namespaces, ({ type, object }) => {
      // A pod made together with its namespace finds its service account there.
      if (type === 'ADDED') furnish(object.metadata.name)
      else if (type === 'MODIFIED') queue.add(object.metadata.name)
    }),
    ...resources
      .filter(({ namespaced }) => namespaced)
      .map((of) =>
        store.subscribe(of, ({ type, object }) => {
          const name = object.metadata.namespace ?? ''
          if (type !== 'DELETED') return
          queue.add(name)
        }),
      ),
  ]
  for (const { metadata } of store.list(namespaces)) furnish(metadata.name)
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
    },
  }
}
