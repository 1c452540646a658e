import { setTimeout as delay } from 'node:timers/promises'
import { readVpcs, type Ec2Answers } from '../../aws/read-vpcs.ts'
import type { Cluster } from '../../cluster/access/connect.ts'
import { recordEc2, type Ec2Options } from '../../cluster/aws/ec2.ts'
import { lists, readNode } from '../../kubernetes/facts.ts'
import { listWatch, type KeptList } from '../../cluster/api/list-watch.ts'
import type { ClusterChange, ClusterView } from '../../model/view/cluster-view.ts'
import type { Fabric, Wire } from '../../model/fabric/fabric.ts'
import type { Gap } from '../../model/result/result.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { podRoutes } from './bundle-parts.ts'
import { clusterView, ViewChanges } from './cluster-view.ts'

export interface LiveClusterOptions {
  readonly cluster: Cluster
  readonly ec2: Ec2Options | null
  /** Ends every watch. */
  readonly signal: AbortSignal
}

/** Milliseconds that changes are gathered: a deployment that scales changes hundreds of objects at once. */
const gatherFor = 120
/** Milliseconds between two questions to EC2, which cannot be watched; AWS allows some tens of describes a second. */
const betweenEc2 = 4_000
/** Milliseconds after a pod changed until the CNI has got its address or its ENI. */
const settle = 700
/** Milliseconds after which EC2 is asked without an occasion: security groups change, too. */
const atLatest = 60_000

const watched = {
  nodes: lists.nodes.path,
  pods: lists.pods.path,
  services: lists.services.path,
  endpointSlices: lists.endpointslices.path,
  deployments: '/apis/apps/v1/deployments',
} as const
type Watched = keyof typeof watched

/**
 * A cluster kept as it is now: Kubernetes by watch, EC2 by asking again when pods have moved. Begins at once and
 * runs until the signal is aborted. What fails is a gap of the view, and is tried again.
 */
export class LiveCluster {
  readonly #options: LiveClusterOptions
  readonly #kept: Readonly<Record<Watched, KeptList>>
  readonly #changes = new ViewChanges()
  readonly #listeners = new Set<(change: ClusterChange) => void>()
  #view: ClusterView | null = null
  #vpc: Vpc | null = null
  #askingEc2 = false
  #vpcGaps: readonly Gap[] = []
  #wires: readonly Wire[] = []
  #podRoutes: ReadonlyMap<string, string> = new Map()
  #gathering: NodeJS.Timeout | null = null
  #podsChanged: () => void = () => undefined
  #placed = ''

  constructor(options: LiveClusterOptions) {
    this.#options = options
    const { cluster, signal } = options
    const onChange = (): void => {
      this.#gather()
    }
    const keep = (name: Watched): KeptList => listWatch(cluster.api, watched[name], { onChange, signal })
    this.#kept = {
      nodes: keep('nodes'),
      pods: keep('pods'),
      services: keep('services'),
      endpointSlices: keep('endpointSlices'),
      deployments: keep('deployments'),
    }
    signal.addEventListener('abort', () => {
      if (this.#gathering !== null) clearTimeout(this.#gathering)
    })
    if (options.ec2 !== null) {
      this.#askingEc2 = true
      void this.#followEc2(options.ec2)
    } else
      this.#vpcGaps = [{ at: 'ec2', what: 'ENIs', because: 'EC2 is not asked: no region and no credentials' }]
  }

  /** Null until the first lists came. */
  get view(): ClusterView | null {
    return this.#view
  }

  /** Calls with what changed, the first time with everything that is known; returns how to stop. */
  subscribe(listener: (change: ClusterChange) => void): () => void {
    if (this.#view !== null) listener({ ...this.#view, goneNodes: [] })
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** What a snapshot tells: which device of a node is which ENI, and the nodes' routes to their pods. */
  learn(fabric: Fabric): void {
    this.#wires = fabric.wires
    this.#podRoutes = podRoutes(fabric)
    this.#gather()
  }

  #gather(): void {
    if (this.#gathering !== null || this.#options.signal.aborted) return
    this.#gathering = setTimeout(() => {
      this.#gathering = null
      this.#tell()
    }, gatherFor)
  }

  #tell(): void {
    const { nodes, pods, services, endpointSlices, deployments } = this.#kept
    if ((!nodes.known && nodes.problem === null) || (!pods.known && pods.problem === null)) return
    const problems = Object.entries(this.#kept).flatMap(([name, { problem }]): Gap[] =>
      problem === null ? [] : [{ at: 'kubernetes', what: name, because: problem.message }],
    )
    const view = clusterView({
      nodes: [...nodes.objects.values()],
      pods: [...pods.objects.values()],
      services: [...services.objects.values()],
      endpointSlices: [...endpointSlices.objects.values()],
      deployments: [...deployments.objects.values()],
      vpc: this.#vpc,
      askingEc2: this.#askingEc2,
      wires: this.#wires,
      podRoutes: this.#podRoutes,
      gaps: [...problems, ...this.#vpcGaps],
    })
    this.#view = view
    this.#noticePods(view)
    const change = this.#changes.since(view)
    if (change !== null) for (const listener of this.#listeners) listener(change)
  }

  /** Where pods stand decides which addresses and ENIs the CNI asks EC2 for. */
  #noticePods(view: ClusterView): void {
    const placed = view.nodes
      .map((node) => `${node.name} ${node.pods.map((pod) => `${pod.name} ${pod.addresses.join()}`).join()}`)
      .join('\n')
    if (placed === this.#placed) return
    this.#placed = placed
    this.#podsChanged()
  }

  async #followEc2(options: Ec2Options): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      const occasion = new Promise<void>((resolve) => {
        this.#podsChanged = resolve
      })
      const nodes = [...this.#kept.nodes.objects.values()].flatMap(readNode)
      if (nodes.length > 0) {
        try {
          const { answers, gaps } = await recordEc2(nodes, { ...options, signal })
          this.#vpc = readVpcs(Object.fromEntries(answers) as Ec2Answers).seen[0] ?? null
          this.#vpcGaps = gaps
          this.#askingEc2 = false
          this.#gather()
        } catch (error) {
          if (signal.aborted) return
          const because = error instanceof Error ? error.message : String(error)
          this.#vpcGaps = [{ at: 'ec2', what: 'ENIs', because }]
          this.#askingEc2 = false
          this.#gather()
        }
      }
      const asked = Date.now()
      await Promise.race([occasion, pause(nodes.length > 0 ? atLatest : gatherFor, signal)])
      await pause(Math.max(settle, nodes.length > 0 ? asked + betweenEc2 - Date.now() : 0), signal)
    }
  }
}

/** Ends early, without an error, when the signal is aborted. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined)
