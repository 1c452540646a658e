import { formatIp4, type Ip4 } from '../../model/address/address.ts'
import { networkOf, prefix, type Prefix } from '../../model/address/prefix.ts'
import type { MetadataOptions, Subnet, Vpc } from '../../model/vpc/vpc.ts'
import { addressPool, delegatedSize } from './address-pool.ts'
import { describedNatGateway, hostEni, natGatewayEni, nodeEni } from './enis.ts'
import type { EniPlan, HostPlan, NatGatewayPlan, NodePlan } from './host-plan.ts'
import { clusterId, eniMac, privateDnsName, resourceId } from './identifier.ts'
import { instanceTypes, type InstanceType } from './instance-type.ts'
import { initialNetworkAcls, initialRouteTables, initialSecurityGroups } from './security.ts'
import { randomFor } from './random.ts'
import { planSubnets, type SubnetKind } from './subnets.ts'

export type Ami = 'al2' | 'al2023'

/** What managed node groups of each image launch with; what AL2023 has is EC2's own usual. */
const metadataOptionsOf: Readonly<Record<Ami, MetadataOptions>> = {
  al2: { tokens: 'optional', hopLimit: 2, endpoint: 'enabled' },
  al2023: { tokens: 'required', hopLimit: 1, endpoint: 'enabled' },
}

export interface LabOptions {
  readonly name: string
  readonly seed: number
  readonly ami: Ami
  readonly nodes: number
  readonly instanceType: InstanceType
  /** That the nodes stand in. */
  readonly subnets: SubnetKind
  /** ENABLE_PREFIX_DELEGATION: ENIs have prefixes of 16 addresses in place of single ones. */
  readonly prefixDelegation: boolean
}

/** Everything about a lab that is decided before anything is made. Pure data: same options, same topology. */
export interface Topology {
  readonly options: LabOptions
  readonly region: string
  readonly account: string
  readonly clusterName: string
  /** The API server's name, as EKS makes them; inside the VPC it is the control plane's private address. */
  readonly clusterEndpoint: string
  /** The VPC on the first day: primary ENIs, the bastion's and the control plane's. */
  readonly vpc: Vpc
  readonly internetGateway: string
  /** Null: the nodes' subnets are public. */
  readonly natGateway: NatGatewayPlan | null
  readonly nodes: readonly NodePlan[]
  readonly bastion: HostPlan
  /** EKS's own ENI in the VPC: where the Kubernetes API answers. */
  readonly controlPlane: HostPlan
  readonly resolver: string
  readonly internet: { readonly names: Readonly<Record<string, string>> }
  /** Where the lab's own pods go and with which address; other pods are placed by the scheduler and ipamd. */
  readonly placements: { readonly netshoot: readonly Placement[]; readonly coredns: readonly Placement[] }
}

export interface Placement {
  readonly node: string
  readonly address: string
}

const region = 'ap-northeast-2'
const vpcPrefix = '192.168.0.0/16'
/** The tutorial's bastion is 192.168.1.100. */
const bastionHost = 100

/** The tutorial's own addresses, which its text quotes; every other address comes from the seed. */
const tutorial = {
  seed: 1,
  nodes: ['192.168.1.138', '192.168.2.91', '192.168.3.20'],
  pods: ['192.168.1.239', '192.168.2.84', '192.168.3.143'],
} as const

export const defaultLab: LabOptions = {
  name: 'default',
  seed: tutorial.seed,
  ami: 'al2',
  nodes: 3,
  instanceType: 't3.medium',
  subnets: 'public',
  prefixDelegation: false,
}

/** One in use and one warm, as with WARM_PREFIX_TARGET=1; ipamd would ask for more when these are full. */
const prefixesPerEni = 2

const addressesOf = (block: Prefix): readonly string[] =>
  Array.from({ length: delegatedSize }, (_, n) => hostOf(block, n))

const hostOf = (subnet: Prefix, number: number): string =>
  formatIp4(((networkOf(subnet) as Ip4) + number) as Ip4)

/** The VPC router's. */
const gatewayOf = (subnet: Prefix): string => hostOf(subnet, 1)

