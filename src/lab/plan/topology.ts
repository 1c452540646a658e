import { formatIp4, ip, ip4Of, type Ip4 } from '../../model/address.ts'
import { formatPrefix, networkOf, prefix, type Prefix } from '../../model/prefix.ts'
import type { Eni, Vpc, MetadataOptions } from '../../model/vpc.ts'
import { clusterId, eniMac, privateDnsName, resourceId } from './identifier.ts'
import { instanceTypes, type InstanceType } from './instance-type.ts'
import { initialNetworkAcls, initialRouteTables, initialSecurityGroups } from './security.ts'
import { randomFor, type Random } from './random.ts'

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
}

/** An ENI that a node has or may come to have; the n-th is attached as device n. */
export interface EniPlan {
  readonly id: string
  readonly mac: string
  readonly deviceIndex: number
  readonly address: string
  /** The secondary addresses it brings: those that pods get. */
  readonly podAddresses: readonly string[]
}

export interface NodePlan {
  readonly name: string
  readonly instance: string
  readonly zone: string
  readonly subnet: string
  readonly subnetPrefix: Prefix
  /** The VPC router's address in the subnet: base + 1. */
  readonly gateway: string
  readonly address: string
  readonly publicAddress: string
  readonly enis: readonly EniPlan[]
}

export interface HostPlan {
  readonly eni: string
  readonly mac: string
  readonly address: string
  readonly publicAddress: string | null
  readonly subnet: string
  readonly gateway: string
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
const subnetPrefixes = ['192.168.1.0/24', '192.168.2.0/24', '192.168.3.0/24'] as const
const zones = [`${region}a`, `${region}b`, `${region}c`] as const
const bastionAddress = '192.168.1.100'

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
}

/** Hands out addresses of a subnet, each once. AWS keeps the first four and the last for itself. */
class SubnetPool {
  private readonly taken: Set<number>
  readonly prefix: Prefix
  private readonly random: Random
  constructor(prefixText: string, random: Random, reserved: readonly string[]) {
    this.prefix = prefix(prefixText)
    this.random = random
    this.taken = new Set(reserved.map((text) => ip4Of(text)))
  }
  take(): string {
    const size = 2 ** (32 - this.prefix.length)
    const base = networkOf(this.prefix) as Ip4
    if (this.taken.size > size - 6) throw new Error(`no free address is left in ${formatPrefix(this.prefix)}`)
    for (;;) {
      const host = 4 + this.random.below(size - 5)
      const candidate = (base + host) as Ip4
      if (this.taken.has(candidate)) continue
      this.taken.add(candidate)
      return formatIp4(candidate)
    }
  }
}

const gatewayOf = (subnet: Prefix): string => formatIp4(((networkOf(subnet) as Ip4) + 1) as Ip4)

/** Larger labs than a /24 holds get /20 subnets; the tutorial's three stay as they are. */
function subnetsFor(options: LabOptions): readonly string[] {
  const perNode =
    instanceTypes[options.instanceType].enis * instanceTypes[options.instanceType].addressesPerEni
  const perSubnet = Math.ceil(options.nodes / subnetPrefixes.length) * perNode + 8
  return perSubnet <= 240 ? subnetPrefixes : ['192.168.16.0/20', '192.168.32.0/20', '192.168.48.0/20']
}

