import { describe, expect, test } from 'vitest'
import { readStack } from '../../linux/stack.ts'
import { ip } from '../../model/address/address.ts'
import { prefix } from '../../model/address/prefix.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { KubernetesObjects, Pod, Service } from '../../model/fabric/kubernetes.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import type { NodeFacts } from './node-facts.ts'
import { settingsFor } from '../../intent/vpc-cni/settings.ts'
import { objectFaults } from './objects.ts'

const pod = (name: string, address: string, more: Partial<Pod> = {}): Pod => ({
  namespace: 'default',
  name,
  labels: { app: 'web' },
  nodeName: 'n',
  hostNetwork: false,
  phase: 'Running',
  ready: true,
  addresses: [ip(address)],
  hostAddresses: [],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  ...more,
})
const service = (targetPort: number | string): Service => ({
  namespace: 'default',
  name: 'web',
  type: 'ClusterIP',
  clusterAddresses: [ip('10.100.0.9')],
  externalAddresses: [],
  ports: [{ name: null, protocol: 'TCP', port: 80, targetPort, nodePort: null }],
  selector: { app: 'web' },
})
const objects = (more: Partial<KubernetesObjects>): KubernetesObjects => ({
  pods: [],
  services: [],
  endpointSlices: [],
  networkPolicies: [],
  namespaces: [],
  missing: [],
  ...more,
})
const node = (files: readonly (readonly [string, string])[]): NetworkStack =>
  readStack('node/n', new Map(files)).stack
const fabric = (stacks: readonly NetworkStack[], vpc: Vpc | null = null): Fabric => ({
  stacks,
  wires: [],
  vpc,
})

const codes = (
  one: Fabric,
  of: KubernetesObjects | null,
  nodes: readonly NodeFacts[] = [],
): readonly string[] => objectFaults(one, of, nodes).map(({ code }) => code)

describe('a service whose pods do not listen where it leads', () => {
  test.each<[targetPort: number | string, found: readonly string[], because: string]>([
    [8080, [], 'its pods say so'],
    ['http', [], 'its pods have a port of that name'],
    [9090, ['TARGET_PORT_WRONG'], 'its pods say another'],
    ['grpc', ['TARGET_PORT_WRONG'], 'no pod has a port of that name'],
  ])('targetPort %s: %j, %s', (targetPort, found) => {
    expect(
      codes(fabric([]), objects({ pods: [pod('a', '10.0.0.1')], services: [service(targetPort)] })),
    ).toEqual(found)
  })

  test('pods that say nothing of their ports may listen anywhere', () => {
    const silent = pod('a', '10.0.0.1', { ports: [] })
    expect(codes(fabric([]), objects({ pods: [silent], services: [service(9090)] }))).toEqual([])
  })
})

test('two pods that run have one address; one that has ended holds none', () => {
  const two = [pod('a', '10.0.0.1'), pod('b', '10.0.0.1')]
  expect(codes(fabric([]), objects({ pods: two }))).toEqual(['ADDRESS_TWICE'])
  const ended = [pod('a', '10.0.0.1'), pod('b', '10.0.0.1', { phase: 'Succeeded' })]
  expect(codes(fabric([]), objects({ pods: ended }))).toEqual([])
})

test('a policy that nobody enforces is told where that is known', () => {
  const policy = {
    namespace: 'default',
    name: 'deny',
    podSelector: { matchLabels: {}, matchExpressions: [] },
    types: ['Ingress'],
    ingress: [],
    egress: [],
  } as const
  const agent = pod('aws-node', '10.0.0.2', {
    containers: [{ name: 'aws-node', image: 'amazon-k8s-cni:v1.12.6', environment: null }],
  })
  expect(codes(fabric([]), objects({ pods: [agent], networkPolicies: [policy] }))).toEqual([
    'POLICY_NOT_ENFORCED',
  ])
  expect(codes(fabric([]), objects({ networkPolicies: [policy] }))).toEqual([])
})

test.each<[prefixes: readonly string[], found: readonly string[]]>([
  [['10.0.0.16/28'], []],
  [['10.0.0.16/28', '10.0.0.0/29', '10.0.0.8/30'], ['SUBNET_FULL']],
])('a subnet of 27 addresses, one of them an ENI’s, with %j delegated: %j', (prefixes, found) => {
  const vpc: Vpc = {
    id: 'vpc-1',
    region: 'r',
    prefixes: [prefix('10.0.0.0/16')],
    subnets: [{ id: 'subnet-1', prefix: prefix('10.0.0.0/27'), zone: 'a', mapPublicIp: false }],
    interfaces: [
      {
        id: 'eni-1',
        subnet: 'subnet-1',
        mac: '02:00:00:00:00:01',
        addresses: [{ address: ip('10.0.0.12'), primary: true, publicAddress: null, associationId: null }],
        prefixes: prefixes.map(prefix),
        securityGroups: [],
        sourceDestCheck: true,
        attachment: null,
        description: '',
      },
    ],
    routeTables: [],
    securityGroups: [],
    networkAcls: [],
    internetGateways: [],
    natGateways: [],
    instances: [],
  }
  expect(codes(fabric([], vpc), null)).toEqual(found)
})

test.each<[count: number, found: readonly string[]]>([
  [10, []],
  [99, ['CONNTRACK_FULL']],
])('%i connections in a table of 100: %j', (count, found) => {
  const sysctl = `net.netfilter.nf_conntrack_count = ${count}\nnet.netfilter.nf_conntrack_max = 100\n`
  expect(codes(fabric([node([['sysctl.txt', sysctl]])]), null)).toEqual(found)
})

test('rules of the CNI in one backend and of kube-proxy in the other are mixed, an empty table is not', () => {
  const nat = (chain: string, rule: string): string =>
    `*nat\n:POSTROUTING ACCEPT [0:0]\n:${chain} - [0:0]\n${rule}COMMIT\n`
  const own = nat('KUBE-SERVICES', '-A KUBE-SERVICES -d 10.100.0.1/32 -j RETURN\n')
  const legacy = nat('AWS-SNAT-CHAIN-0', '-A AWS-SNAT-CHAIN-0 -j RETURN\n')
  const stack = (text: string): NetworkStack =>
    node([
      ['iptables-save.txt', `# Generated by iptables-save v1.8.9 (nf_tables)\n${own}`],
      ['iptables-legacy-save.txt', text],
    ])
  expect(codes(fabric([stack(legacy)]), null)).toEqual(['IPTABLES_MIXED'])
  expect(codes(fabric([stack(nat('AWS-SNAT-CHAIN-0', ''))]), null)).toEqual([])
})

test('kube-proxy in nftables mode beside a CNI before v1.23 is a known fault where there are later ENIs', () => {
  const nft = '{"nftables":[{"table":{"family":"ip","name":"kube-proxy","handle":1}}]}'
  const facts = (version: readonly [number, number, number], deviceIndex: number): NodeFacts => ({
    stack: node([['nft.json', nft]]),
    name: 'n',
    settings: { ...settingsFor('al2023'), version },
    environmentKnown: true,
    enis: [
      {
        device: 'ens6',
        deviceIndex,
        mac: '',
        address: ip('10.0.0.9') as never,
        subnet: prefix('10.0.0.0/24'),
      },
    ],
    vpcCidrs: [],
    pods: [],
  })
  expect(codes(fabric([]), null, [facts([1, 22, 0], 1)])).toEqual(['CNI_FAULT_KNOWN'])
  expect(codes(fabric([]), null, [facts([1, 23, 0], 1)])).toEqual([])
  expect(codes(fabric([]), null, [facts([1, 22, 0], 0)])).toEqual([])
})
