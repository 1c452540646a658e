import type { Condition, KubeObject, Labels } from './meta.ts'

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
  readonly timeAdded?: string
}

export interface Node extends KubeObject {
  readonly spec?: {
    readonly providerID?: string
    readonly unschedulable?: boolean
    readonly taints?: readonly Taint[]
    readonly podCIDR?: string
  }
  readonly status?: {
    readonly capacity?: Labels
    readonly allocatable?: Labels
    readonly conditions?: readonly Condition[]
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
    readonly nodeInfo?: Labels
    readonly images?: readonly { readonly names: readonly string[]; readonly sizeBytes?: number }[]
    readonly daemonEndpoints?: { readonly kubeletEndpoint: { readonly Port: number } }
  }
}

/** The node's first address of a kind, such as `InternalIP`. */
export const nodeAddress = (node: Node, type: string): string | undefined =>
  node.status?.addresses?.find((address) => address.type === type)?.address

export const isNodeReady = (node: Node): boolean =>
  node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

/** Its kubelet is silent: the node controller knows nothing of it any more. */
export const isLost = (node: Node): boolean =>
  node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'Unknown') === true
