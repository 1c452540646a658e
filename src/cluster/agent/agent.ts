import { randomBytes } from 'node:crypto'
import pMap from 'p-map'
import type { Runner } from '../../exec/runner.ts'
import type { Gap } from '../../model/result/result.ts'
import { agentContainer, agentManifests } from './manifests.ts'
import type { AgentManifests, AgentSettings, PodManifest } from './manifests.ts'
import { readAgentProgress, type AgentProgress } from './progress.ts'
import { ClusterError } from '../api/cluster-error.ts'
import type { Cluster } from '../access/connect.ts'
import {
  createdObjects,
  ownPatience,
  type CreatedObject,
  type CreatedObjects,
  type LeftBehind,
} from './created-objects.ts'
import { createPod, watchPods } from './pods.ts'
import type { NodeFacts } from '../../kubernetes/facts.ts'
import { runLabel } from '../api/labels.ts'
import { podRunner } from './pod-runner.ts'
import { imagePrograms, type Programs } from '../reach/programs.ts'
import { preflight } from '../api/preflight.ts'
import { agentError, reasonOf } from './reason.ts'

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

/** The agent on a node. Throws a ClusterError of code `agent-not-ready` that says why there is none. */
export function agentOn({ byNode, gaps }: Agents, node: string): Agent {
  const agent = byNode.get(node)
  if (agent) return agent
  const gap = gaps.find(({ at }) => at === `node/${node}`)
  throw new ClusterError('agent-not-ready', `node ${node} has no agent${gap ? `: ${gap.because}` : ''}`)
}

export interface AgentOptions {
  readonly settings: AgentSettings
  /** Tells this run's objects from another's; absent is random. */
  readonly suffix?: string
  /** The nodes that matter; the others get no agent. */
  readonly nodes: readonly NodeFacts[]
  readonly signal?: AbortSignal
  /** Told what of the agent could not be removed. */
  readonly left: (left: LeftBehind) => void
}

/** Requests under way to the API server: a wave that its fair queues take (API Priority and Fairness: workload-low has 100 seats of 600). */
export const atOnce = 40

const defaultReadyTimeout = 120_000
/** Milliseconds for an agent on a node whose kubelet lives but says that it is not ready. */
const unreadyPatience = 8_000

/**
 * Creates the agents, waits until they are ready, lends them to `use`, and has them removed in every case: a normal end, an
 * error, an abort, a timeout. The cluster may still be at it when this ends. Rejects with what `use` rejects with, or a ClusterError: `agent-not-ready` when no
 * node has an agent in time, or what the API says.
 */
export async function withAgent<T>(
  cluster: Cluster,
  options: AgentOptions,
  use: (agents: Agents) => Promise<T>,
): Promise<T> {
  if (options.signal?.aborted) throw new ClusterError('aborted', 'stopped before anything was created')
  const suffix = options.suffix ?? newSuffix()
  const chosen = chooseNodes(options.nodes)
  const manifests = agentManifests({ suffix, settings: options.settings, nodes: chosen.nodes })
  if (manifests.pods.length === 0) throw noAgent(chosen.gaps)
  const purposes = manifests.namespace ? (['own-namespace', 'agent'] as const) : (['agent'] as const)
  await preflight(cluster.api, purposes, manifests.pods[0]?.metadata.namespace ?? '', options.signal)
  const made = createdObjects(cluster.api, cluster.made)
  try {
    const { pods, refused } = await create(cluster, manifests, made, options.signal)
    const agents = await waitForAgents(cluster, suffix, pods, options)
    const gaps = [...chosen.gaps, ...refused, ...agents.gaps]
    if (agents.byNode.size === 0) throw noAgent(gaps)
    return await use({ ...agents, gaps })
  } finally {
    await made.remove(options.left)
  }
}

export const newSuffix = (): string => randomBytes(4).toString('hex')

const noAgent = (gaps: readonly Gap[]): ClusterError =>
  new ClusterError(
    'agent-not-ready',
    gaps[0] === undefined
      ? 'the cluster has no nodes'
      : `no node has a ready agent: ${gaps[0].at}: ${gaps[0].because}${gaps.length > 1 ? ` (and ${gaps.length - 1} more)` : ''}`,
  )

/** The names of the nodes that can have an agent; why the others cannot is told at once. */
export function chooseNodes(nodes: readonly NodeFacts[]): {
  readonly nodes: readonly string[]
  readonly gaps: readonly Gap[]
} {
  const refusals = nodes.map((node) => ({ node, because: refusal(node) }))
  return {
    nodes: refusals.flatMap(({ node, because }) => (because === null ? [node.name] : [])),
    gaps: refusals.flatMap(({ node, because }) =>
      because === null
        ? []
        : [{ at: `node/${node.name}`, what: never(node) === null ? 'agent' : 'stack', because }],
    ),
  }
}

/** Why a node never has one, however well it is. */
function never(node: NodeFacts): string | null {
  const os = node.labels['kubernetes.io/os'] ?? 'linux'
  if (os !== 'linux') return `its operating system is ${os}, and the agent is a Linux program`
  return node.labels['eks.amazonaws.com/compute-type'] === 'fargate' ? 'a Fargate node runs no agent' : null
}

function refusal(node: NodeFacts): string | null {
  const because = never(node)
  if (because !== null) return because
  // A kubelet that still speaks can run a pod on the host's network, ready or not.
  return node.ready || node.alive ? null : notReady(node)
}

const notReady = (node: NodeFacts): string =>
  `the node is not Ready${node.unreadyBecause === null ? '' : ` (${node.unreadyBecause})`}`