export function planTopology(options: LabOptions): Topology {
  const { seed } = options
  const pinned = seed === tutorial.seed && subnetsFor(options) === subnetPrefixes
  const vpcId = resourceId(seed, 'vpc', 'main')
  const subnets = subnetsFor(options).map((text, i) => ({
    id: resourceId(seed, 'subnet', zones[i] ?? ''),
    prefix: prefix(text),
    zone: zones[i] ?? '',
    mapPublicIp: true,
  }))
  const wellKnown = [bastionAddress, ...(pinned ? [...tutorial.nodes, ...tutorial.pods] : [])]
  const pools = subnets.map(
    (subnet) =>
      new SubnetPool(formatPrefix(subnet.prefix), randomFor(seed, `pool/${subnet.zone}`), wellKnown),
  )
  const publicRandom = new SubnetPool('203.0.113.0/24', randomFor(seed, 'public'), [])
  const publicAddress = (index: number): string =>
    index < 200 ? publicRandom.take() : formatIp4((ip4Of('203.0.112.0') - index) as Ip4)

  const limits = instanceTypes[options.instanceType]
  const nodes: NodePlan[] = Array.from({ length: options.nodes }, (_, index) => {
    const subnet = subnets[index % subnets.length]
    const pool = pools[index % pools.length]
    if (!subnet || !pool) throw new Error('a lab needs at least one subnet')
    const address = (pinned ? tutorial.nodes[index] : undefined) ?? pool.take()
    const name = privateDnsName(address, region)
    const enis = Array.from({ length: limits.enis }, (_unused, deviceIndex): EniPlan => {
      const label = `${name}/${deviceIndex}`
      const pods = Array.from({ length: limits.addressesPerEni - 1 }, () => pool.take())
      const first = pinned && deviceIndex === 0 ? tutorial.pods[index] : undefined
      return {
        id: resourceId(seed, 'eni', label),
        mac: eniMac(seed, label),
        deviceIndex,
        address: deviceIndex === 0 ? address : pool.take(),
        podAddresses: first ? [first, ...pods.slice(1)] : pods,
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
      publicAddress: publicAddress(index),
      enis,
    }
  })

  const firstSubnet = subnets[0]
  const firstPool = pools[0]
  if (!firstSubnet || !firstPool) throw new Error('a lab needs at least one subnet')
  const hostIn = (label: string, address: string, isPublic: boolean): HostPlan => ({
    eni: resourceId(seed, 'eni', label),
    mac: eniMac(seed, label),
    address,
    publicAddress: isPublic ? publicRandom.take() : null,
    subnet: firstSubnet.id,
    gateway: gatewayOf(firstSubnet.prefix),
  })
  const inFirst = formatPrefix(firstSubnet.prefix) === subnetPrefixes[0]
  const bastion = hostIn('bastion', inFirst ? bastionAddress : firstPool.take(), true)
  const controlPlane = hostIn('control-plane', firstPool.take(), false)

  const internetGateway = resourceId(seed, 'igw', 'main')
  const groups = initialSecurityGroups(seed, prefix(vpcPrefix))
  const vpc: Vpc = {
    id: vpcId,
    region,
    prefixes: [prefix(vpcPrefix)],
    subnets,
    interfaces: [
      ...nodes.flatMap((node) => node.enis.slice(0, 1).map((eni) => nodeEni(node, eni, groups.cluster.id))),
      hostEni(bastion, groups.bastion.id, resourceId(seed, 'i', 'bastion'), 'podpath lab bastion'),
      {
        ...hostEni(controlPlane, groups.cluster.id, null, 'Amazon EKS podpath-lab'),
        managed: 'eks-control-plane',
      },
    ],
    routeTables: initialRouteTables(seed, prefix(vpcPrefix), internetGateway, subnets),
    securityGroups: [groups.cluster, groups.bastion],
    networkAcls: initialNetworkAcls(seed, subnets),
    internetGateways: [internetGateway],
    natGateways: [],
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
        zone: firstSubnet.zone,
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
    nodes,
    bastion,
    controlPlane,
    resolver: '192.168.0.2',
    internet: { names: { 'www.google.com': '198.51.100.100', 'ipinfo.io': '198.51.100.34' } },
    placements: {
      netshoot: nodes.slice(0, 3).flatMap((node) => placement(node, 0, 0)),
      coredns: nodes.slice(0, 2).flatMap((node) => placement(node, 1, 0)),
    },
  }
}

const placement = (node: NodePlan, eni: number, slot: number): Placement[] => {
  const address = node.enis[eni]?.podAddresses[slot]
  return address === undefined ? [] : [{ node: node.name, address }]
}

/** The ENI of a node as EC2 describes it once it is attached. */
export function nodeEni(node: NodePlan, eni: EniPlan, securityGroup: string): Eni {
  return {
    id: eni.id,
    subnet: node.subnet,
    mac: eni.mac,
    addresses: [
      {
        address: ip(eni.address),
        primary: true,
        publicAddress: eni.deviceIndex === 0 ? ip(node.publicAddress) : null,
        associationId: null,
      },
      ...eni.podAddresses.map((text) => ({
        address: ip(text),
        primary: false,
        publicAddress: null,
        associationId: null,
      })),
    ],
    prefixes: [],
    securityGroups: [securityGroup],
    sourceDestCheck: true,
    attachment: { instance: node.instance, deviceIndex: eni.deviceIndex },
    description: eni.deviceIndex === 0 ? '' : `aws-K8S-${node.instance}`,
  }
}

function hostEni(host: HostPlan, group: string, instance: string | null, description: string): Eni {
  return {
    id: host.eni,
    subnet: host.subnet,
    mac: host.mac,
    addresses: [
      {
        address: ip(host.address),
        primary: true,
        publicAddress: host.publicAddress === null ? null : ip(host.publicAddress),
        associationId: null,
      },
    ],
    prefixes: [],
    securityGroups: [group],
    sourceDestCheck: true,
    attachment: instance === null ? null : { instance, deviceIndex: 0 },
    description,
  }
}