export function planTopology(options: LabOptions): Topology {
  const { seed } = options
  const subnets = planSubnets({ ...options, region })
  const pinned = seed === tutorial.seed && subnets.tutorial
  const vpcId = resourceId(seed, 'vpc', 'main')
  const bastionAddress = hostOf(subnets.edge.prefix, bastionHost)
  const pinnedPods = options.prefixDelegation ? [] : tutorial.pods
  const wellKnown = [bastionAddress, ...(pinned ? [...tutorial.nodes, ...pinnedPods] : [])]
  const poolOf = (subnet: Subnet, label: string) =>
    addressPool(subnet.prefix, randomFor(seed, `pool/${label}`), wellKnown)
  const pools = subnets.nodes.map((subnet) => poolOf(subnet, subnet.zone))
  const publicPool = addressPool(prefix('203.0.113.0/24'), randomFor(seed, 'public'), [])

  const limits = instanceTypes[options.instanceType]
  const nodes: NodePlan[] = Array.from({ length: options.nodes }, (_, index) => {
    const subnet = subnets.nodes[index % subnets.nodes.length]
    const pool = pools[index % pools.length]
    if (!subnet || !pool) throw new Error('a lab needs at least one subnet')
    const address = (pinned ? tutorial.nodes[index] : undefined) ?? pool.take()
    const name = privateDnsName(address, region)
    const enis = Array.from({ length: limits.enis }, (_unused, deviceIndex): EniPlan => {
      const label = `${name}/${deviceIndex}`
      const prefixes = options.prefixDelegation
        ? Array.from({ length: prefixesPerEni }, () => pool.takePrefix())
        : []
      const pods = options.prefixDelegation
        ? prefixes.flatMap(addressesOf)
        : Array.from({ length: limits.addressesPerEni - 1 }, () => pool.take())
      // A node and its pod of the tutorial may be of one /28, which then cannot be delegated.
      const first =
        pinned && deviceIndex === 0 && !options.prefixDelegation ? tutorial.pods[index] : undefined
      return {
        id: resourceId(seed, 'eni', label),
        mac: eniMac(seed, label),
        deviceIndex,
        address: deviceIndex === 0 ? address : pool.take(),
        podAddresses: first ? [first, ...pods.slice(1)] : pods,
        prefixes,
      }
    })
    return {
      name,
      instance: resourceId(seed, 'i', name),
      zone: subnet.zone,
      subnet: subnet.id,
      subnetPrefix: subnet.prefix,
      gateway: gatewayOf(subnet.prefix),
      address,
      publicAddress: subnet.mapPublicIp ? publicPool.take() : null,
      enis,
    }
  })

  const hostIn = (label: string, subnet: Subnet, address: string): HostPlan => ({
    eni: resourceId(seed, 'eni', label),
    mac: eniMac(seed, label),
    address,
    publicAddress: null,
    subnet: subnet.id,
    gateway: gatewayOf(subnet.prefix),
  })
  const { edge } = subnets
  const bastion = { ...hostIn('bastion', edge, bastionAddress), publicAddress: publicPool.take() }
  const [inside] = subnets.nodes
  const [firstPool] = pools
  if (!inside || !firstPool) throw new Error('a lab needs at least one subnet')
  const controlPlane = hostIn('control-plane', inside, firstPool.take())
  const natGateway: NatGatewayPlan | null =
    edge === inside
      ? null
      : {
          ...hostIn('nat-gateway', edge, poolOf(edge, 'edge').take()),
          id: resourceId(seed, 'nat', 'main'),
          publicAddress: publicPool.take(),
        }

  const internetGateway = resourceId(seed, 'igw', 'main')
  const groups = initialSecurityGroups(seed, prefix(vpcPrefix), bastion.address)
  const vpc: Vpc = {
    id: vpcId,
    region,
    prefixes: [prefix(vpcPrefix)],
    subnets: subnets.all,
    interfaces: [
      ...nodes.flatMap((node) => node.enis.slice(0, 1).map((eni) => nodeEni(node, eni, groups.cluster.id))),
      hostEni(bastion, groups.bastion.id, resourceId(seed, 'i', 'bastion'), 'podpath lab bastion'),
      {
        ...hostEni(controlPlane, groups.cluster.id, null, 'Amazon EKS podpath-lab'),
        managed: 'eks-control-plane',
      },
      ...(natGateway === null
        ? []
        : [natGatewayEni(natGateway, resourceId(seed, 'eipassoc', 'nat-gateway'))]),
    ],
    routeTables: initialRouteTables(seed, prefix(vpcPrefix), {
      internetGateway,
      natGateway: natGateway?.id ?? null,
      subnets: subnets.all,
    }),
    securityGroups: [groups.cluster, groups.bastion],
    networkAcls: initialNetworkAcls(seed, subnets.all),
    internetGateways: [internetGateway],
    natGateways: natGateway === null ? [] : [describedNatGateway(natGateway)],
    instances: [
      ...nodes.map((node) => ({
        id: node.instance,
        type: options.instanceType as string,
        privateDnsName: node.name,
        zone: node.zone,
        tags: { Name: `podpath-lab-ng1-Node`, 'eks:cluster-name': 'podpath-lab' },
        metadataOptions: metadataOptionsOf[options.ami],
      })),
      {
        id: resourceId(seed, 'i', 'bastion'),
        type: 't3.micro',
        privateDnsName: privateDnsName(bastion.address, region),
        zone: edge.zone,
        tags: { Name: 'podpath-lab-bastion' },
        metadataOptions: metadataOptionsOf.al2023,
      },
    ],
  }

  return {
    options,
    region,
    account: '111122223333',
    clusterName: 'podpath-lab',
    clusterEndpoint: `${clusterId(seed)}.gr7.${region}.eks.amazonaws.com`,
    vpc,
    internetGateway,
    natGateway,
    nodes,
    bastion,
    controlPlane,
    resolver: '192.168.0.2',
    internet: { names: { 'www.google.com': '198.51.100.100', 'ipinfo.io': '198.51.100.34' } },
    placements: {
      netshoot: nodes.slice(0, 3).flatMap((node) => placement(node, 0, 0)),
      // On the second ENI; where the first has prefixes, it is not needed for them.
      coredns: nodes
        .slice(0, 2)
        .flatMap((node) =>
          options.prefixDelegation ? placement(node, 0, delegatedSize) : placement(node, 1, 0),
        ),
    },
  }
}

const placement = (node: NodePlan, eni: number, slot: number): Placement[] => {
  const address = node.enis[eni]?.podAddresses[slot]
  return address === undefined ? [] : [{ node: node.name, address }]
}
