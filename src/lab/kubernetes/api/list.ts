import type { KubeObject } from '../objects/meta.ts'
import type { Resource } from '../resources.ts'
import { parseFieldSelector, parseLabelSelector } from '../selector.ts'
import { StatusError } from '../status.ts'
import type { Store } from '../store.ts'
import { wholeNumber } from './request.ts'

/** Chooses objects by the query's label and field selectors. */
export function selection(of: Resource, query: URLSearchParams): (object: KubeObject) => boolean {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '')
  const byField = parseFieldSelector(of.kind, query.get('fieldSelector') ?? '')
  return (object) => byLabel(object.metadata.labels) && byField(object)
}

export interface Page {
  readonly items: readonly KubeObject[]
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
}

/** One page of a collection: `limit` and `continue` as in "Retrieving large results sets in chunks". */
export function listPage(
  store: Store,
  of: Resource,
  namespace: string | undefined,
  query: URLSearchParams,
): Page {
  const chosen = store.list(of, namespace).filter(selection(of, query))
  const limit = wholeNumber(query, 'limit') ?? 0
  const after = readToken(query.get('continue'))
  const rest = after === undefined ? chosen : chosen.filter((one) => keyOf(one) > after)
  const items = limit > 0 ? rest.slice(0, limit) : rest
  const left = rest.length - items.length
  const last = items.at(-1)
  const selects = query.has('labelSelector') || query.has('fieldSelector')
  return {
    items,
    metadata: {
      resourceVersion: String(store.revision),
      ...(left > 0 && last !== undefined
        ? { continue: writeToken(keyOf(last)), ...(selects ? {} : { remainingItemCount: left }) }
        : {}),
    },
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

const writeToken = (after: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', start: after })).toString('base64url')

function readToken(token: string | null): string | undefined {
  if (token === null || token === '') return undefined
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    const start = typeof read === 'object' && read !== null && 'start' in read ? read.start : undefined
    if (typeof start === 'string') return start
  } catch {
    // Falls through to the answer for a token that we did not write.
  }
  throw new StatusError('BadRequest', 'continue key is not valid: invalid character')
}
