import { deleteObject } from '../deletion.ts'
import type { KubeObject } from '../objects/meta.ts'
import { type Resource, resources } from '../resources.ts'
import type { Controller, Surroundings } from './surroundings.ts'
import { workQueue } from './work-queue.ts'

/**
 * Deletes what belongs to an owner that is gone, lets owners that wait for their dependents go (foreground), and sets
 * the dependents of orphaned ones free.
 */
export function startGarbageCollector(around: Surroundings): Controller {
  const { store, clock } = around
  /** Who belongs to which owner: uid of the owner → the dependents' places. */
  const dependents = new Map<string, Map<string, { of: Resource; object: KubeObject }>>()
  const byUid = new Map<string, { of: Resource; object: KubeObject }>()

  const note = (of: Resource, object: KubeObject, previous: KubeObject | undefined, gone: boolean): void => {
    const { uid } = object.metadata
    for (const owner of previous?.metadata.ownerReferences ?? []) dependents.get(owner.uid)?.delete(uid)
    if (gone) {
      byUid.delete(uid)
      for (const owner of object.metadata.ownerReferences ?? []) {
        const siblings = dependents.get(owner.uid)
        siblings?.delete(uid)
        if (siblings?.size === 0) dependents.delete(owner.uid)
        // The owner may be waiting for the last of them.
        queue.add(owner.uid)
      }
      queue.add(uid)
      return
    }
    byUid.set(uid, { of, object })
    for (const owner of object.metadata.ownerReferences ?? []) {
      const siblings = dependents.get(owner.uid) ?? new Map<string, { of: Resource; object: KubeObject }>()
      dependents.set(owner.uid, siblings)
      siblings.set(uid, { of, object })
      if (!byUid.has(owner.uid)) queue.add(owner.uid)
    }
    if (object.metadata.deletionTimestamp !== undefined) queue.add(uid)
  }

  const queue = workQueue((uid) => {
    const owner = byUid.get(uid)
    const children = [...(dependents.get(uid)?.values() ?? [])]
    if (owner === undefined) {
      for (const child of children) release(child, uid)
      return
    }
    const { finalizers = [], deletionTimestamp } = owner.object.metadata
    if (deletionTimestamp === undefined) return
    if (finalizers.includes('orphan')) {
      for (const child of children) disown(child, uid)
      unfinalize(owner, 'orphan')
    } else if (finalizers.includes('foregroundDeletion')) {
      for (const child of children) remove(child, 'Foreground')
      const blocking = [...(dependents.get(uid)?.values() ?? [])].filter(({ object }) =>
        object.metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion === true),
      )
      if (blocking.length === 0) unfinalize(owner, 'foregroundDeletion')
    }
  }, around.failed)

  type Place = { of: Resource; object: KubeObject }

  /** The owner is gone: a dependent with no other living owner goes, too. */
  const release = (child: Place, uid: string): void => {
    const others = (child.object.metadata.ownerReferences ?? []).filter((one) => one.uid !== uid)
    if (others.some((one) => byUid.has(one.uid))) disown(child, uid)
    else remove(child, 'Background')
  }

  const remove = ({ of, object }: Place, propagationPolicy: 'Background' | 'Foreground'): void => {
    const { namespace, name, uid, deletionTimestamp } = object.metadata
    const current = store.find(of, namespace, name)
    if (current?.metadata.uid !== uid || deletionTimestamp !== undefined) return
    const foreground = propagationPolicy === 'Foreground' && (dependents.get(uid)?.size ?? 0) > 0
    deleteObject(store, clock, of, namespace, name, foreground ? { propagationPolicy } : {})
  }

  const disown = ({ of, object }: Place, uid: string): void => {
    store.change(of, object, (current) => {
      const { ownerReferences = [], ...metadata } = current.metadata
      const left = ownerReferences.filter((one) => one.uid !== uid)
      return { ...current, metadata: { ...metadata, ...(left.length > 0 ? { ownerReferences: left } : {}) } }
    })
  }

  const unfinalize = ({ of, object }: Place, finalizer: string): void => {
    store.change(of, object, (current) => {
      const { finalizers = [], ...metadata } = current.metadata
      const left = finalizers.filter((one) => one !== finalizer)
      return { ...current, metadata: { ...metadata, ...(left.length > 0 ? { finalizers: left } : {}) } }
    })
  }

  const watched = resources.filter(({ kind }) => kind !== 'Event')
  for (const of of watched) for (const object of store.list(of)) note(of, object, undefined, false)
  const stops = watched.map((of) =>
    store.subscribe(of, ({ type, object, previous }) => {
      note(of, object, previous, type === 'DELETED')
    }),
  )
  return {
    stop() {
      queue.stop()
      for (const stop of stops) stop()
      dependents.clear()
      byUid.clear()
    },
  }
}
