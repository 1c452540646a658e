import { Budget, TooMuch, type Limits } from '../../edge/budget.ts'
import { ClusterError } from './cluster-error.ts'
import { listAt, textAt } from '../../edge/fields.ts'

/** What stands behind the `?` of a request. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** One collection as it stood at one moment. */
export interface ApiList {
  readonly items: readonly unknown[]
  readonly resourceVersion: string
}

/** Objects in one page of a list: kubectl's own choice. */
const pageSize = 500

/**
 * What one list may take. Kubernetes is built for 150,000 pods (kubernetes.io, "Considerations for large clusters"), which
 * are 300 pages; a server may send fewer in a page than it was asked for.
 */
export const listLimits: Limits = {
  pages: 1_000,
  objects: 200_000,
  'octets as values': 1024 * 1024 * 1024,
  seconds: 300,
}

export interface Page {
  readonly body: unknown
  /** About how many octets it takes as values. */
  readonly cost: number
}

/**
 * All pages of a list. Throws a ClusterError `unexpected-answer` where they do not end, and what `ask` throws.
 * @param what as the beginning of a sentence
 * @param now milliseconds that only ever grow
 */
export async function allPages(
  what: string,
  ask: (query: Query) => Promise<Page>,
  {
    limits = listLimits,
    now = () => performance.now(),
  }: { readonly limits?: Limits; readonly now?: () => number } = {},
): Promise<ApiList> {
  const budget = new Budget(what, limits)
  const items: unknown[] = []
  let next: string | undefined
  let at = now()
  try {
    for (;;) {
      const { body, cost } = await ask({ limit: pageSize, continue: next })
      const page = listAt(body, 'items')
      const asked = next
      next = textAt(body, 'metadata', 'continue')
      budget.spend('octets as values', cost)
      budget.spend('objects', page.length)
      for (const item of page) items.push(item)
      if (!next) return { items, resourceVersion: textAt(body, 'metadata', 'resourceVersion') ?? '' }
      if (next === asked) throw new TooMuch(`${what} has no end: a page says that the next one is itself`)
      budget.spend('pages', 1)
      const then = now()
      budget.spend('seconds', (then - at) / 1000)
      at = then
    }
  } catch (error) {
    if (error instanceof TooMuch) throw new ClusterError('unexpected-answer', error.message, { cause: error })
    throw error
  }
}
