import { isDeepStrictEqual } from 'node:util'
import { type Clock, timestamp } from './clock.ts'
import type { Draft, KubeObject, ObjectMeta } from './objects/meta.ts'
import { type Random, safeString, uuid } from './random.ts'
import type { Resource } from './resources.ts'
import { alreadyExists, modified, notFound, StatusError } from './status.ts'

/** One change, as watches tell it. `previous` is the object before it. */
export interface Change<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: number
  readonly object: T
  readonly previous: T | undefined
}

export type Listener<T extends KubeObject> = (change: Change<T>) => void

interface Shelf {
  readonly objects: Map<string, KubeObject>
  readonly listeners: Set<Listener<KubeObject>>
  history: Change[]
  /** Changes up to this revision are forgotten. */
  forgotten: number
  /** All objects by key, in order. Handed out by `list`, so it is copied before the next change. */
  sorted: KubeObject[]
  handedOut: boolean
}

export interface StoreOptions {
  readonly clock: Clock
  readonly random: Random
  /** Changes remembered of each kind for watches that come back; a watch from before gets 410. */
  readonly historyLimit?: number
}

/**
 * The cluster's state: every object in its newest version, and the changes that led there.
 * All of it is synchronous, so a reader always sees a whole state, and writers need no locks.
 * Objects are never changed in place: who holds one holds a version of it.
 */
export class Store {
  readonly #shelves = new Map<Resource, Shelf>()
  readonly #clock: Clock
  readonly #random: Random
  readonly #historyLimit: number
  /** Changes that listeners have yet to hear of, oldest first. */
  readonly #untold: { readonly shelf: Shelf; readonly change: Change }[] = []
  #telling = false
  #revision = 1

  constructor(options: StoreOptions) {
    this.#clock = options.clock
    this.#random = options.random
    this.#historyLimit = options.historyLimit ?? 4096
  }

  /** The revision of the last change; what `metadata.resourceVersion` of a list says. */
  get revision(): number {
    return this.#revision
  }

  /** The objects of a kind, of one namespace or of all, sorted by namespace and name as etcd sorts its keys. */
  list<T extends KubeObject>(of: Resource<T>, namespace?: string): readonly T[] {
    const shelf = this.#shelf(of)
    shelf.handedOut = true
    const all = shelf.sorted as unknown as readonly T[]
    if (namespace === undefined) return all
    const first = placeOf(shelf.sorted, `${namespace}/`)
    let end = first
    while (all[end]?.metadata.namespace === namespace) end++
    return all.slice(first, end)
  }

  /** How many objects of a kind there are. */
  count(of: Resource): number {
    return this.#shelf(of).objects.size
  }

  find<T extends KubeObject>(of: Resource<T>, namespace: string | undefined, name: string): T | undefined {
    return this.#shelf(of).objects.get(keyOf(namespace, name)) as T | undefined
  }

  /** As `find`, but a missing object is a 404. */
  get<T extends KubeObject>(of: Resource<T>, namespace: string | undefined, name: string): T {
    const found = this.find(of, namespace, name)
    if (found === undefined) throw notFound(of, name)
    return found
  }

