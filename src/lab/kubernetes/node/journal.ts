import type { Clock } from '../clock.ts'
import type { ContainerStatus, Pod } from '../objects/pod.ts'
import { events, nodes, pods } from '../resources.ts'
import type { Store } from '../store.ts'
import { sandboxId, type JournalLine } from './node-view.ts'

/** Lines kept of each node. */
const mostLines = 2_000

/** What the kubelet of every node did, in its own words (klog), from what happened to its pods. */
export class NodeJournals {
  readonly #lines = new Map<string, JournalLine[]>()
  readonly #followers = new Set<(node: string, line: JournalLine) => void>()
  readonly #clock: Clock
  readonly #stops: readonly (() => void)[]

  constructor(store: Store, clock: Clock) {
    this.#clock = clock
    this.#stops = [
      store.subscribe(nodes, ({ type, object }) => {
        if (type === 'ADDED')
          this.#write(
            object.metadata.name,
            'I',
            'kubelet_node_status.go',
            `"Successfully registered node" node="${object.metadata.name}"`,
          )
      }),
      store.subscribe(pods, ({ type, object, previous }) => {
        const node = object.spec.nodeName
        if (node === undefined || node === '') return
        if (type === 'DELETED') this.#loop(node, 'REMOVE', object)
        else {
          if (previous?.spec.nodeName !== node) this.#loop(node, 'ADD', object)
          if (
            object.metadata.deletionTimestamp !== undefined &&
            previous?.metadata.deletionTimestamp === undefined
          )
            this.#loop(node, 'DELETE', object)
          for (const event of lifecycleEvents(previous, object)) this.#event(node, object, event)
        }
      }),
      store.subscribe(events, ({ type, object }) => {
        if (type === 'DELETED' || object.type !== 'Warning' || object.source?.component !== 'kubelet') return
        const { namespace = 'default', name, uid } = object.involvedObject
        const err = JSON.stringify(object.message ?? '')
        const host = object.source.host ?? ''
        this.#write(
          host,
          'E',
          'pod_workers.go',
          `"Error syncing pod, skipping" err=${err} pod="${namespace}/${name}" podUID="${uid ?? ''}"`,
        )
      }),
    ]
  }

  of(node: string): readonly JournalLine[] {
    return this.#lines.get(node) ?? []
  }

  /** Calls with every new line until the returned function is called. */
  follow(tell: (node: string, line: JournalLine) => void): () => void {
    this.#followers.add(tell)
    return () => this.#followers.delete(tell)
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #loop(node: string, what: string, pod: Pod): void {
    this.#write(
      node,
      'I',
      'kubelet.go',
      `"SyncLoop ${what}" source="api" pods=["${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}"]`,
    )
  }

  #event(node: string, pod: Pod, { type, data }: LifecycleEvent): void {
    const event = JSON.stringify({ ID: pod.metadata.uid, Type: type, Data: data })
    this.#write(
      node,
      'I',
      'kubelet.go',
      `"SyncLoop (PLEG): event for pod" pod="${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}" event=${event}`,
    )
  }

  #write(node: string, level: 'I' | 'E', file: string, message: string): void {
    const time = this.#clock.now()
    const stamp = new Date(time).toISOString()
    // klog: severity, MMDD, time with microseconds, thread, file.
    const text = `${level}${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 23)}000       1 ${file}] ${message}`
    const line: JournalLine = { time, unit: 'kubelet', text }
    const lines = this.#lines.get(node) ?? []
    lines.push(line)
    if (lines.length > mostLines) lines.splice(0, mostLines / 10)
    this.#lines.set(node, lines)
    for (const tell of this.#followers) tell(node, line)
  }
}

interface LifecycleEvent {
  readonly type: 'ContainerStarted' | 'ContainerDied'
  readonly data: string
}

const statuses = (pod: Pod | undefined): readonly ContainerStatus[] => [
  ...(pod?.status?.initContainerStatuses ?? []),
  ...(pod?.status?.containerStatuses ?? []),
  ...(pod?.status?.ephemeralContainerStatuses ?? []),
]

/** What the pod lifecycle event generator (pkg/kubelet/pleg) would have seen between two states of a pod. */
function lifecycleEvents(before: Pod | undefined, after: Pod): readonly LifecycleEvent[] {
  const sandbox =
    before?.status?.podIP === undefined && after.status?.podIP !== undefined
      ? [
          {
            type: 'ContainerStarted' as const,
            data: sandboxId(after),
          },
        ]
      : []
  const old = new Map(statuses(before).map((status) => [status.name, status]))
  return [
    ...sandbox,
    ...statuses(after).flatMap((status): LifecycleEvent[] => {
      const was = old.get(status.name)
      const id = status.containerID?.replace(/^containerd:\/\//, '') ?? ''
      if (status.state.running !== undefined && was?.containerID !== status.containerID)
        return [{ type: 'ContainerStarted', data: id }]
      if (status.state.terminated !== undefined && was?.state.running !== undefined)
        return [{ type: 'ContainerDied', data: id }]
      return []
    }),
  ]
}
