import { setTimeout as delay } from 'node:timers/promises'
import { ClusterError } from '../api/cluster-error.ts'
import { printable } from '../../edge/printable.ts'
import type { Cluster } from '../access/connect.ts'
import { pathOf, type CreatedObject } from './created-objects.ts'
import { listAt, textAt } from '../../edge/fields.ts'
import { managedBySelector } from '../api/labels.ts'

/** Kinds that podpath creates in a namespace that it was given: deployments first, as they would make their pods anew. */
const scattered = [
  { kind: 'deployment', path: '/apis/apps/v1/deployments' },
  { kind: 'pod', path: '/api/v1/pods' },
] as const

/** Something of podpath's in the cluster. */
export interface Found {
  readonly object: CreatedObject
  /** Tells it from a later one of its name. */
  readonly uid: string
  /** Its removal was asked for before, by whomever. */
  readonly ending: boolean
  /** What its end waits for, in the cluster's words; null: it does not say. */
  readonly waitsFor: string | null
}

/** What was found, and what became of it. */
export interface CleanedUp {
  /** Seen to be gone. */
  readonly removed: readonly Found[]
  /** On its way, and not gone in time. */
  readonly ending: readonly Found[]
  /** What the server would not remove, and why. */
  readonly left: readonly { readonly found: Found; readonly because: string }[]
}

export interface CleanUpOptions {
  readonly signal?: AbortSignal
  /** Milliseconds to wait until all is gone. */
  readonly patienceMs: number
  /** Told how many are not gone yet, whenever that changes. */
  readonly onWaiting?: (count: number) => void
}

/** Milliseconds between two looks: the first, and the longest; a namespace takes a cluster some seconds. */
const pauses = { first: 250, longest: 2_000 } as const

/**
 * Everything that carries podpath's label: what a `kill -9` left behind, and what another podpath uses right now. Rejects with a
 * ClusterError when the cluster cannot be asked.
 */
export async function findOwn({ api }: Cluster, signal?: AbortSignal): Promise<readonly Found[]> {
  const query = { labelSelector: managedBySelector }
  const [namespaces, ...others] = await Promise.all([
    api.list('/api/v1/namespaces', query, { signal }),
    ...scattered.map(({ path }) => api.list(path, query, { signal })),
  ])
  const own = namespaces.items.flatMap((item) => foundIn('namespace', item))
  const names = new Set(own.map(({ object }) => object.name))
  const loose = scattered.flatMap(({ kind }, index) =>
    (others[index]?.items ?? [])
      // A deployment's pods go with it.
      .filter((item) => kind !== 'pod' || listAt(item, 'metadata', 'ownerReferences').length === 0)
      .flatMap((item) => foundIn(kind, item))
      .filter(({ object }) => !names.has(object.namespace ?? '')),
  )
  return [...own, ...loose].sort((a, b) => (pathOf(a.object) < pathOf(b.object) ? -1 : 1))
}

function foundIn(kind: CreatedObject['kind'], item: unknown): readonly Found[] {
  const name = textAt(item, 'metadata', 'name')
  const namespace = kind === 'namespace' ? null : textAt(item, 'metadata', 'namespace')
  if (name === undefined || name === '' || namespace === undefined) return []
  return [
    {
      object: { kind, namespace, name },
      uid: textAt(item, 'metadata', 'uid') ?? '',
      ending: textAt(item, 'metadata', 'deletionTimestamp') !== undefined,
      waitsFor: waitsFor(item),
    },
  ]
}

/** A namespace says in conditions what its end waits for (k8s.io/api, core/v1, NamespaceConditionType); anything else by its finalizers. */
function waitsFor(item: unknown): string | null {
  const said = listAt(item, 'status', 'conditions').flatMap((one) => {
    const message = textAt(one, 'message') ?? ''
    const type = textAt(one, 'type') ?? ''
    return type.startsWith('Namespace') && textAt(one, 'status') === 'True' && message !== '' ? [message] : []
  })
  const finalizers = listAt(item, 'metadata', 'finalizers').map(String)
  const all = [...said, ...(finalizers.length === 0 ? [] : [`finalizers ${finalizers.join(', ')}`])]
  return all.length === 0 ? null : printable(all.join('; '))
}

/**
 * Removes what was found, and waits until it is gone. What goes on being there is said to be: its removal was taken, or was not.
 * Rejects with a ClusterError when the cluster cannot be asked.
 */
export async function cleanUp(
  cluster: Cluster,
  found: readonly Found[],
  { signal, patienceMs, onWaiting }: CleanUpOptions,
): Promise<CleanedUp> {
  const until = performance.now() + patienceMs
  const left: { found: Found; because: string }[] = []
  const asked: Found[] = []
  await Promise.all(
    found.map(async (one) => {
      try {
        await cluster.api.remove(pathOf(one.object), { signal })
        asked.push(one)
      } catch (error) {
        if (!(error instanceof ClusterError) || error.code === 'aborted') throw error
        left.push({ found: one, because: error.message })
      }
    }),
  )
  let pause: number = pauses.first
  let told = 0
  for (;;) {
    const now = new Map((await findOwn(cluster, signal)).map((one) => [one.uid, one]))
    const ending = asked.flatMap(({ uid }) => now.get(uid) ?? [])
    if (ending.length === 0 || performance.now() >= until)
      return { removed: asked.filter(({ uid }) => !now.has(uid)).sort(inOrderOf(found)), ending, left }
    if (ending.length !== told) onWaiting?.(ending.length)
    told = ending.length
    await delay(Math.min(pause, until - performance.now()), undefined, { signal })
    pause = Math.min(pause * 2, pauses.longest)
  }
}

const inOrderOf =
  (all: readonly Found[]) =>
  (a: Found, b: Found): number =>
    all.indexOf(a) - all.indexOf(b)
