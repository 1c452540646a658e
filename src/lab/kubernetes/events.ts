import { type Clock, timestamp } from './clock.ts'
import type { KubeEvent } from './objects/configuration.ts'
import type { KubeObject } from './objects/meta.ts'
import type { ObjectReference } from './objects/service.ts'
import { events as eventResource } from './resources.ts'
import type { Store } from './store.ts'

export interface EventWords {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** Says what happened to an object, as `kubectl describe` and `kubectl get events` show it. */
export type Recorder = (about: KubeObject, words: EventWords, fieldPath?: string) => void

/** Events kept in all; a real cluster keeps them for an hour. */
const limit = 4000

/**
 * The recorder of one component. The same words about the same object count up the event that is there, as client-go's
 * correlator does.
 */
export function recorder(store: Store, clock: Clock, component: string, host?: string): Recorder {
  const known = new Map<string, KubeEvent>()
  return (about, words, fieldPath) => {
    const now = timestamp(clock.now())
    const { namespace = 'default', name, uid, resourceVersion } = about.metadata
    const reference: ObjectReference = {
      kind: about.kind,
      ...(about.metadata.namespace === undefined ? {} : { namespace }),
      name,
      uid,
      apiVersion: about.apiVersion,
      resourceVersion,
      ...(fieldPath === undefined ? {} : { fieldPath }),
    }
    const key = JSON.stringify([uid, words.reason, words.message, fieldPath])
    const before = known.get(key)
    if (before !== undefined) {
      const again = store.change(eventResource, before, (event) => ({
        ...event,
        count: (event.count ?? 1) + 1,
        lastTimestamp: now,
      }))
      if (again !== undefined) return
    }
    if (known.size >= limit) known.clear()
    if (store.count(eventResource) >= limit) forgetOldest(store)
    const suffix = (BigInt(clock.now()) * 1_000_000n + BigInt(store.revision % 1_000_000)).toString(16)
    const event = store.create(eventResource, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${suffix}`, namespace },
      involvedObject: reference,
      reason: words.reason,
      message: words.message,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type: words.type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: host ?? '',
    })
    known.set(key, event)
  }
}

function forgetOldest(store: Store): void {
  const oldest = [...store.list(eventResource)]
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .slice(0, limit / 10)
  for (const event of oldest) store.remove(eventResource, event)
}
