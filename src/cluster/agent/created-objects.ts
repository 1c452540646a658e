import type { KubernetesApi } from '../api/api.ts'
import { ClusterError } from '../api/cluster-error.ts'

/** Something that podpath makes in a cluster; a namespace lies in none. */
export interface CreatedObject {
  readonly kind: 'namespace' | 'pod' | 'deployment'
  readonly namespace: string | null
  readonly name: string
}

/** What a run made and did not remove. */
export interface LeftBehind {
  readonly object: CreatedObject
  /** What the server answered, or that it did not. Null: it was not asked yet. */
  readonly because: string | null
  /** False: the removal was asked for, and nobody knows what came of it. */
  readonly certain: boolean
}

/** What is in a cluster now because podpath made it: whoever ends podpath, and however, can say it. */
export type Made = Map<CreatedObject, LeftBehind>

/** What a run has created in the cluster, so that it can all be removed again. */
export interface CreatedObjects {
  /** Notes an object as there from the moment it is asked for, unless the server refuses; passes the answer on. */
  note(object: CreatedObject, asked: Promise<unknown>): Promise<void>
  /** Has everything removed; what is not stays among what is made, and is told. The cluster may take a while to do it. Never rejects. */
  remove(left: (left: LeftBehind) => void): Promise<void>
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

export function createdObjects(api: KubernetesApi, made: Made): CreatedObjects {
  const own = new Set<CreatedObject>()
  const isRefusal = (error: unknown): boolean => error instanceof ClusterError && refusals.has(error.code)
  return {
    async note(object, asked) {
      own.add(object)
      made.set(object, { object, because: null, certain: false })
      try {
        await asked
      } catch (error) {
        if (isRefusal(error)) {
          own.delete(object)
          made.delete(object)
        }
        throw error
      }
    },
    async remove(left) {
      await Promise.all(
        [...own].map(async (object) => {
          try {
            // Not with the caller's signal: an abort is just when this must happen.
            await api.remove(pathOf(object), { timeoutMs: ownPatience })
            made.delete(object)
          } catch (error) {
            const because = error instanceof Error ? error.message : String(error)
            const behind = { object, because, certain: isRefusal(error) }
            made.set(object, behind)
            left(behind)
          }
        }),
      )
    },
  }
}

/** Where the API has it. */
export function pathOf({ kind, namespace, name }: CreatedObject): string {
  const within = `namespaces/${namespace ?? ''}`
  switch (kind) {
    case 'namespace':
      return `/api/v1/namespaces/${name}`
    case 'pod':
      return `/api/v1/${within}/pods/${name}`
    case 'deployment':
      return `/apis/apps/v1/${within}/deployments/${name}`
  }
}

/** The words of kubectl that remove it. */
export const kubectlDelete = ({ kind, namespace, name }: CreatedObject): readonly string[] => [
  'delete',
  kind,
  name,
  ...(namespace === null ? [] : ['--namespace', namespace]),
]
