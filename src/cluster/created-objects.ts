import type { KubernetesApi } from './api.ts'
import { ClusterError } from './cluster-error.ts'

/** What a run has created in the cluster, so that it can all be removed again. */
export interface CreatedObjects {
  /** Notes an object as there from the moment it is asked for, unless the server refuses; passes the answer on. */
  note(path: string, asked: Promise<unknown>): Promise<void>
  /** Removes everything; warns in one line of what could not be removed. Never rejects. */
  remove(warn: (message: string) => void): Promise<void>
}

/** Codes with which the server says that it has not done what was asked. */
const refusals: ReadonlySet<string> = new Set([
  'forbidden',
  'unauthorized',
  'not-found',
  'refused',
  'throttled',
])

/** Milliseconds for one creation or removal, whatever else went wrong. */
export const ownPatience = 10_000

export function createdObjects(api: KubernetesApi): CreatedObjects {
  const made = new Set<string>()
  return {
    async note(path, asked) {
      made.add(path)
      try {
        await asked
      } catch (error) {
        if (error instanceof ClusterError && refusals.has(error.code)) made.delete(path)
        throw error
      }
    },
    async remove(warn) {
      const paths = [...made]
      // Not with the caller's signal: an abort is just when this must happen.
      const removed = await Promise.allSettled(
        paths.map((path) => api.remove(path, { timeoutMs: ownPatience })),
      )
      removed.forEach((one, i) => {
        if (one.status === 'fulfilled') return
        const why = one.reason instanceof Error ? one.reason.message : String(one.reason)
        warn(`podpath: ${objectOf(paths[i] ?? '')} may be left behind (${why}): podpath cleanup removes it`)
      })
    },
  }
}

/** `/api/v1/namespaces/n/pods/p` → `pods p in namespace n`. */
function objectOf(path: string): string {
  const match = /\/namespaces\/([^/]+)(?:\/([^/]+)\/([^/]+))?$/.exec(path)
  return match?.[2] === undefined
    ? `namespace ${match?.[1] ?? path}`
    : `${match[2]} ${match[3] ?? ''} in namespace ${match[1] ?? ''}`
}
