import { formatPrefix, prefix, type Prefix } from '../../model/address/prefix.ts'
import { routeLine } from '../../aws/line.ts'
import type {
  NetworkAcl,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  VpcRouteTable,
  VpcRouteTarget,
} from '../../model/vpc/vpc.ts'
import { resourceId } from './identifier.ts'

const anywhere = prefix('0.0.0.0/0')

/** The groups of an eksctl cluster with ssh access: nodes and control plane share the cluster security group. */
export function initialSecurityGroups(
  seed: number,
  vpc: Prefix,
  bastionAddress: string,
): { readonly cluster: SecurityGroup; readonly bastion: SecurityGroup } {
  const clusterId = resourceId(seed, 'sg', 'cluster')
  const bastionId = resourceId(seed, 'sg', 'bastion')
  const allowAllOut = (group: string, label: string): SecurityGroupRule => ({
    id: resourceId(seed, 'sgr', label),
    direction: 'egress',
    protocol: null,
    ports: null,
    peer: { kind: 'prefix', prefix: anywhere },
    line: `${group}: egress all to 0.0.0.0/0`,
  })
  const ssh = (group: string, label: string): SecurityGroupRule => ({
    id: resourceId(seed, 'sgr', label),
    direction: 'ingress',
    protocol: 6,
    ports: { from: 22, to: 22 },
    peer: { kind: 'prefix', prefix: anywhere },
    line: `${group}: ingress tcp 22 from 0.0.0.0/0`,
  })
  return {
    cluster: {
      id: clusterId,
      name: 'eks-cluster-sg-podpath-lab',
      description:
        'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
      rules: [
        {
          id: resourceId(seed, 'sgr', 'cluster-self'),
          direction: 'ingress',
          protocol: null,
          ports: null,
          peer: { kind: 'group', id: clusterId },
          line: `${clusterId}: ingress all from ${clusterId}`,
        },
        {
          id: resourceId(seed, 'sgr', 'cluster-bastion'),
          direction: 'ingress',
          protocol: null,
          ports: null,
          peer: { kind: 'prefix', prefix: prefix(`${bastionAddress}/32`) },
          line: `${clusterId}: ingress all from ${bastionAddress}/32`,
        },
        ssh(clusterId, 'cluster-ssh'),
        allowAllOut(clusterId, 'cluster-out'),
      ],
    },
    bastion: {
      id: bastionId,
      name: 'podpath-lab-bastion',
      description: 'bastion host',
      rules: [
        ssh(bastionId, 'bastion-ssh'),
        {
          id: resourceId(seed, 'sgr', 'bastion-vpc'),
          direction: 'ingress',
          protocol: 1,
          ports: null,
          peer: { kind: 'prefix', prefix: vpc },
          line: `${bastionId}: ingress icmp from ${formatPrefix(vpc)}`,
        },
        allowAllOut(bastionId, 'bastion-out'),
      ],
    },
  }
}

/** The VPC's default network ACL: everything may pass, numbered 100 as AWS makes it, and the final deny. */
export function initialNetworkAcls(seed: number, subnets: readonly Subnet[]): readonly NetworkAcl[] {
  const id = resourceId(seed, 'acl', 'default')
  const entry = (direction: 'ingress' | 'egress', number: number, action: 'allow' | 'deny') => ({
    number,
    direction,
    action,
    protocol: null,
    prefix: anywhere,
    ports: null,
    line: `${id}: ${direction} ${number === 32767 ? '*' : number} ${action} all ${direction === 'ingress' ? 'from' : 'to'} 0.0.0.0/0`,
  })
  return [
    {
      id,
      default: true,
      subnets: subnets.map((subnet) => subnet.id),
      entries: [
        entry('ingress', 100, 'allow'),
        entry('ingress', 32767, 'deny'),
        entry('egress', 100, 'allow'),
        entry('egress', 32767, 'deny'),
      ],
    },
  ]
}

/** A main table with the local route only, one table for the public subnets, and one for the private ones where there are any. */
export function initialRouteTables(
  seed: number,
  vpc: Prefix,
  edge: {
    readonly internetGateway: string
    /** Null: there are no private subnets. */
    readonly natGateway: string | null
    readonly subnets: readonly Subnet[]
  },
): readonly VpcRouteTable[] {
  const table = (label: string, subnets: readonly Subnet[], out: VpcRouteTarget | null): VpcRouteTable => {
    const id = resourceId(seed, 'rtb', label)
    const route = (destination: Prefix, target: VpcRouteTarget) => {
      const route = { destination, target, state: 'active' as const }
      return { ...route, line: routeLine(id, route) }
    }
    return {
      id,
      main: label === 'main',
      subnets: subnets.map((subnet) => subnet.id),
      routes: [route(vpc, { kind: 'local' }), ...(out === null ? [] : [route(anywhere, out)])],
    }
  }
  const { internetGateway, natGateway, subnets } = edge
  return [
    table('main', [], null),
    table(
      'public',
      subnets.filter((subnet) => subnet.mapPublicIp),
      { kind: 'internet-gateway', id: internetGateway },
    ),
    ...(natGateway === null
      ? []
      : [
          table(
            'private',
            subnets.filter((subnet) => !subnet.mapPublicIp),
            { kind: 'nat-gateway', id: natGateway },
          ),
        ]),
  ]
}