/** Creates the objects. Resolves with the pods that there are, and why the others were refused; rejects when all were. */
async function create(
  { api }: Cluster,
  { namespace, pods }: AgentManifests,
  made: CreatedObjects,
  signal: AbortSignal | undefined,
): Promise<{ readonly pods: readonly PodManifest[]; readonly refused: readonly Gap[] }> {
  if (namespace) {
    // Not with the caller's signal: a request that is cut may still be carried out, after our removal.
    const asked = api.create('/api/v1/namespaces', namespace, { timeoutMs: ownPatience })
    await made.note({ kind: 'namespace', namespace: null, name: namespace.metadata.name }, asked)
  }
  const created = await pMap(
    pods,
    (pod) =>
      settled(
        namespace ? createPod(api, pod, signal) : made.note(objectOf(pod), createPod(api, pod, undefined)),
      ),
    { concurrency: atOnce },
  )
  const there: PodManifest[] = []
  const refused: Gap[] = []
  created.forEach((one, i) => {
    const pod = pods[i]
    if (!pod) return
    if (one.status === 'fulfilled') there.push(pod)
    else if (signal?.aborted || !(one.reason instanceof ClusterError)) throw one.reason
    else refused.push({ at: `node/${pod.spec.nodeName}`, what: 'agent', because: one.reason.message })
  })
  const failure = created.find((one) => one.status === 'rejected')
  if (failure && there.length === 0) throw failure.reason
  return { pods: there, refused }
}

const settled = async <T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> => {
  const [one] = await Promise.allSettled([promise])
  return one
}

const objectOf = ({ metadata: { namespace, name } }: PodManifest): CreatedObject => ({
  kind: 'pod',
  namespace,
  name,
})

async function waitForAgents(
  cluster: Cluster,
  suffix: string,
  pods: readonly PodManifest[],
  options: AgentOptions,
): Promise<Agents> {
  const progress = new Map<string, AgentProgress>()
  const namespace = pods[0]?.metadata.namespace ?? ''
  const pinned = pods.map(({ spec }) => spec.nodeName)
  const ready = new Set(options.nodes.filter((node) => node.ready).map(({ name }) => name))
  const decided = (nodes: readonly string[]): boolean =>
    nodes.every((name) => {
      const one = progress.get(name)
      return one !== undefined && (one.ready || one.stuck !== null)
    })
  const patience = options.settings.readyTimeoutMs ?? defaultReadyTimeout
  const wait = async (nodes: readonly string[], timeoutMs: number): Promise<void> => {
    if (decided(nodes) || timeoutMs <= 0) return
    await watchPods(cluster.api, {
      namespace,
      labelSelector: `${runLabel}=${suffix}`,
      timeoutMs,
      ...(options.signal ? { signal: options.signal } : {}),
      see(object, gone) {
        const one = readAgentProgress(object)
        if (one && gone) progress.delete(one.node)
        else if (one) progress.set(one.node, one)
        return decided(nodes)
      },
    })
  }
  const began = performance.now()
  await wait(
    pinned.filter((name) => ready.has(name)),
    patience,
  )
  await wait(pinned, Math.min(unreadyPatience, patience) - Math.ceil(performance.now() - began))
  return greet(agentsOf(cluster, namespace, pinned, options, progress), options.signal)
}

/** Milliseconds for an agent to do nothing. */
const greetingTimeout = 20_000

/**
 * Runs a program that does nothing on every agent. A node whose kubelet the API server does not reach still shows
 * Ready, and its agent Running, for as long as the node controller is patient: such an agent is none, and is a gap.
 */
async function greet(agents: Agents, signal: AbortSignal | undefined): Promise<Agents> {
  const greeted = await pMap(
    [...agents.byNode.values()],
    async (agent) => {
      try {
        await agent.runner.run(['true'], { timeoutMs: greetingTimeout, ...(signal ? { signal } : {}) })
        return { agent }
      } catch (error) {
        if (signal?.aborted) throw agentError(`the agent on node ${agent.node}`, error)
        const because = `the agent runs, and nothing can be run in it (${reasonOf(error)})`
        return { gap: { at: `node/${agent.node}`, what: 'agent', because } }
      }
    },
    { concurrency: atOnce },
  )
  return {
    namespace: agents.namespace,
    byNode: new Map(greeted.flatMap(({ agent }) => (agent ? [[agent.node, agent]] : []))),
    gaps: [...agents.gaps, ...greeted.flatMap(({ gap }) => (gap ? [gap] : []))],
  }
}

function agentsOf(
  cluster: Cluster,
  namespace: string,
  pinned: readonly string[],
  options: AgentOptions,
  progress: ReadonlyMap<string, AgentProgress>,
): Agents {
  const byNode = new Map<string, Agent>()
  const gaps: Gap[] = []
  for (const node of options.nodes.filter(({ name }) => pinned.includes(name))) {
    const { name } = node
    const one = progress.get(name)
    if (one?.ready) {
      const target = { namespace, pod: one.pod, container: agentContainer }
      byNode.set(name, {
        node: name,
        runner: podRunner(cluster.api.access, target),
        programs: imagePrograms,
      })
      continue
    }
    const late = `the agent did not become ready in time${one?.waiting ? ` (${one.waiting})` : ''}`
    const because = one?.stuck ?? (node.ready ? late : notReady(node))
    gaps.push({ at: `node/${name}`, what: 'agent', because })
  }
  return { namespace, byNode, gaps }
}
