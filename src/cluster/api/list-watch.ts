import { setTimeout as delay } from 'node:timers/promises'
import { Budget, type Limits } from '../../edge/budget.ts'
import type { KubernetesApi } from './api.ts'
import { ClusterError } from './cluster-error.ts'
import { numberAt, textAt } from '../../edge/fields.ts'

/** A collection of the API, kept as it stands on the server. */
export interface KeptList {
  /** By `metadata.uid`, or by name where an object has none. */
  readonly objects: ReadonlyMap<string, unknown>
  /** The first list came; until then `objects` says nothing. */
  readonly known: boolean
  /** Why it is not up to date: the last try failed with this. Null: it is. */
  readonly problem: ClusterError | null
}

export interface ListWatchOptions {
  /** Called after every change, and when `problem` changes. */
  readonly onChange: () => void
  readonly signal: AbortSignal
  /** Milliseconds before another try; doubled after each failure. */
  readonly firstPause?: number
  readonly longestPause?: number
  /** What the collection may hold. */
  readonly limits?: Limits
}

/** Of what watches add; a list brings its own. */
const keptLimits: Limits = { objects: 200_000, 'octets as values': 1024 * 1024 * 1024 }

/**
 * Lists a collection and watches it from there on (Kubernetes API concepts, "Efficient detection of changes"): a watch
 * that ends is taken up where it stood; one that the server cannot take up any more (410 Gone) begins with a new list.
 * Runs until the signal is aborted; a failure shows as `problem` and is tried again, more and more patiently.
 */
export function listWatch(api: KubernetesApi, path: string, options: ListWatchOptions): KeptList {
  const kept = new Kept(api, path, options)
  void kept.run()
  return kept
}

class Kept implements KeptList {
  readonly #api: KubernetesApi
  readonly #path: string
  readonly #options: ListWatchOptions
  #objects = new Map<string, unknown>()
  /** What was spent on objects that a watch brought. */
  #costs = new Map<string, number>()
  #budget: Budget
  #known = false
  #problem: ClusterError | null = null
  #version = ''

  constructor(api: KubernetesApi, path: string, options: ListWatchOptions) {
    this.#api = api
    this.#path = path
    this.#options = options
    this.#budget = this.#newBudget()
  }

  get objects(): ReadonlyMap<string, unknown> {
    return this.#objects
  }
  get known(): boolean {
    return this.#known
  }
  get problem(): ClusterError | null {
    return this.#problem
  }

  async run(): Promise<void> {
    const { signal, firstPause = 500, longestPause = 30_000 } = this.#options
    let pause = firstPause
    while (!signal.aborted) {
      try {
        if (this.#version === '') await this.#list()
        pause = firstPause
        const began = Date.now()
        await this.#watch()
        // A server that ends every watch at once must not be asked in a circle.
        if (Date.now() - began < firstPause) await delay(firstPause, undefined, { signal })
      } catch (error) {
        if (signal.aborted) return
        this.#version = ''
        this.#fail(error)
        await delay(pause, undefined, { signal }).catch(() => undefined)
        pause = Math.min(pause * 2, longestPause)
      }
    }
  }

  async #list(): Promise<void> {
    const { items, resourceVersion } = await this.#api.list(this.#path, {}, { signal: this.#options.signal })
    this.#objects = new Map(items.map((item) => [keyOf(item), item]))
    this.#costs = new Map()
    this.#budget = this.#newBudget()
    this.#budget.spend('objects', this.#objects.size)
    this.#version = resourceVersion
    this.#known = true
    this.#problem = null
    this.#options.onChange()
  }

  async #watch(): Promise<void> {
    await this.#api.watch(
      this.#path,
      { resourceVersion: this.#version, allowWatchBookmarks: true },
      ({ type, object, cost }) => {
        if (type === 'ERROR') {
          this.#version = ''
          if (numberAt(object, 'code') === 410) return true
          throw new ClusterError('server-error', textAt(object, 'message') ?? 'the watch failed')
        }
        this.#version = textAt(object, 'metadata', 'resourceVersion') ?? this.#version
        if (type === 'BOOKMARK') return false
        if (type === 'DELETED') this.#forget(keyOf(object))
        else this.#keep(keyOf(object), object, cost)
        this.#options.onChange()
        return false
      },
      { signal: this.#options.signal },
    )
  }

  #newBudget(): Budget {
    return new Budget(`what was heard of ${this.#path}`, this.#options.limits ?? keptLimits)
  }

  #keep(key: string, object: unknown, cost: number): void {
    if (!this.#objects.has(key)) this.#budget.spend('objects', 1)
    this.#budget.giveBack('octets as values', this.#costs.get(key) ?? 0)
    this.#costs.delete(key)
    this.#budget.spend('octets as values', cost)
    this.#costs.set(key, cost)
    this.#objects.set(key, object)
  }

  #forget(key: string): void {
    if (!this.#objects.delete(key)) return
    this.#budget.giveBack('objects', 1)
    this.#budget.giveBack('octets as values', this.#costs.get(key) ?? 0)
    this.#costs.delete(key)
  }

  #fail(error: unknown): void {
    this.#problem =
      error instanceof ClusterError
        ? error
        : new ClusterError('unexpected-answer', error instanceof Error ? error.message : String(error), {
            cause: error,
          })
    // 410 as an answer to the request itself means the same as in the stream; nothing is wrong.
    if (this.#problem.code === 'gone') this.#problem = null
    this.#options.onChange()
  }
}

const keyOf = (object: unknown): string =>
  textAt(object, 'metadata', 'uid') ??
  `${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`
