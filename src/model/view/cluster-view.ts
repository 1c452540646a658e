import type { Gap } from '../result/result.ts'

/** A cluster as one looks at it: nodes with their ENIs and pods, services, and the VPC around. Plain data for a page. */
export interface ClusterView {
  readonly nodes: readonly NodeView[]
  /** Pods that no node has taken yet. */
  readonly unplaced: readonly PodView[]
  readonly services: readonly ServiceView[]
  readonly deployments: readonly DeploymentView[]
  /** Null: AWS was not asked, or did not answer. */
  readonly vpc: VpcView | null
  /** EC2 has been asked and has not answered yet. */
  readonly askingEc2: boolean
  /** What could not be read, and why. */
  readonly gaps: readonly Gap[]
}

export interface NodeView {
  readonly name: string
  readonly ready: boolean
  readonly zone: string | null
  readonly instance: string | null
  readonly instanceType: string | null
  readonly addresses: readonly string[]
  readonly publicAddress: string | null
  /** How many pods the kubelet takes. */
  readonly mostPods: number | null
  /** Null: nobody told which ENIs the node has. */
  readonly enis: readonly EniView[] | null
  readonly pods: readonly PodView[]
}

export interface EniView {
  readonly id: string
  readonly deviceIndex: number
  /** The node's name for it, `eth0`; null: the node's interfaces were not read. */
  readonly device: string | null
  readonly subnet: string
  readonly mac: string
  readonly securityGroups: readonly string[]
  /** The primary address: the node's own on the first ENI, nobody's on the others. */
  readonly primary: string
  /** The secondary addresses, which the CNI gives to pods, and of delegated prefixes those that a pod holds. */
  readonly slots: readonly SlotView[]
  /** How many addresses pods may have here. */
  readonly room: number
  readonly prefixes: readonly DelegatedView[]
}

/** A delegated prefix. */
export interface DelegatedView {
  readonly prefix: string
  readonly held: number
  readonly size: number
}

export interface SlotView {
  readonly address: string
  /** `NAMESPACE/NAME` of the pod that holds it; null: free. */
  readonly pod: string | null
}

export interface PodView {
  readonly namespace: string
  readonly name: string
  readonly node: string | null
  /** What `kubectl get pods` says: `Running`, `ContainerCreating`, `Terminating`, `CrashLoopBackOff`, … */
  readonly state: string
  readonly ready: boolean
  readonly addresses: readonly string[]
  readonly hostNetwork: boolean
  readonly image: string
  /** ISO 8601; empty where it is not told. */
  readonly created: string
  /** The deployment, daemon set, … that made it: `Deployment netshoot-pod`. */
  readonly owner: string | null
  /** Its node's route to it, verbatim; absent: the node's tables were not read. */
  readonly route?: string
}

export interface ServiceView {
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly addresses: readonly string[]
  /** `80/TCP → 8080`, as the API has them. */
  readonly ports: readonly string[]
  readonly endpoints: readonly EndpointView[]
}

export interface EndpointView {
  readonly address: string
  readonly ready: boolean
  readonly pod: string | null
}

export interface DeploymentView {
  readonly namespace: string
  readonly name: string
  readonly wanted: number
  readonly ready: number
}

export interface VpcView {
  readonly id: string
  readonly prefixes: readonly string[]
  readonly subnets: readonly {
    readonly id: string
    readonly prefix: string
    readonly zone: string
    readonly routeTable: string | null
    readonly nodes: readonly string[]
  }[]
  readonly routeTables: readonly {
    readonly id: string
    readonly main: boolean
    readonly subnets: readonly string[]
    readonly routes: readonly string[]
  }[]
  readonly gateways: readonly { readonly id: string; readonly kind: 'internet' | 'nat' }[]
  readonly securityGroups: readonly {
    readonly id: string
    readonly name: string
    readonly enis: number
    readonly rules: readonly string[]
  }[]
}

export const podKey = (pod: { readonly namespace: string; readonly name: string }): string =>
  `${pod.namespace}/${pod.name}`

/** What has changed of a view since the last one: each member replaces what stood there. */
export interface ClusterChange {
  readonly nodes: readonly NodeView[]
  readonly goneNodes: readonly string[]
  readonly unplaced?: readonly PodView[]
  readonly services?: readonly ServiceView[]
  readonly deployments?: readonly DeploymentView[]
  readonly vpc?: VpcView | null
  readonly askingEc2?: boolean
  readonly gaps?: readonly Gap[]
}

/** The view after a change. Nodes that did not change stay the same objects, in the same place. */
export function changed(view: ClusterView, change: ClusterChange): ClusterView {
  const news = new Map(change.nodes.map((node) => [node.name, node]))
  const gone = new Set(change.goneNodes)
  const kept = view.nodes.filter(({ name }) => !gone.has(name)).map((node) => news.get(node.name) ?? node)
  const known = new Set(kept.map(({ name }) => name))
  const more = change.nodes.filter(({ name }) => !known.has(name))
  return {
    nodes: more.length === 0 ? kept : [...kept, ...more].sort(byName),
    unplaced: change.unplaced ?? view.unplaced,
    services: change.services ?? view.services,
    deployments: change.deployments ?? view.deployments,
    vpc: change.vpc === undefined ? view.vpc : change.vpc,
    askingEc2: change.askingEc2 ?? view.askingEc2,
    gaps: change.gaps ?? view.gaps,
  }
}

/** Two changes, one after the other, as one. */
export function bothChanges(first: ClusterChange, then: ClusterChange): ClusterChange {
  const gone = new Set(then.goneNodes)
  const nodes = new Map(first.nodes.filter(({ name }) => !gone.has(name)).map((node) => [node.name, node]))
  for (const node of then.nodes) nodes.set(node.name, node)
  return {
    ...first,
    ...then,
    nodes: [...nodes.values()],
    goneNodes: [...new Set([...first.goneNodes, ...then.goneNodes])].filter((name) => !nodes.has(name)),
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0
