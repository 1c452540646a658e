import { randomBytes } from 'node:crypto'
import type { Runner } from '../exec/runner.ts'
import type { Gap } from '../model/result.ts'
import { agentContainer, agentManifests } from './agent-manifests.ts'
import type { AgentManifestOptions } from './agent-manifests.ts'
import { ClusterError, printable } from './cluster-error.ts'
import type { Cluster } from './connect.ts'
import type { NodeFacts } from './facts.ts'
import { readPod } from './facts.ts'
import { listAt, textAt } from './fields.ts'
import { podRunner } from './pod-runner.ts'
import { imagePrograms, type Programs } from './programs.ts'

/** Where podpath can look and act on one node. */
export interface Agent {
  readonly node: string
  /** In the node's own network and process namespaces. */
  readonly runner: Runner
  readonly programs: Programs
}

export interface Agents {
  /** The namespace that holds them; null when nothing was created. */
  readonly namespace: string | null
  readonly byNode: ReadonlyMap<string, Agent>
  /** The nodes without one, and why. */
  readonly gaps: readonly Gap[]
}

/** What users choose about the agent. */
export type AgentSettings = Omit<AgentManifestOptions, 'suffix' | 'hostnames'>

export interface AgentOptions extends AgentSettings {
  /** Ends the namespace's name; absent is random. */
  readonly suffix?: string
  /** The nodes that matter; the others get no agent. */
  readonly nodes: readonly NodeFacts[]
  /** Milliseconds until every agent must be ready; pulling an image may take a while. */
  readonly readyTimeoutMs?: number
  readonly signal?: AbortSignal
  /** Told in one line when the agent could not be removed. */
  readonly warn: (message: string) => void
}

const defaultReadyTimeout = 90_000
/** Milliseconds for the removal, which happens whatever else went wrong. */
const removalTimeout = 10_000

/**
 * Creates the agent, waits until it is ready, lends it to `use`, and removes it in every case: a normal end, an
 * error, an abort, a timeout. Rejects with what `use` rejects with, or a ClusterError: `agent-not-ready` when no
 * node has an agent in time, or what the API says.
 */
export async function withAgent<T>(
  cluster: Cluster,
  options: AgentOptions,
  use: (agents: Agents) => Promise<T>,
): Promise<T> {
  const { api } = cluster
  const manifests = agentManifests({
    ...options,
    suffix: options.suffix ?? randomBytes(4).toString('hex'),
    hostnames: options.nodes.map(hostnameOf),
  })
  const namespace = manifests.namespace.metadata.name
  const path = `/api/v1/namespaces/${namespace}`
  const call = { signal: options.signal }
  if (options.signal?.aborted) throw new ClusterError('aborted', 'stopped before anything was created')
  try {
    // Not with the caller's signal: a request that is cut may still be carried out, after our removal.
    await api.create('/api/v1/namespaces', manifests.namespace, { timeoutMs: removalTimeout })
    await api.create(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, manifests.daemonSet, call)
    return await use(await waitForAgents(cluster, namespace, options))
  } finally {
    try {
      // Not with the caller's signal: an abort is just when this must happen.
      await api.remove(path, { timeoutMs: removalTimeout })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      options.warn(`the namespace ${namespace} may be left behind (${why}): podpath cleanup removes it`)
    }
  }
}

const hostnameOf = (node: NodeFacts): string => node.labels['kubernetes.io/hostname'] ?? node.name

/** What an agent's pod is waiting for, as far as its status tells. */
interface Progress {
  readonly pod: string
  readonly ready: boolean
  /** Why it will not become ready without help. */
  readonly stuck: string | null
}

async function waitForAgents(cluster: Cluster, namespace: string, options: AgentOptions): Promise<Agents> {
  const { api } = cluster
  const wanted = options.nodes.filter((node) => node.ready)
  const progress = new Map<string, Progress>()
  const settled = (): boolean =>
    wanted.every(({ name }) => {
      const one = progress.get(name)
      return one !== undefined && (one.ready || one.stuck !== null)
    })
  const note = (object: unknown, gone = false): void => {
    const [pod] = readPod(object)
    if (!pod?.node) return
    if (gone) progress.delete(pod.node)
    else
      progress.set(pod.node, {
        pod: pod.name,
        ready: pod.ready,
        stuck: pod.ready ? null : stuckReason(object),
      })
  }

  const path = `/api/v1/namespaces/${namespace}/pods`
  const deadline = AbortSignal.timeout(options.readyTimeoutMs ?? defaultReadyTimeout)
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
  try {
    while (!settled()) {
      const { items, resourceVersion } = await api.list(path, {}, { signal })
      for (const item of items) note(item)
      if (settled()) break
      await api
        .watch(
          path,
          { resourceVersion, allowWatchBookmarks: true },
          ({ type, object }) => {
            if (type === 'ERROR') return true
            if (type !== 'BOOKMARK') note(object, type === 'DELETED')
            return settled()
          },
          { signal },
        )
        .catch((error: unknown) => {
          // The version may be too old by now (410): list again.
          if (!(error instanceof ClusterError && error.code === 'gone')) throw error
        })
    }
  } catch (error) {
    if (options.signal?.aborted || !deadline.aborted) throw error
  }
  return agentsOf(cluster, namespace, options, progress)
}

function agentsOf(
  cluster: Cluster,
  namespace: string,
  options: AgentOptions,
  progress: ReadonlyMap<string, Progress>,
): Agents {
  const byNode = new Map<string, Agent>()
  const gaps: Gap[] = []
  for (const { name, ready } of options.nodes) {
    const one = progress.get(name)
    if (one?.ready) {
      const target = { namespace, pod: one.pod, container: agentContainer }
      byNode.set(name, {
        node: name,
        runner: podRunner(cluster.api.access, target),
        programs: imagePrograms,
      })
    } else {
      const because = !ready
        ? 'the node is not Ready'
        : (one?.stuck ?? 'the agent did not become ready in time')
      gaps.push({ at: `node/${name}`, what: 'agent', because })
    }
  }
  if (byNode.size === 0)
    throw new ClusterError(
      'agent-not-ready',
      `no node has a ready agent: ${gaps[0] ? `${gaps[0].at}: ${gaps[0].because}` : 'the cluster has no nodes'}`,
    )
  return { namespace, byNode, gaps }
}

/** Waiting reasons from which a container does not recover while we watch (kubelet, images and container types). */
const hopeless: ReadonlySet<string> = new Set([
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
])

function stuckReason(object: unknown): string | null {
  for (const container of listAt(object, 'status', 'containerStatuses')) {
    const reason = textAt(container, 'state', 'waiting', 'reason')
    if (reason === undefined || !hopeless.has(reason)) continue
    const said = textAt(container, 'state', 'waiting', 'message')
    const image = textAt(container, 'image') ?? ''
    return printable(`${reason} of the agent's image ${image}${said === undefined ? '' : `: ${said}`}`)
  }
  return null
}
