import { managedBySelector } from './labels.ts'
import { ClusterError } from './cluster-error.ts'
import type { Cluster } from './connect.ts'
import { listAt, textAt } from './fields.ts'

/** Kinds that podpath creates in a namespace that it was given: deployments first, as they would make their pods anew. */
const scattered = [
  { kind: 'deployment', path: '/apis/apps/v1', resource: 'deployments' },
  { kind: 'pod', path: '/api/v1', resource: 'pods' },
] as const

/** What was found and removed, in words such as `namespace podpath-1f3a`. */
export interface CleanedUp {
  readonly removed: readonly string[]
  /** What is still there, and why. */
  readonly left: readonly { readonly what: string; readonly because: string }[]
}

/**
 * Finds everything that carries podpath's label and removes it: what a `kill -9` left behind, and what another
 * podpath uses right now. Rejects with a ClusterError when the cluster cannot be asked.
 */
export async function cleanUp(
  cluster: Cluster,
  options: { readonly signal?: AbortSignal; readonly dryRun?: boolean } = {},
): Promise<CleanedUp> {
  const { api } = cluster
  const call = { signal: options.signal }
  const query = { labelSelector: managedBySelector }
  const [namespaces, ...others] = await Promise.all([
    api.list('/api/v1/namespaces', query, call),
    ...scattered.map(({ path, resource }) => api.list(`${path}/${resource}`, query, call)),
  ])
  const own = new Set(namespaces.items.map((item) => textAt(item, 'metadata', 'name') ?? ''))
  const doomed = [...own]
    .filter((name) => name !== '')
    .map((name) => ({ what: `namespace ${name}`, path: `/api/v1/namespaces/${name}` }))
  scattered.forEach(({ kind, path, resource }, index) => {
    for (const item of others[index]?.items ?? []) {
      const name = textAt(item, 'metadata', 'name')
      const namespace = textAt(item, 'metadata', 'namespace')
      if (name === undefined || namespace === undefined || own.has(namespace)) continue
      // A deployment's pods go with it.
      if (kind === 'pod' && listAt(item, 'metadata', 'ownerReferences').length > 0) continue
      doomed.push({
        what: `${kind} ${namespace}/${name}`,
        path: `${path}/namespaces/${namespace}/${resource}/${name}`,
      })
    }
  })
  const removed: string[] = []
  const left: { what: string; because: string }[] = []
  await Promise.all(
    doomed.map(async ({ what, path }) => {
      try {
        if (!options.dryRun) await api.remove(path, call)
        removed.push(what)
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error
        left.push({ what, because: error.message })
      }
    }),
  )
  return { removed: removed.sort(), left }
}
