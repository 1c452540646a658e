import { prefix } from '../../model/address/prefix.ts'
import type { Subnet } from '../../model/vpc/vpc.ts'
import { resourceId } from './identifier.ts'
import { instanceTypes, type InstanceType } from './instance-type.ts'

/** Of the subnets that nodes stand in. `private`: what leaves them for the internet goes by a NAT gateway. */
export const subnetKinds = ['public', 'private'] as const
export type SubnetKind = (typeof subnetKinds)[number]

export interface SubnetPlan {
  /** One in each zone. */
  readonly nodes: readonly Subnet[]
  /** The public one that has the bastion and, for private nodes, the NAT gateway. */
  readonly edge: Subnet
  /** Every subnet, each once. */
  readonly all: readonly Subnet[]
  /** The nodes' subnets are the tutorial's. */
  readonly tutorial: boolean
}

const tutorialPrefixes = ['192.168.1.0/24', '192.168.2.0/24', '192.168.3.0/24'] as const
/** For labs that are larger than the tutorial's subnets hold, by the addresses that each of these has room for. */
const widerPrefixes = [
  { room: 4_000, prefixes: ['192.168.16.0/20', '192.168.32.0/20', '192.168.48.0/20'] },
  { room: 16_000, prefixes: ['192.168.64.0/18', '192.168.128.0/18', '192.168.192.0/18'] },
] as const
const edgePrefix = '192.168.10.0/24'

/** The tutorial's three subnets, or wider ones for a lab that is larger than they hold. */
export function planSubnets(options: {
  readonly seed: number
  readonly region: string
  readonly nodes: number
  readonly instanceType: InstanceType
  readonly subnets: SubnetKind
  readonly prefixDelegation: boolean
}): SubnetPlan {
  const { seed, region } = options
  const { enis, addressesPerEni } = instanceTypes[options.instanceType]
  // Whole blocks must be free, between addresses that lie anywhere.
  const perEni = options.prefixDelegation ? 72 : addressesPerEni
  const perSubnet = Math.ceil(options.nodes / tutorialPrefixes.length) * enis * perEni + 8
  const tutorial = perSubnet <= 240
  const wider = widerPrefixes.find(({ room }) => perSubnet <= room)
  if (!wider) throw new Error(`no subnet holds ${perSubnet} addresses`)
  const open = options.subnets === 'public'
  const nodes = (tutorial ? tutorialPrefixes : wider.prefixes).map((text, i): Subnet => {
    const zone = `${region}${'abc'[i] ?? ''}`
    return { id: resourceId(seed, 'subnet', zone), prefix: prefix(text), zone, mapPublicIp: open }
  })
  const [first] = nodes
  if (!first) throw new Error('a lab needs at least one subnet')
  if (open) return { nodes, edge: first, all: nodes, tutorial }
  const edge: Subnet = {
    id: resourceId(seed, 'subnet', `${first.zone}/public`),
    prefix: prefix(edgePrefix),
    zone: first.zone,
    mapPublicIp: true,
  }
  return { nodes, edge, all: [...nodes, edge], tutorial }
}
