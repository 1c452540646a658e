/** Pieces of Kubernetes' objects and of EC2's answers that are small to write down and may be much to work out. */
import type { Random } from '../../forward/random.ts'
import { addEc2, addObjects, addRules, node, type Draft } from './draft.ts'
import type { FabricPiece } from './routing-pieces.ts'

const upTo = (size: number): readonly number[] => [...Array(size).keys()]

const pod = (name: string, ip: string, labels: object): object => ({
  metadata: { name, namespace: 'default', labels },
  spec: { nodeName: 'n1', containers: [{ ports: [{ name: 'web', containerPort: 80 }] }] },
  status: { phase: 'Running', podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] },
})

const labelsOf = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(upTo(count).map((i) => [`k${i}`, 'v']))

function bothPods(draft: Draft, labels: number): void {
  if (draft.kubernetes.has('pods')) return
  addObjects(draft, 'pods', [
    pod('web', '10.0.0.1', labelsOf(labels)),
    pod('db', '10.1.0.2', labelsOf(labels)),
  ])
  addObjects(draft, 'namespaces', [{ metadata: { name: 'default', labels: labelsOf(labels) } }])
}

/** Whatever a policy may have very many of; some draw lots, so that it is asked very often. */
const policies: FabricPiece = (draft, size, random) => {
  bothPods(draft, Math.ceil(size / 4))
  const selector = (count: number): object =>
    random.of([
      { matchLabels: labelsOf(count) },
      {
        matchExpressions: upTo(count).map((i) => ({
          key: `k${i}`,
          operator: random.of(['In', 'NotIn']),
          values: ['w', 'v'],
        })),
      },
      { matchExpressions: [{ key: 'k0', operator: 'NotIn', values: upTo(count).map(String) }] },
    ])
  const cidrs = (count: number): readonly string[] => upTo(count).map((i) => `11.${i >> 8}.${i & 255}.0/24`)
  const peer = (): object =>
    random.of([
      () => ({ ipBlock: { cidr: '10.0.0.0/8', except: cidrs(Math.ceil(size / 4)) } }),
      () => ({ podSelector: selector(Math.ceil(size / 8)) }),
      () => ({ namespaceSelector: selector(Math.ceil(size / 8)), podSelector: selector(3) }),
    ])()
  const several = 1 + random.int(6)
  addObjects(
    draft,
    'networkpolicies',
    upTo(several).map((i) => ({
      metadata: { name: `p${i}`, namespace: 'default' },
      spec: {
        podSelector: random.chance(0.5) ? {} : selector(Math.ceil(size / 8)),
        policyTypes: ['Ingress', 'Egress'],
        ingress: upTo(several).map(() => ({
          from: upTo(several).map(peer),
          ports: upTo(size % 50).map((k) => ({ protocol: 'TCP', port: k + 1, endPort: k + 2 })),
        })),
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: cidrs(size) } }, peer()] }, {}],
      },
    })),
  )
  manyDraws(draft, random)
}

/** Lots in the node's own rules: what stands around it is asked for each of them. */
function manyDraws(draft: Draft, random: Random): void {
  const first = draft.stacks.find(({ id }) => id === node)
  if (!first || random.chance(0.3)) return
  for (const i of upTo(4 + random.int(20)))
    addRules(first, 'mangle', 'PREROUTING', [
      `-m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x${(1 << i).toString(16)}/0x${(1 << i).toString(16)}`,
    ])
}

/** Services with very many endpoints, and very many services. */
const services: FabricPiece = (draft, size, random) => {
  bothPods(draft, 3)
  const count = random.chance(0.5) ? 1 + random.int(5) : Math.ceil(size / 4)
  addObjects(
    draft,
    'services',
    upTo(count).map((i) => ({
      metadata: { name: `s${i}`, namespace: 'default' },
      spec: {
        clusterIP: i === 0 ? '10.1.0.2' : `10.100.${i >> 8}.${i & 255}`,
        selector: { k0: 'v' },
        ports: [{ port: 80, targetPort: random.of([80, 'web']) }],
      },
    })),
  )
  addObjects(draft, 'endpointslices', [
    {
      metadata: { name: 's0-a', namespace: 'default', labels: { 'kubernetes.io/service-name': 's0' } },
      addressType: 'IPv4',
      ports: upTo(1 + (size % 40)).map(() => ({ port: 80 })),
      endpoints: upTo(size).map((i) => ({ addresses: [`10.1.${i >> 8}.${i & 255}`] })),
    },
  ])
  manyDraws(draft, random)
}

const vpc = 'vpc-1'

