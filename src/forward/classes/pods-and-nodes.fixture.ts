/** A cluster of that many nodes and pods, as the VPC CNI and kube-proxy set it up, for tests and benchmarks. */
import { ip, isIp4 } from '../../model/address/address.ts'
import { prefix } from '../../model/address/prefix.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { KubernetesObjects, NetworkPolicy, Pod } from '../../model/fabric/kubernetes.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { Eni, SecurityGroup, Vpc } from '../../model/vpc/vpc.ts'
import { defaultRules, stack } from '../walk/three-stacks.fixture.ts'
import type { ClassMember } from './identities.ts'

export interface ClusterSize {
  readonly nodes: number
  /** Of each node: half of them on its second ENI. */
  readonly pods: number
  /** Services with ten endpoints each. */
  readonly services: number
}

export interface MadeCluster {
  readonly fabric: Fabric
  readonly objects: KubernetesObjects
  readonly members: readonly ClassMember[]
}

/** The kernel prints them by priority. */
const [first, last] = [defaultRules.split('\n').slice(0, 1), defaultRules.split('\n').slice(1)]

const base = (node: number): string => `10.${10 + (node >> 8)}.${node & 255}`
export const podAddress = (node: number, pod: number): string => `${base(node)}.${20 + pod}`
const nodeAddress = (node: number): string => `${base(node)}.10`
const nodeName = (node: number): string => `ip-${base(node).replaceAll('.', '-')}-10`
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
const mac = (kind: number, node: number, index: number): string =>
  `02:${hex(kind, 2)}:${hex(node >> 8, 2)}:${hex(node & 255, 2)}:00:${hex(index, 2)}`
const eniId = (node: number, device: number): string => `eni-${hex(0x1000 + node * 2 + device, 17)}`

export function makeCluster({ nodes, pods, services }: ClusterSize): MadeCluster {
  const stacks: NetworkStack[] = []
  const wires: Fabric['wires'][number][] = []
  const members: ClassMember[] = []
  const interfaces: Eni[] = []
  const objects: Pod[] = []
  const all: string[] = []
  for (let node = 0; node < nodes; node++)
    for (let pod = 0; pod < pods; pod++) all.push(podAddress(node, pod))
  const iptables = tables(services, all)
  for (let node = 0; node < nodes; node++) {
    const id = `node/${nodeName(node)}`
    const indexes = Array.from({ length: pods }, (_, pod) => pod)
    const second = (pod: number): boolean => pod >= pods / 2
    const made = stack(id, {
      links: {
        eth0: [`${nodeAddress(node)}/24`],
        eth1: [`${base(node)}.11/24`],
        ...Object.fromEntries(indexes.map((pod) => [`eni${node}x${pod}`, []])),
      },
      rules: [
        ...first,
        ...indexes.map((pod) => `512: from all to ${podAddress(node, pod)} lookup main`),
        ...indexes.filter(second).map((pod) => `1536: from ${podAddress(node, pod)} lookup 2`),
        ...last,
      ].join('\n'),
      routes: [
        `default via ${base(node)}.1 dev eth0`,
        `${base(node)}.0/24 dev eth0 proto kernel scope link src ${nodeAddress(node)}`,
        `default via ${base(node)}.1 dev eth1 table 2`,
        `${base(node)}.1 dev eth1 table 2 scope link`,
        `local ${nodeAddress(node)} dev eth0 table local proto kernel scope host src ${nodeAddress(node)}`,
        ...indexes.map((pod) => `${podAddress(node, pod)} dev eni${node}x${pod} scope link`),
        '',
      ].join('\n'),
      iptables,
    })
    const links = made.links.map((link) =>
      link.name === 'eth0' || link.name === 'eth1'
        ? { ...link, mac: mac(link.name === 'eth0' ? 1 : 2, node, 0) }
        : link.name === 'lo'
          ? link
          : { ...link, mac: mac(3, node, Number(link.name.split('x')[1])) },
    )
    stacks.push({ ...made, links })
    wires.push({
      a: { stack: id, interface: 'eth0' },
      b: { stack: 'vpc/vpc-1', interface: eniId(node, 0) },
    })
    wires.push({
      a: { stack: id, interface: 'eth1' },
      b: { stack: 'vpc/vpc-1', interface: eniId(node, 1) },
    })
    for (const device of [0, 1])
      interfaces.push({
        id: eniId(node, device),
        subnet: `subnet-${node & 1}`,
        mac: mac(1 + device, node, 0),
        addresses: [
          device === 0 ? nodeAddress(node) : `${base(node)}.11`,
          ...indexes.filter((pod) => second(pod) === (device === 1)).map((pod) => podAddress(node, pod)),
        ].map((address, at) => ({
          address: ip(address),
          primary: at === 0,
          publicAddress: null,
          associationId: null,
        })),
        prefixes: [],
        securityGroups: ['sg-1'],
        sourceDestCheck: true,
        attachment: { instance: `i-${node}`, deviceIndex: device },
        description: '',
      })
    for (const pod of indexes) {
      const own = podAddress(node, pod)
      const podId = `pod/default/p-${node}-${pod}`
      const podStack = stack(podId, {
        links: { eth0: [`${own}/32`] },
        routes: `default via 169.254.1.1 dev eth0\n169.254.1.1 dev eth0 scope link\nlocal ${own} dev eth0 table local proto kernel scope host src ${own}\n`,
        neighbours: [
          {
            address: ip('169.254.1.1'),
            device: 'eth0',
            mac: mac(3, node, pod),
            state: 'PERMANENT',
            proxy: false,
            line: `169.254.1.1 dev eth0 lladdr ${mac(3, node, pod)} PERMANENT`,
          },
        ],
      })
      stacks.push({
        ...podStack,
        links: podStack.links.map((link) =>
          link.name === 'eth0' ? { ...link, mac: mac(4, node, pod) } : link,
        ),
      })
      wires.push({
        a: { stack: podId, interface: 'eth0' },
        b: { stack: id, interface: `eni${node}x${pod}` },
      })
      const address = ip(own)
      if (isIp4(address)) members.push({ stack: podId, address })
      objects.push({
        namespace: 'default',
        name: `p-${node}-${pod}`,
        labels: { app: pod % 3 === 0 ? 'web' : 'db', 'pod-name': `p-${node}-${pod}` },
        nodeName: nodeName(node),
        hostNetwork: false,
        phase: 'Running',
        ready: true,
        addresses: [address],
        hostAddresses: [ip(nodeAddress(node))],
        ports: [],
      })
    }
  }
  return {
    fabric: { stacks, wires, vpc: vpcOf(interfaces) },
    objects: {
      pods: objects,
      services: [],
      endpointSlices: [],
      networkPolicies: [],
      namespaces: [{ name: 'default', labels: {} }],
      missing: [],
    },
    members,
  }
}

