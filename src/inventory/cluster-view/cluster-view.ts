import { labelsAt, listAt, numberAt, textAt } from '../../edge/fields.ts'
import { instanceOf } from '../../cluster/aws/ec2.ts'
import { formatIp, isIp4, type Ip } from '../../model/address/address.ts'
import {
  podKey,
  type ClusterChange,
  type ClusterView,
  type EniView,
  type NodeView,
  type PodView,
  type SlotView,
} from '../../model/view/cluster-view.ts'
import type { Wire } from '../../model/fabric/fabric.ts'
import { formatPrefix, networkOf, type Prefix } from '../../model/address/prefix.ts'
import type { Gap } from '../../model/result/result.ts'
import { stackKind } from '../../model/stack/stack-id.ts'
import type { Eni, Vpc } from '../../model/vpc/vpc.ts'
import { holdsAddress, podView } from './pod-view.ts'
import { deploymentViews, serviceViews } from './service-view.ts'
import { publicAddresses, vpcView } from './vpc-view.ts'

/** What a view is made of: Kubernetes' objects as the API gave them, and what else is known. */
export interface ClusterParts {
  readonly nodes: readonly unknown[]
  readonly pods: readonly unknown[]
  readonly services: readonly unknown[]
  readonly endpointSlices: readonly unknown[]
  readonly deployments: readonly unknown[]
  /** Null: EC2 was not asked, or did not answer. */
  readonly vpc: Vpc | null
  readonly askingEc2: boolean
  /** Which device of a node is which ENI; none: the nodes' interfaces were not read. */
  readonly wires: readonly Wire[]
  /** The route of a node to a pod's address, by `NODE ADDRESS`; none: the tables were not read. */
  readonly podRoutes: ReadonlyMap<string, string>
  readonly gaps: readonly Gap[]
}

/** Pure: the same parts, the same view. Nodes in the order of their names, ENIs in that of their devices. */
export function clusterView(parts: ClusterParts): ClusterView {
  const pods = parts.pods.flatMap(podView).map((pod): PodView => {
    const route = parts.podRoutes.get(`${pod.node ?? ''} ${pod.addresses[0] ?? ''}`)
    return route === undefined || pod.hostNetwork ? pod : { ...pod, route }
  })
  const byNode = grouped(pods, (pod) => pod.node ?? '')
  const holders = new Map<string, string>()
  for (const pod of pods)
    if (holdsAddress(pod)) for (const address of pod.addresses) holders.set(address, podKey(pod))
  const facts: NodeFacts = {
    holders,
    enis: grouped(parts.vpc?.interfaces ?? [], (eni) => eni.attachment?.instance ?? ''),
    devices: devicesOf(parts.wires),
    publicAddresses: parts.vpc === null ? new Map() : publicAddresses(parts.vpc),
    known: parts.vpc !== null && !(parts.vpc.missing ?? []).includes('network-interfaces'),
  }
  const nodes = parts.nodes
    .flatMap((object) => nodeView(object, byNode, facts))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = new Set(nodes.map(({ name }) => name))
  return {
    nodes,
    unplaced: pods.filter(({ node }) => node === null || !names.has(node)),
    services: serviceViews(parts.services, parts.endpointSlices),
    deployments: deploymentViews(parts.deployments),
    vpc: parts.vpc === null ? null : vpcView(parts.vpc),
    askingEc2: parts.askingEc2,
    gaps: parts.gaps,
  }
}

interface NodeFacts {
  readonly holders: ReadonlyMap<string, string>
  readonly enis: ReadonlyMap<string, readonly Eni[]>
  readonly devices: ReadonlyMap<string, string>
  readonly publicAddresses: ReadonlyMap<string, string>
  readonly known: boolean
}

/** ENI id → the name that its node gives it. */
const devicesOf = (wires: readonly Wire[]): ReadonlyMap<string, string> =>
  new Map(
    wires.flatMap(({ a, b }) =>
      stackKind(b.stack) === 'vpc'
        ? [[b.interface, a.interface] as const]
        : stackKind(a.stack) === 'vpc'
          ? [[a.interface, b.interface] as const]
          : [],
    ),
  )

