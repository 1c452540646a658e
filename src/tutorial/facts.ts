import type { TraceResult } from '../model/result/result.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import { nodeStack, podStack, type StackId } from '../model/stack/stack-id.ts'

/** What the statements of one flow are held against. */
export interface FlowFacts {
  readonly trace: TraceResult
  /** The stacks that were read. One that is missing was not. */
  readonly stacks: ReadonlyMap<StackId, NetworkStack>
  /** Packets that each stack's capture lost. A stack that is missing was not captured. */
  readonly captures: ReadonlyMap<StackId, number>
  /** False: EC2 was not asked, or told nothing, so what lies between the nodes is not known. */
  readonly vpcRead: boolean
  /** Kubernetes' InternalIP of each node, by its name. */
  readonly nodeAddresses: ReadonlyMap<string, string>
}

/** For the flow to the internet: what is known of the node's public address. */
export interface InternetFacts extends FlowFacts {
  /** Of the pod's node, as EC2 or Kubernetes (ExternalIP) tell it; of the NAT gateway, where there is one. */
  readonly publicAddress: string | null
  /** The private address of the NAT gateway by which the node's subnet leaves the VPC. */
  readonly natGateway: string | null
  /** aws-node leaves SNAT to that NAT gateway: AWS_VPC_K8S_CNI_EXTERNALSNAT=true. */
  readonly externalSnat: boolean
  /** The source that a server on the internet saw the pod with. */
  readonly seenAs: string | null
}

/** What a server on the internet answered to "who am I?", asked by a pod and by its node. */
export interface PublicAddressFacts {
  readonly pod: { readonly name: string; readonly answer: string | null; readonly error: string | null }
  readonly node: { readonly name: string; readonly answer: string | null; readonly error: string | null }
  /** As in InternetFacts. */
  readonly publicAddress: string | null
  readonly natGateway: string | null
}

/** The place of one end of a flow; null where it is none of the cluster's (a host on the internet). */
export function stackOf(end: TraceResult['from']): StackId | null {
  switch (end.kind) {
    case 'pod': {
      const slash = end.name.indexOf('/')
      return slash < 0
        ? podStack('default', end.name)
        : podStack(end.name.slice(0, slash), end.name.slice(slash + 1))
    }
    case 'node':
      return nodeStack(end.name)
    case 'service':
    case 'address':
    case 'host':
      return null
  }
}

/** The node under one end of a flow. */
export const nodeStackOf = (end: TraceResult['from']): StackId =>
  nodeStack(end.node ?? (end.kind === 'node' ? end.name : ''))

/** `default/web-1` → `web-1` */
export const shortPod = (name: string): string => name.slice(name.indexOf('/') + 1)

/** The first label of a node's DNS name. */
export const shortNode = (name: string): string => name.split('.')[0] ?? name
