/** What podpath uses of Kubernetes' objects, read from the lists of an API server or of a snapshot. */
import { at, labelsAt, listAt, numberAt, textAt } from '../edge/fields.ts'
import { printable } from '../edge/printable.ts'
import type { Gap } from '../model/result/result.ts'

export interface NodeFacts {
  readonly name: string
  readonly ready: boolean
  /** Its kubelet speaks; false for a node that is gone. */
  readonly alive: boolean
  /** Why it is not ready, in the cluster's words. */
  readonly unreadyBecause: string | null
  readonly internalAddresses: readonly string[]
  readonly externalAddresses: readonly string[]
  /** `aws:///ap-northeast-2a/i-0123…` on EKS. */
  readonly providerId: string | null
  readonly labels: Readonly<Record<string, string>>
}

export interface PodFacts {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  /** Null: not scheduled. */
  readonly node: string | null
  /** The first is status.podIP; empty when it has none yet. */
  readonly addresses: readonly string[]
  readonly hostNetwork: boolean
  readonly phase: string
  readonly ready: boolean
}

export interface ServiceFacts {
  readonly namespace: string
  readonly name: string
  /** Empty: headless, or of type ExternalName. */
  readonly addresses: readonly string[]
  readonly externalName: string | null
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[]
}

/** The lists of the cluster that a run needs, read once. */
export interface ClusterFacts {
  readonly nodes: readonly NodeFacts[]
  readonly pods: readonly PodFacts[]
  readonly services: readonly ServiceFacts[]
  /** The objects as the API gave them, by the name of their file in a bundle. */
  readonly raw: ReadonlyMap<ListName, readonly unknown[]>
  readonly gaps: readonly Gap[]
}

/** The lists, in the bundle's words, and where the API has them. */
export const lists = {
  nodes: { path: '/api/v1/nodes', kind: 'NodeList', apiVersion: 'v1' },
  pods: { path: '/api/v1/pods', kind: 'PodList', apiVersion: 'v1' },
  namespaces: { path: '/api/v1/namespaces', kind: 'NamespaceList', apiVersion: 'v1' },
  services: { path: '/api/v1/services', kind: 'ServiceList', apiVersion: 'v1' },
  endpointslices: {
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    kind: 'EndpointSliceList',
    apiVersion: 'discovery.k8s.io/v1',
  },
  networkpolicies: {
    path: '/apis/networking.k8s.io/v1/networkpolicies',
    kind: 'NetworkPolicyList',
    apiVersion: 'networking.k8s.io/v1',
  },
} as const
export type ListName = keyof typeof lists

/** What the lists tell, whether they were just read or are of a recorded snapshot. */
export function factsOf(raw: ClusterFacts['raw'], gaps: readonly Gap[]): ClusterFacts {
  return {
    nodes: (raw.get('nodes') ?? []).flatMap(readNode),
    pods: (raw.get('pods') ?? []).flatMap(readPod),
    services: (raw.get('services') ?? []).flatMap(readService),
    raw,
    gaps,
  }
}

/** Names of Kubernetes objects (RFC 1123 subdomains); anything else is no name that we would use. */
const isName = (text: string | undefined): text is string =>
  text !== undefined && text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)

const condition = (object: unknown, type: string): boolean =>
  listAt(object, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === type && textAt(one, 'status') === 'True',
  )

export function readNode(object: unknown): readonly NodeFacts[] {
  const name = textAt(object, 'metadata', 'name')
  if (!isName(name)) return []
  const addresses = (type: string): readonly string[] =>
    listAt(object, 'status', 'addresses')
      .filter((one) => textAt(one, 'type') === type)
      .map((one) => textAt(one, 'address') ?? '')
      .filter(isAddress)
  return [
    {
      name,
      ready: condition(object, 'Ready'),
      ...life(object),
      internalAddresses: addresses('InternalIP'),
      externalAddresses: addresses('ExternalIP'),
      providerId: textAt(object, 'spec', 'providerID') ?? null,
      labels: labelsAt(object, 'metadata', 'labels'),
    },
  ]
}

/** The node controller says `Unknown` of a node whose kubelet has stopped speaking (kubernetes.io, "Node conditions"). */
function life(object: unknown): Pick<NodeFacts, 'alive' | 'unreadyBecause'> {
  const ready = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Ready')
  const status = textAt(ready, 'status')
  const said = textAt(ready, 'message') ?? textAt(ready, 'reason')
  return {
    alive: status === 'True' || status === 'False',
    unreadyBecause: status === 'True' || said === undefined ? null : printable(said.replace(/\.$/, '')),
  }
}

export function readPod(object: unknown): readonly PodFacts[] {
  const name = textAt(object, 'metadata', 'name')
  const namespace = textAt(object, 'metadata', 'namespace')
  if (!isName(name) || !isName(namespace)) return []
  const listed = listAt(object, 'status', 'podIPs').map((one) => textAt(one, 'ip') ?? '')
  const first = textAt(object, 'status', 'podIP')
  const addresses = [...new Set([...(first === undefined ? [] : [first]), ...listed])].filter(isAddress)
  const node = textAt(object, 'spec', 'nodeName')
  return [
    {
      namespace,
      name,
      uid: textAt(object, 'metadata', 'uid') ?? '',
      labels: labelsAt(object, 'metadata', 'labels'),
      node: isName(node) ? node : null,
      addresses,
      hostNetwork: at(object, 'spec', 'hostNetwork') === true,
      phase: printable(textAt(object, 'status', 'phase') ?? 'Unknown', 40),
      ready: condition(object, 'Ready'),
    },
  ]
}

function readService(object: unknown): readonly ServiceFacts[] {
  const name = textAt(object, 'metadata', 'name')
  const namespace = textAt(object, 'metadata', 'namespace')
  if (!isName(name) || !isName(namespace)) return []
  const first = textAt(object, 'spec', 'clusterIP')
  const all = listAt(object, 'spec', 'clusterIPs').filter((one): one is string => typeof one === 'string')
  return [
    {
      namespace,
      name,
      addresses: [...new Set([...(first === undefined ? [] : [first]), ...all])].filter(isAddress),
      externalName: textAt(object, 'spec', 'externalName') ?? null,
      ports: listAt(object, 'spec', 'ports').flatMap((port) => {
        const number = numberAt(port, 'port')
        return number === undefined
          ? []
          : [{ name: textAt(port, 'name') ?? '', port: number, protocol: textAt(port, 'protocol') ?? 'TCP' }]
      }),
    },
  ]
}

const isAddress = (text: string): boolean => /^[0-9a-fA-F.:]{2,45}$/.test(text)
