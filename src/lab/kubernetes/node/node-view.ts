import { createHash } from 'node:crypto'
import type { ContainerStatus, Pod } from '../objects/pod.ts'

/** What a node's own programs may know: the pods on it, and what its kubelet keeps of them. */
export interface NodeView {
  readonly node: string
  readonly pods: readonly Pod[]
  /** The first process of a pod's sandbox, as the node numbers it; undefined when the pod has none. */
  sandboxPid(pod: Pod): number | undefined
  /** Milliseconds since 1970-01-01. */
  readonly now: number
  readonly journal: readonly JournalLine[]
  /** When the node came up. */
  readonly since: number
  readonly versions: { readonly containerd: string; readonly kubelet: string }
}

export interface JournalLine {
  readonly time: number
  readonly unit: 'kubelet' | 'containerd'
  readonly text: string
}

/** What a program printed, or what it wants to be run in a container. */
export type NodeAnswer =
  | { readonly kind: 'text'; readonly stdout: string; readonly stderr: string; readonly exit: number }
  | {
      readonly kind: 'exec'
      readonly pod: Pod
      readonly container: string
      readonly argv: readonly [string, ...string[]]
      readonly stdin: boolean
      readonly tty: boolean
    }

export const printed = (stdout: string): NodeAnswer => ({ kind: 'text', stdout, stderr: '', exit: 0 })
export const complained = (stderr: string, exit = 1): NodeAnswer => ({
  kind: 'text',
  stdout: '',
  stderr: `${stderr}\n`,
  exit,
})

/** A sandbox's id: the same for the same pod, in containerd's form. */
export const sandboxId = (pod: Pod): string =>
  createHash('sha256').update(`sandbox/${pod.metadata.uid}`).digest('hex')

export interface NodeContainer {
  readonly id: string
  readonly pod: Pod
  readonly status: ContainerStatus
  readonly running: boolean
  /** Milliseconds since 1970-01-01. */
  readonly created: number
}

/** Every container of the node that has been started, the youngest first. */
export const containersOf = ({ pods }: Pick<NodeView, 'pods'>): readonly NodeContainer[] =>
  pods
    .flatMap((pod) =>
      [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
        ...(pod.status?.ephemeralContainerStatuses ?? []),
      ].flatMap((status): NodeContainer[] => {
        const id = status.containerID?.replace(/^containerd:\/\//, '')
        const started = status.state.running?.startedAt ?? status.state.terminated?.startedAt
        return id === undefined || started === undefined
          ? []
          : [{ id, pod, status, running: status.state.running !== undefined, created: Date.parse(started) }]
      }),
    )
    .toSorted((a, b) => b.created - a.created)