/** A policy that lets the pods of one label receive from those of another alone. */
export const onlyFrom = (app: string, from: string): NetworkPolicy => ({
  namespace: 'default',
  name: `${app}-from-${from}`,
  podSelector: { matchLabels: { app }, matchExpressions: [] },
  types: ['Ingress'],
  ingress: [
    {
      peers: [
        {
          kind: 'pods',
          namespaceSelector: null,
          podSelector: { matchLabels: { app: from }, matchExpressions: [] },
        },
      ],
      ports: [],
    },
  ],
  egress: [],
})

const group: SecurityGroup = {
  id: 'sg-1',
  name: 'nodes',
  description: '',
  rules: (['ingress', 'egress'] as const).map((direction) => ({
    id: `sgr-${direction}`,
    direction,
    protocol: null,
    ports: null,
    peer: { kind: 'prefix', prefix: prefix('10.0.0.0/8') },
    line: `${direction} all 10.0.0.0/8`,
  })),
}

const vpcOf = (interfaces: readonly Eni[]): Vpc => ({
  id: 'vpc-1',
  region: 'ap-northeast-2',
  prefixes: [prefix('10.0.0.0/8')],
  subnets: [0, 1].map((zone) => ({
    id: `subnet-${zone}`,
    prefix: prefix('10.0.0.0/8'),
    zone: `ap-northeast-2${zone}`,
    mapPublicIp: false,
  })),
  interfaces,
  routeTables: [
    {
      id: 'rtb-1',
      main: true,
      subnets: [],
      routes: [
        {
          destination: prefix('10.0.0.0/8'),
          target: { kind: 'local' },
          state: 'active',
          line: '10.0.0.0/8 local',
        },
      ],
    },
  ],
  securityGroups: [group],
  networkAcls: [
    {
      id: 'acl-1',
      default: true,
      subnets: ['subnet-0', 'subnet-1'],
      entries: (['ingress', 'egress'] as const).map((direction) => ({
        number: 100,
        direction,
        action: 'allow',
        protocol: null,
        prefix: prefix('0.0.0.0/0'),
        ports: null,
        line: `100 ${direction} allow`,
      })),
    },
  ],
  internetGateways: [],
  natGateways: [],
  instances: [],
})

/** What aws-node and kube-proxy write on every node. */
function tables(services: number, pods: readonly string[]): string {
  const names = Array.from({ length: services }, (_, s) => s)
  const endpoints = (s: number): readonly string[] =>
    Array.from({ length: 10 }, (_, e) => pods[(s * 10 + e) % pods.length] ?? '')
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':KUBE-FORWARD - [0:0]',
    '-A FORWARD -j KUBE-FORWARD',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    'COMMIT',
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':KUBE-SERVICES - [0:0]',
    ':AWS-SNAT-CHAIN-0 - [0:0]',
    ...names.flatMap((s) => [
      `:KUBE-SVC-${s} - [0:0]`,
      ...endpoints(s).map((_, e) => `:KUBE-SEP-${s}-${e} - [0:0]`),
    ]),
    '-A PREROUTING -j KUBE-SERVICES',
    '-A POSTROUTING -j AWS-SNAT-CHAIN-0',
    '-A AWS-SNAT-CHAIN-0 -d 10.0.0.0/8 -j RETURN',
    '-A AWS-SNAT-CHAIN-0 -m addrtype ! --dst-type LOCAL -j MASQUERADE',
    ...names.map(
      (s) => `-A KUBE-SERVICES -d 172.20.${s >> 8}.${s & 255}/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-${s}`,
    ),
    ...names.flatMap((s) =>
      endpoints(s).flatMap((address, e) => [
        `-A KUBE-SVC-${s}${e < 9 ? ` -m statistic --mode random --probability ${(1 / (10 - e)).toFixed(11)}` : ''} -j KUBE-SEP-${s}-${e}`,
        `-A KUBE-SEP-${s}-${e} -s ${address}/32 -j MARK --set-xmark 0x4000/0x4000`,
        `-A KUBE-SEP-${s}-${e} -p tcp -m tcp -j DNAT --to-destination ${address}:80`,
      ]),
    ),
    'COMMIT',
    '',
  ].join('\n')
}
