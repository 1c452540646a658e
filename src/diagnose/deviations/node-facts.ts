/** What a node should look like depends on its ENIs, its pods, the CNI's settings: found in the snapshot, or known to be missing. */
import { isIp4, type Ip4 } from '../../model/address/address.ts'
import type { NotJudged } from '../../model/diagnosis/deviation.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { KubernetesObjects, Pod } from '../../model/fabric/kubernetes.ts'
import { contains, type Prefix } from '../../model/address/prefix.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { podStack, stackKind, stackName, type StackId } from '../../model/stack/stack-id.ts'
import type { Eni, Vpc } from '../../model/vpc/vpc.ts'
import { parseCniVersion } from '../../intent/vpc-cni/cni-version.ts'
import type { NodeEni } from '../../intent/vpc-cni/node-eni.ts'
import { settingsFromEnvironment, type VpcCniSettings } from '../../intent/vpc-cni/settings.ts'
import { vethName } from '../../intent/vpc-cni/veth-name.ts'

/** One pod of the node with an address of its own. */
export interface PodOnNode {
  readonly stack: StackId
  readonly namespace: string
  readonly name: string
  readonly address: Ip4
  /** The node's end of its veth. */
  readonly device: string
  /** Of the ENI that has its address; null: no ENI of the node has it, or EC2 was not read. */
  readonly eni: NodeEni | null
}

export interface NodeFacts {
  readonly stack: NetworkStack
  /** The Kubernetes node's name. */
  readonly name: string
  readonly settings: VpcCniSettings
  /** Its aws-node's variables were read: without them source NAT is not judged. */
  readonly environmentKnown: boolean
  /** Empty: not known. */
  readonly enis: readonly NodeEni[]
  readonly vpcCidrs: readonly Prefix[]
  readonly pods: readonly PodOnNode[]
}

/** The facts of a node's stack; a sentence says why there are none. */
export function nodeFacts(
  stack: NetworkStack,
  fabric: Fabric,
  objects: KubernetesObjects | null,
): NodeFacts | NotJudged {
  const name = stackName(stack.id)
  const unknown = (because: string): NotJudged => ({ at: stack.id, what: 'the VPC CNI', because })
  if (stack.derived !== undefined) return unknown('the stack was derived, not recorded')
  if (objects === null || objects.missing.includes('pods')) return unknown('the pods were not read')
  const agent = objects.pods.find((pod) => pod.nodeName === name && isAwsNode(pod) && pod.phase === 'Running')
  if (agent === undefined) return unknown('no aws-node runs there')
  const container = agent.containers?.find((one) => one.name === 'aws-node')
  const version = parseCniVersion(container?.image ?? '')
  if (version === undefined) return unknown('the version of aws-node was not read')
  const environment = container?.environment ?? null
  if (environment?.['ENABLE_IPv6'] === 'true') return unknown('IPv6 clusters are not judged')
  const iptables = backendOf(stack)
  const { settings } = settingsFromEnvironment(environment ?? {}, version, iptables)
  const enis = enisOf(stack, fabric.vpc)
  return {
    stack,
    name,
    settings,
    environmentKnown: environment !== null,
    enis,
    vpcCidrs: (fabric.vpc?.prefixes ?? []).filter(({ address }) => isIp4(address)),
    // With security groups for pods some pods have no veth of this kind.
    pods:
      environment?.['ENABLE_POD_ENI'] === 'true'
        ? []
        : podsOf(name, stack.id, fabric, objects, enis, settings),
  }
}

const isAwsNode = ({ namespace, labels }: Pod): boolean =>
  namespace === 'kube-system' && labels['k8s-app'] === 'aws-node'

/** Where the CNI's own chains stand; where there are none, where there is anything. */
const backendOf = ({ iptables }: NetworkStack): 'legacy' | 'nft' =>
  (iptables ?? []).find(({ tables }) =>
    tables.some(({ chains }) => chains.some((chain) => /^AWS-SNAT-CHAIN/.test(chain.name))),
  )?.backend ??
  (iptables ?? []).find(({ tables }) => tables.length > 0)?.backend ??
  'legacy'

/** The node's interfaces that are ENIs, by their MAC. */
function enisOf({ links }: NetworkStack, vpc: Vpc | null): readonly NodeEni[] {
  const byMac = new Map((vpc?.interfaces ?? []).map((eni) => [eni.mac.toLowerCase(), eni]))
  return links.flatMap((link) => {
    const eni = link.mac === null ? undefined : byMac.get(link.mac)
    const primary = eni?.addresses.find((one) => one.primary)?.address
    const subnet = vpc?.subnets.find(({ id }) => id === eni?.subnet)?.prefix
    if (!eni?.attachment || primary === undefined || !isIp4(primary) || subnet === undefined) return []
    const { deviceIndex } = eni.attachment
    return [{ device: link.name, mac: link.mac ?? '', address: primary, subnet, deviceIndex }]
  })
}

function podsOf(
  node: string,
  stack: StackId,
  fabric: Fabric,
  objects: KubernetesObjects,
  enis: readonly NodeEni[],
  settings: VpcCniSettings,
): readonly PodOnNode[] {
  const devices = devicesOf(stack, fabric)
  return objects.pods.flatMap((pod): readonly PodOnNode[] => {
    if (pod.nodeName !== node || pod.hostNetwork || pod.phase !== 'Running') return []
    const address = pod.addresses.find(isIp4)
    if (address === undefined) return []
    const id = podStack(pod.namespace, pod.name)
    return [
      {
        stack: id,
        namespace: pod.namespace,
        name: pod.name,
        address,
        device: devices.get(id) ?? vethName(settings.vethPrefix, pod.namespace, pod.name),
        eni: ownerOf(address, enis, fabric.vpc),
      },
    ]
  })
}

/** By pod, the node's end of its wire. */
function devicesOf(stack: StackId, { wires }: Fabric): ReadonlyMap<StackId, string> {
  const found = new Map<StackId, string>()
  for (const { a, b } of wires)
    for (const [near, far] of [
      [a, b],
      [b, a],
    ] as const)
      if (near.stack === stack && stackKind(far.stack) === 'pod') found.set(far.stack, near.interface)
  return found
}

function ownerOf(address: Ip4, enis: readonly NodeEni[], vpc: Vpc | null): NodeEni | null {
  const owner = vpc?.interfaces.find(
    (eni: Eni) =>
      eni.addresses.some((one) => one.address === address) ||
      eni.prefixes.some((one) => contains(one, address)),
  )
  return enis.find(({ mac }) => mac === owner?.mac.toLowerCase()) ?? null
}