function nodeView(
  object: unknown,
  byNode: ReadonlyMap<string, readonly PodView[]>,
  facts: NodeFacts,
): readonly NodeView[] {
  const name = textAt(object, 'metadata', 'name')
  if (name === undefined) return []
  const labels = labelsAt(object, 'metadata', 'labels')
  const instance = instanceOf(textAt(object, 'spec', 'providerID') ?? null)?.id ?? null
  const addresses = listAt(object, 'status', 'addresses').flatMap((one) =>
    textAt(one, 'type') === 'InternalIP' ? (textAt(one, 'address') ?? []) : [],
  )
  const enis = instance === null ? undefined : facts.enis.get(instance)
  const most =
    textAt(object, 'status', 'allocatable', 'pods') ?? numberAt(object, 'status', 'allocatable', 'pods')
  return [
    {
      name,
      ready: listAt(object, 'status', 'conditions').some(
        (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
      ),
      zone: labels['topology.kubernetes.io/zone'] ?? null,
      instance,
      instanceType: labels['node.kubernetes.io/instance-type'] ?? null,
      addresses,
      publicAddress:
        addresses.map((one) => facts.publicAddresses.get(one)).find((one) => one !== undefined) ?? null,
      mostPods: most === undefined || !Number.isFinite(Number(most)) ? null : Number(most),
      enis: facts.known && enis ? enis.map((eni) => eniView(eni, facts)).sort(byDevice) : null,
      pods: [...(byNode.get(name) ?? [])].sort((a, b) => (podKey(a) < podKey(b) ? -1 : 1)),
    },
  ]
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

const byDevice = (a: EniView, b: EniView): number => a.deviceIndex - b.deviceIndex

function eniView(eni: Eni, facts: NodeFacts): EniView {
  const primary = eni.addresses.find((one) => one.primary) ?? eni.addresses[0]
  const own = eni.addresses
    .filter((one) => one !== primary)
    .map(({ address }) => formatIp(address))
    .map((address): SlotView => ({ address, pod: facts.holders.get(address) ?? null }))
  const delegated = eni.prefixes.map((prefix) => delegatedTo(prefix, facts))
  return {
    id: eni.id,
    deviceIndex: eni.attachment?.deviceIndex ?? 0,
    device: facts.devices.get(eni.id) ?? null,
    subnet: eni.subnet,
    mac: eni.mac,
    securityGroups: eni.securityGroups,
    primary: primary ? formatIp(primary.address) : '',
    slots: [...own, ...delegated.flatMap(({ held }) => held)],
    room: delegated.reduce((sum, { size }) => sum + size, own.length),
    prefixes: delegated.map(({ prefix, held, size }) => ({ prefix, held: held.length, size })),
  }
}

/** Longer lists of addresses than this are not gone through: the VPC CNI delegates /28s. */
const mostDelegated = 256

/** The addresses of a delegated prefix that pods hold. */
function delegatedTo(prefix: Prefix, { holders }: NodeFacts) {
  const size = isIp4(prefix.address) ? 2 ** (32 - prefix.length) : Infinity
  const first = networkOf(prefix)
  const addresses =
    typeof first === 'number' && size <= mostDelegated
      ? Array.from({ length: size }, (_, n) => formatIp((first + n) as Ip))
      : []
  const held = addresses.flatMap((address): SlotView[] => {
    const pod = holders.get(address)
    return pod === undefined ? [] : [{ address, pod }]
  })
  return { prefix: formatPrefix(prefix), held, size: addresses.length }
}

/** What differs from one view to the next. Keeps what each node and each member looked like last. */
export class ViewChanges {
  readonly #nodes = new Map<string, string>()
  readonly #members = new Map<string, string>()

  /** Compares with the view given last; everything is new the first time. */
  since(view: ClusterView): ClusterChange | null {
    const nodes: NodeView[] = []
    const now = new Set<string>()
    for (const node of view.nodes) {
      now.add(node.name)
      const text = JSON.stringify(node)
      if (this.#nodes.get(node.name) === text) continue
      this.#nodes.set(node.name, text)
      nodes.push(node)
    }
    const goneNodes = [...this.#nodes.keys()].filter((name) => !now.has(name))
    for (const name of goneNodes) this.#nodes.delete(name)
    const members = this.#membersOf(view)
    if (nodes.length === 0 && goneNodes.length === 0 && Object.keys(members).length === 0) return null
    return { nodes, goneNodes, ...members }
  }

  #membersOf(view: ClusterView): Omit<ClusterChange, 'nodes' | 'goneNodes'> {
    const { unplaced, services, deployments, vpc, askingEc2, gaps } = view
    const members = { unplaced, services, deployments, vpc, askingEc2, gaps }
    const differing = Object.entries(members).filter(([name, value]) => {
      const text = JSON.stringify(value)
      if (this.#members.get(name) === text) return false
      this.#members.set(name, text)
      return true
    })
    return Object.fromEntries(differing)
  }
}
