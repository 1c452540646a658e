import type { ServerResponse } from 'node:http'
import type { Clock } from '../clock.ts'
import type { KubeObject } from '../objects/meta.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import { StatusError } from '../status.ts'
import type { Change, Store } from '../store.ts'
import { selection } from './list.ts'
import { type Form, writeObject } from './representation.ts'
import { flag, wholeNumber } from './request.ts'

/** A client that does not read is cut off before this many octets wait for it. */
const backlogLimit = 32 * 1024 * 1024

/** Milliseconds between bookmarks, as the real server's watch cache sends them. */
const bookmarkInterval = 60_000

/** How long a watch lives when the client does not say: the real server takes 30 to 60 minutes. */
const defaultTimeoutSeconds = 1800

export interface WatchRequest {
  readonly store: Store
  readonly clock: Clock
  readonly resource: Resource
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly query: URLSearchParams
  readonly form: Form
}

/**
 * Sends changes as lines of JSON until the client goes or the time is up. A resourceVersion that is too old is
 * answered with an event of type ERROR that holds a 410 Status, as the real server does.
 */
export function serveWatch(request: WatchRequest, response: ServerResponse, ended: () => void): void {
  const { store, clock, resource, namespace, query, form } = request
  const chosen = selection(resource, query)
  const matches = (object: KubeObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (request.name === undefined || object.metadata.name === request.name) &&
    chosen(object)
  const version = query.get('resourceVersion') ?? ''
  const initial = flag(query, 'sendInitialEvents')
  const bookmarks = flag(query, 'allowWatchBookmarks')
  const stops: (() => void)[] = []

  response.writeHead(200, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
  })
  response.flushHeaders()

  const send = (line: string): void => {
    if (response.writableLength > backlogLimit) response.destroy()
    else response.write(`${line}\n`)
  }
  // Only the first table of a watch tells its columns.
  let headed = false
  const event = (type: string, object: KubeObject): void => {
    const text = writeObject(form, resource, object, clock.now(), query.get('includeObject'))
    const shown = form === 'table' && headed ? withoutColumns(text) : text
    headed = true
    send(`{"type":"${type}","object":${shown}}`)
  }
  const bookmark = (annotations: Readonly<Record<string, string>> = {}): void => {
    const metadata = {
      resourceVersion: String(store.revision),
      creationTimestamp: null,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    }
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }
    send(JSON.stringify({ type: 'BOOKMARK', object }))
  }
  const tell = (change: Change): void => {
    const now = matches(change.object)
    const before = change.previous !== undefined && matches(change.previous)
    if (change.type === 'DELETED') {
      if (before) event('DELETED', change.object)
    } else if (now) event(before ? 'MODIFIED' : 'ADDED', change.object)
    // Who watches a selection sees an object leave it as a deletion.
    else if (before) event('DELETED', change.object)
  }
  const finish = (): void => {
    for (const stop of stops.splice(0)) stop()
    ended()
  }
  response.on('close', finish)

  if (initial || version === '' || version === '0') {
    for (const object of store.list(resource, namespace)) if (matches(object)) event('ADDED', object)
    if (initial && bookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' })
  } else {
    try {
      for (const change of store.changesSince(resource, Number(version))) tell(change)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      send(JSON.stringify({ type: 'ERROR', object: error.status }))
      response.end()
      return
    }
  }
  stops.push(store.subscribe(resource, tell))
  const seconds = wholeNumber(query, 'timeoutSeconds') ?? defaultTimeoutSeconds
  stops.push(
    clock.after(Math.min(seconds, 86_400) * 1000, () => {
      if (bookmarks) bookmark()
      response.end()
    }),
  )
  if (bookmarks) {
    let cancel: () => void
    const again = (): void => {
      bookmark()
      cancel = clock.after(bookmarkInterval, again)
    }
    cancel = clock.after(bookmarkInterval, again)
    stops.push(() => {
      cancel()
    })
  }
}

const withoutColumns = (table: string): string => {
  const read = JSON.parse(table) as { columnDefinitions?: unknown }
  return JSON.stringify({ ...read, columnDefinitions: null })
}
