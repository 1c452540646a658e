import { timestamp } from '../clock.ts'
import { deleteObject } from '../deletion.ts'
import type { Node, Taint } from '../objects/node.ts'
import { isFinished, type Pod } from '../objects/pod.ts'
import { nodes, pods } from '../resources.ts'
import { tolerates } from './node-fit.ts'
import type { Controller, Surroundings } from './surroundings.ts'

const unschedulable = 'node.kubernetes.io/unschedulable'

/**
 * What the control plane does when a node changes: a cordoned node bears a taint
 * (pkg/controller/nodelifecycle), and pods that do not bear a NoExecute taint go, at once or after the seconds that
 * they tolerate it (pkg/controller/tainteviction).
 */
export function startNodeLifecycle(around: Surroundings): Controller {
  const { store, clock } = around
  const evicting = around.recorder('taint-eviction-controller')
  const kubelet = around.recorder('kubelet')
  /** By the pod's uid: how to call its eviction off. */
  const waiting = new Map<string, () => void>()

  const evict = (pod: Pod): void => {
    const { namespace = 'default', name, uid } = pod.metadata
    waiting.delete(uid)
    const current = store.find(pods, namespace, name)
    if (current?.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined) return
    evicting(current, {
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `Marking for deletion Pod ${namespace}/${name}`,
    })
    deleteObject(store, clock, pods, namespace, name, {})
  }

  const consider = (pod: Pod, node: Node): void => {
    const { namespace = 'default', name, uid } = pod.metadata
    if (isFinished(pod) || pod.metadata.deletionTimestamp !== undefined) return
    const left = secondsLeft(pod, node.spec?.taints ?? [])
    if (left === undefined) {
      const cancel = waiting.get(uid)
      if (cancel === undefined) return
      cancel()
      waiting.delete(uid)
      evicting(pod, {
        type: 'Normal',
        reason: 'TaintManagerEviction',
        message: `Cancelling deletion of Pod ${namespace}/${name}`,
      })
    } else if (left === 0) {
      waiting.get(uid)?.()
      evict(pod)
    } else if (!waiting.has(uid)) {
      waiting.set(
        uid,
        clock.after(left * 1000, () => {
          evict(pod)
        }),
      )
    }
  }

  const nodeOf = (pod: Pod): Node | undefined => store.find(nodes, undefined, pod.spec.nodeName ?? '')
  const stops = [
    store.subscribe(nodes, ({ type, object, previous }) => {
      if (type === 'DELETED') return
      const cordoned = object.spec?.unschedulable === true
      if (previous !== undefined && cordoned !== (previous.spec?.unschedulable === true))
        kubelet(object, nodeWords(object, cordoned ? 'NodeNotSchedulable' : 'NodeSchedulable'))
      store.change(nodes, object, (node) => withCordonTaint(node, timestamp(clock.now())))
      for (const pod of store.list(pods))
        if (pod.spec.nodeName === object.metadata.name) consider(pod, object)
    }),
    store.subscribe(pods, ({ type, object }) => {
      if (type === 'DELETED') {
        waiting.get(object.metadata.uid)?.()
        waiting.delete(object.metadata.uid)
        return
      }
      const node = nodeOf(object)
      if (node?.spec?.taints !== undefined) consider(object, node)
    }),
  ]
  return {
    stop() {
      for (const stop of stops) stop()
      for (const cancel of waiting.values()) cancel()
    },
  }
}

/** The kubelet's words about its node. */
export const nodeWords = (node: Node, reason: string) => ({
  type: 'Normal' as const,
  reason,
  message: `Node ${node.metadata.name} status is now: ${reason}`,
})

/** The node with the taint of a cordoned node, or without, as its spec wants it; the same node when it is right. */
export function withCordonTaint(node: Node, now: string): Node {
  const taints = node.spec?.taints ?? []
  const has = taints.some(({ key, effect }) => key === unschedulable && effect === 'NoSchedule')
  const wanted = node.spec?.unschedulable === true
  if (has === wanted) return node
  const others = taints.filter(({ key, effect }) => key !== unschedulable || effect !== 'NoSchedule')
  const next = wanted ? [...others, { key: unschedulable, effect: 'NoSchedule', timeAdded: now }] : others
  const { taints: _, ...spec } = node.spec ?? {}
  return { ...node, spec: next.length === 0 ? spec : { ...spec, taints: next } }
}

/** Seconds that a pod may stay with NoExecute taints: 0 where it bears one not at all, undefined for ever. */
export function secondsLeft(pod: Pod, taints: readonly Taint[]): number | undefined {
  const { tolerations = [] } = pod.spec
  const limits = taints
    .filter(({ effect }) => effect === 'NoExecute')
    .flatMap((taint) => {
      const bearing = tolerations.filter((one) => tolerates([one], taint))
      if (bearing.length === 0) return [0]
      const timed = bearing.flatMap(({ tolerationSeconds }) =>
        tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds)],
      )
      return timed.length === 0 ? [] : [Math.min(...timed)]
    })
  return limits.length === 0 ? undefined : Math.min(...limits)
}