  /** Keeps a new object. The server's own metadata is filled in; `generateName` becomes a name. */
  create<T extends KubeObject>(of: Resource<T>, draft: Draft<T>): T {
    const shelf = this.#shelf(of)
    const name = draft.metadata.name ?? this.#freeName(shelf, draft.metadata)
    const key = keyOf(draft.metadata.namespace, name)
    if (shelf.objects.has(key)) throw alreadyExists(of, name)
    const metadata: ObjectMeta = {
      ...draft.metadata,
      name,
      uid: draft.metadata.uid ?? uuid(this.#random),
      resourceVersion: String(this.#revision + 1),
      creationTimestamp: timestamp(this.#clock.now()),
      ...(of.generation ? { generation: 1 } : {}),
    }
    const object = { ...draft, metadata } as unknown as T
    shelf.objects.set(key, object)
    this.#publish(shelf, 'ADDED', object, undefined)
    return object
  }

  /**
   * Replaces an object by what `change` makes of it. The same object, or one that says the same, is no change.
   * With `expected`, the version must still be that one, or it is a 409.
   * An object that is being deleted goes with its last finalizer.
   */
  update<T extends KubeObject>(
    of: Resource<T>,
    namespace: string | undefined,
    name: string,
    change: (current: T) => T,
    expected?: string,
  ): T {
    const shelf = this.#shelf(of)
    const current = this.get(of, namespace, name)
    if (expected !== undefined && expected !== '' && expected !== current.metadata.resourceVersion) {
      throw modified(of, name)
    }
    const wanted = change(current)
    if (wanted === current || isDeepStrictEqual(wanted, current)) return current
    const metadata: ObjectMeta = {
      ...wanted.metadata,
      name: current.metadata.name,
      ...(current.metadata.namespace === undefined ? {} : { namespace: current.metadata.namespace }),
      uid: current.metadata.uid,
      creationTimestamp: current.metadata.creationTimestamp,
      resourceVersion: String(this.#revision + 1),
      ...(of.generation ? { generation: nextGeneration(current, wanted) } : {}),
    }
    const object = { ...wanted, metadata }
    const finalized =
      metadata.deletionTimestamp !== undefined &&
      (metadata.finalizers?.length ?? 0) === 0 &&
      (current.metadata.finalizers?.length ?? 0) > 0 &&
      (metadata.deletionGracePeriodSeconds ?? 0) === 0
    if (finalized) {
      shelf.objects.delete(keyOf(namespace, name))
      this.#publish(shelf, 'DELETED', object, current)
    } else {
      shelf.objects.set(keyOf(namespace, name), object)
      this.#publish(shelf, 'MODIFIED', object, current)
    }
    return object
  }

  /** As `update`, but an object that is gone already is no error. */
  change<T extends KubeObject>(of: Resource<T>, object: T, change: (current: T) => T): T | undefined {
    const { namespace, name, uid } = object.metadata
    const current = this.find(of, namespace, name)
    return current?.metadata.uid === uid ? this.update(of, namespace, name, change) : undefined
  }

  /** Takes the object out, whatever its finalizers say. No error when it is gone or has been replaced. */
  remove<T extends KubeObject>(of: Resource<T>, object: T): void {
    const { namespace, name, uid } = object.metadata
    const shelf = this.#shelf(of)
    const current = this.find(of, namespace, name)
    if (current?.metadata.uid !== uid) return
    shelf.objects.delete(keyOf(namespace, name))
    const last = {
      ...current,
      metadata: { ...current.metadata, resourceVersion: String(this.#revision + 1) },
    }
    this.#publish(shelf, 'DELETED', last, current)
  }

  /**
   * Calls back at every change of the kind from now on, before the writer gets its answer. All listeners hear of
   * changes in the order of their revisions: what a listener writes is told when everyone has heard what it wrote for.
   */
  subscribe<T extends KubeObject>(of: Resource<T>, listener: Listener<T>): () => void {
    const { listeners } = this.#shelf(of)
    const untyped = listener as Listener<KubeObject>
    listeners.add(untyped)
    return () => {
      listeners.delete(untyped)
    }
  }

  /** The changes after a revision; 410 Gone when they are not remembered any more. */
  changesSince<T extends KubeObject>(of: Resource<T>, revision: number): readonly Change<T>[] {
    const { history, forgotten } = this.#shelf(of)
    if (revision < forgotten) {
      throw new StatusError('Expired', `too old resource version: ${revision} (${forgotten})`)
    }
    return history.filter((change) => change.revision > revision) as unknown as readonly Change<T>[]
  }

  /** The objects of a kind as they were at a revision, sorted as `list` gives them; undefined when that is forgotten. */
  listAt<T extends KubeObject>(of: Resource<T>, revision: number): readonly T[] | undefined {
    const { history, forgotten } = this.#shelf(of)
    if (revision < forgotten) return undefined
    if ((history.at(-1)?.revision ?? 0) <= revision) return this.list(of)
    const past = new Map(
      this.list(of).map((object) => [keyOf(object.metadata.namespace, object.metadata.name), object]),
    )
    for (const change of history.slice().reverse()) {
      if (change.revision <= revision) break
      const { namespace, name } = change.object.metadata
      if (change.previous === undefined) past.delete(keyOf(namespace, name))
      else past.set(keyOf(namespace, name), change.previous as T)
    }
    return [...past].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
  }

  /** Forgets all changes so far, as etcd's compaction does. */
  compact(): void {
    for (const shelf of this.#shelves.values()) {
      shelf.history = []
      shelf.forgotten = this.#revision
    }
  }

  #shelf(of: Resource): Shelf {
    let shelf = this.#shelves.get(of)
    if (shelf === undefined) {
      shelf = {
        objects: new Map(),
        listeners: new Set(),
        history: [],
        forgotten: 0,
        sorted: [],
        handedOut: false,
      }
      this.#shelves.set(of, shelf)
    }
    return shelf
  }

  #publish(shelf: Shelf, type: Change['type'], object: KubeObject, previous: KubeObject | undefined): void {
    this.#revision += 1
    const change: Change = { type, revision: this.#revision, object, previous }
    arrange(shelf, type, object)
    shelf.history.push(change)
    if (shelf.history.length >= 2 * this.#historyLimit) {
      const dropped = shelf.history.splice(0, this.#historyLimit)
      shelf.forgotten = dropped.at(-1)?.revision ?? shelf.forgotten
    }
    this.#untold.push({ shelf, change })
    if (!this.#telling) this.#tell()
  }

  /** A listener that fails keeps no other from hearing; the writer is told of the first failure at the end. */
  #tell(): void {
    const failures: unknown[] = []
    this.#telling = true
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      for (const listener of next.shelf.listeners) {
        try {
          listener(next.change)
        } catch (error) {
          failures.push(error)
        }
      }
    }
    this.#telling = false
    if (failures.length > 0) throw failures[0]
  }

  #freeName(shelf: Shelf, { generateName, namespace }: Partial<ObjectMeta>): string {
    const base = (generateName ?? '').slice(0, 58)
    for (let attempt = 0; attempt < 100; attempt++) {
      const name = base + safeString(this.#random, 5)
      if (!shelf.objects.has(keyOf(namespace, name))) return name
    }
    throw new Error(`no free name after ${base}`)
  }
}

/** Keeps the sorted array as the map is, without sorting it anew at every change. */
function arrange(shelf: Shelf, type: Change['type'], object: KubeObject): void {
  if (shelf.handedOut) shelf.sorted = shelf.sorted.slice()
  shelf.handedOut = false
  const at = placeOf(shelf.sorted, keyOf(object.metadata.namespace, object.metadata.name))
  if (type === 'ADDED') shelf.sorted.splice(at, 0, object)
  else if (type === 'MODIFIED') shelf.sorted[at] = object
  else shelf.sorted.splice(at, 1)
}

/** Where a key stands in the sorted objects, or would stand. */
function placeOf(sorted: readonly KubeObject[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const one = sorted[middle]
    if (one !== undefined && keyOf(one.metadata.namespace, one.metadata.name) < key) low = middle + 1
    else high = middle
  }
  return low
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

function nextGeneration(current: KubeObject, wanted: KubeObject): number {
  const before = (current as { readonly spec?: unknown }).spec
  const after = (wanted as { readonly spec?: unknown }).spec
  const generation = current.metadata.generation ?? 1
  const begunDeletion =
    current.metadata.deletionTimestamp === undefined && wanted.metadata.deletionTimestamp !== undefined
  return isDeepStrictEqual(before, after) && !begunDeletion ? generation : generation + 1
}