/** A VPC that lets everything pass, unless `cloud` has added to it. */
export function plainVpc(draft: Draft): void {
  addEc2(draft, 'vpcs', 'Vpcs', [{ VpcId: vpc, CidrBlock: '10.0.0.0/8' }])
  addEc2(draft, 'subnets', 'Subnets', [
    { SubnetId: 'subnet-1', VpcId: vpc, CidrBlock: '10.2.0.0/24', AvailabilityZone: 'a' },
  ])
  addEc2(draft, 'instances', 'Reservations', [])
  const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
  addEc2(draft, 'security-groups', 'SecurityGroups', [
    { GroupId: 'sg-1', VpcId: vpc, IpPermissions: [all], IpPermissionsEgress: [all] },
  ])
  addEc2(
    draft,
    'network-interfaces',
    'NetworkInterfaces',
    ['10.2.0.10', '10.2.0.11'].map((PrivateIpAddress, i) => ({
      NetworkInterfaceId: `eni-${i + 1}`,
      SubnetId: 'subnet-1',
      VpcId: vpc,
      PrivateIpAddresses: [{ PrivateIpAddress, Primary: true }],
      Ipv4Prefixes: [{ Ipv4Prefix: i === 0 ? '10.0.0.0/28' : '10.1.0.0/28' }],
      Groups: [{ GroupId: 'sg-1' }],
      SourceDestCheck: true,
    })),
  )
  addEc2(draft, 'route-tables', 'RouteTables', [
    {
      RouteTableId: 'rtb-1',
      VpcId: vpc,
      Associations: [{ Main: true }],
      Routes: [{ DestinationCidrBlock: '10.0.0.0/8', GatewayId: 'local' }],
    },
  ])
  const entry = { RuleNumber: 100, RuleAction: 'allow', Protocol: '-1', CidrBlock: '0.0.0.0/0' }
  addEc2(draft, 'network-acls', 'NetworkAcls', [
    {
      NetworkAclId: 'acl-1',
      VpcId: vpc,
      Associations: [{ SubnetId: 'subnet-1' }],
      Entries: [
        { ...entry, Egress: true },
        { ...entry, Egress: false },
      ],
    },
  ])
  addEc2(draft, 'internet-gateways', 'InternetGateways', [])
  addEc2(draft, 'nat-gateways', 'NatGateways', [])
}

type Mutable = Record<string, unknown[]>
const first = (draft: Draft, name: string): Mutable => (draft.ec2.get(name)?.items[0] ?? {}) as Mutable

/** Whatever a VPC may have very many of. Only where `plainVpc` has been. */
const cloud: FabricPiece = (draft, size, random) => {
  if (draft.ec2.size === 0) return
  const kinds: readonly (() => void)[] = [
    () => {
      first(draft, 'security-groups')['IpPermissions']?.unshift({
        IpProtocol: '-1',
        UserIdGroupPairs: upTo(size).map((i) => ({ GroupId: `sg-${i + 2}` })),
      })
    },
    () => {
      first(draft, 'network-interfaces')['Ipv4Prefixes']?.unshift(
        ...upTo(size).map((i) => ({ Ipv4Prefix: `11.${i >> 8}.${i & 255}.0/28` })),
      )
    },
    () => {
      first(draft, 'network-acls')['Entries']?.unshift(
        ...upTo(size).map((i) => ({
          RuleNumber: 1 + (i % 99),
          RuleAction: 'deny',
          Egress: i % 2 === 0,
          Protocol: '6',
          CidrBlock: '11.0.0.0/8',
          PortRange: { From: 1, To: 2 },
        })),
      )
    },
    () => {
      first(draft, 'route-tables')['Routes']?.push(
        ...upTo(size).map((i) => ({
          DestinationCidrBlock: random.chance(0.5) ? `10.1.0.${i & 255}/32` : `12.${i >> 8}.${i & 255}.0/24`,
          ...random.of<object>([
            { NetworkInterfaceId: 'eni-2' },
            { NetworkInterfaceId: 'eni-1' },
            { VpcPeeringConnectionId: 'pcx-1' },
            { TransitGatewayId: 'tgw-1' },
            { NatGatewayId: 'nat-1' },
            { GatewayId: 'igw-1' },
          ]),
        })),
      )
    },
    () => {
      addEc2(
        draft,
        'nat-gateways',
        'NatGateways',
        upTo(size).map((i) => ({
          NatGatewayId: `nat-${i + 1}`,
          VpcId: vpc,
          SubnetId: 'subnet-1',
          NatGatewayAddresses: [{ PrivateIp: `10.2.0.${i & 255}`, PublicIp: '3.3.3.3' }],
        })),
      )
      addEc2(draft, 'internet-gateways', 'InternetGateways', [
        { InternetGatewayId: 'igw-1', Attachments: [{ VpcId: vpc, State: 'available' }] },
      ])
    },
    () => {
      addEc2(draft, 'managed-prefix-lists', 'PrefixLists', [
        { PrefixListId: 'pl-1', PrefixListName: 'x', AddressFamily: 'IPv4', OwnerId: '1' },
      ])
      first(draft, 'security-groups')['IpPermissions']?.unshift({
        IpProtocol: '6',
        FromPort: 1,
        ToPort: 9,
        PrefixListIds: upTo(size).map(() => ({ PrefixListId: 'pl-1' })),
      })
    },
  ]
  for (const add of kinds) if (random.chance(0.4)) add()
  manyDraws(draft, random)
}

export const cloudPieces: readonly FabricPiece[] = [policies, policies, services, cloud, cloud]
