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

/**
 * One page of a collection: `limit` and `continue` as in "Retrieving large results sets in chunks". All pages show the
 * state that the first one showed; once that is forgotten the answer is 410 with a token for the rest as it is now.
 */
export function listPage(
  store: Store,
  of: Resource,
  namespace: string | undefined,
  query: URLSearchParams,
): Page {
  const token = readToken(query.get('continue'))
  const { revision, objects } = stateFor(store, of, query, token)
  const chosen = objects
    .filter((one) => namespace === undefined || one.metadata.namespace === namespace)
    .filter(selection(of, query))
  const limit = wholeNumber(query, 'limit') ?? 0
  const rest = token === undefined ? chosen : chosen.filter((one) => keyOf(one) > token.start)
  const items = limit > 0 ? rest.slice(0, limit) : rest
  const left = rest.length - items.length
  const last = items.at(-1)
  const selects = query.has('labelSelector') || query.has('fieldSelector')
  return {
    items,
    metadata: {
      resourceVersion: String(revision),
      ...(left > 0 && last !== undefined
        ? {
            continue: writeToken({ revision, start: keyOf(last) }),
            ...(selects ? {} : { remainingItemCount: left }),
          }
        : {}),
    },
  }
}

/** Which state the query asks for: the first page's, an exact one, or the newest. */
function stateFor(
  store: Store,
  of: Resource,
  query: URLSearchParams,
  token: Token | undefined,
): { readonly revision: number; readonly objects: readonly KubeObject[] } {
  const newest = store.revision
  const asked = token === undefined ? wholeNumber(query, 'resourceVersion') : token.revision
  if (asked !== undefined && asked > newest)
    throw new StatusError('Timeout', `Too large resource version: ${asked}, current: ${newest}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    })
  const exact = token !== undefined || query.get('resourceVersionMatch') === 'Exact'
  if (!exact || asked === undefined || asked === anyRevision)
    return { revision: newest, objects: store.list(of) }
  const objects = store.listAt(of, asked)
  if (objects !== undefined) return { revision: asked, objects }
  // The words of apiserver/pkg/storage/etcd3/errors.go.
  throw token === undefined
    ? new StatusError('Expired', 'The resourceVersion for the provided list is too old.')
    : new StatusError(
        'Expired',
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
        undefined,
        { continue: writeToken({ revision: anyRevision, start: token.start }) },
      )
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

interface Token {
  /** Of the first page. */
  readonly revision: number
  /** The last key that was shown. */
  readonly start: string
}

/** In a token: the rest of the list as it is now, whatever the first page showed. */
const anyRevision = -1

const writeToken = ({ revision, start }: Token): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url')

function readToken(text: string | null): Token | undefined {
  if (text === null || text === '') return undefined
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (typeof read === 'object' && read !== null && 'start' in read && 'rv' in read) {
      const { rv, start } = read
      if (typeof start === 'string' && typeof rv === 'number' && Number.isSafeInteger(rv))
        return { revision: rv, start }
    }
  } catch {
    // Falls through to the answer for a token that we did not write.
  }
  throw new StatusError('BadRequest', 'continue key is not valid: invalid character')
}
