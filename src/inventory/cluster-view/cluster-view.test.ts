import { expect, test } from 'vitest'
import { readVpcs } from '../../aws/read-vpcs.ts'
import { changed } from '../../model/view/cluster-view.ts'
import { prefix } from '../../model/address/prefix.ts'
import { clusterView, ViewChanges, type ClusterParts } from './cluster-view.ts'
import { podState } from './pod-view.ts'

const pod = (name: string, node: string | null, address: string | null, more: object = {}) => ({
  metadata: { namespace: 'default', name, uid: name },
  spec: { ...(node === null ? {} : { nodeName: node }), containers: [{ image: 'nicolaka/netshoot' }] },
  status: {
    phase: address === null ? 'Pending' : 'Running',
    ...(address === null ? {} : { podIP: address }),
    conditions: [{ type: 'Ready', status: address === null ? 'False' : 'True' }],
    containerStatuses: address === null ? [] : [{ state: { running: {} } }],
  },
  ...more,
})

const node = {
  metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'ap-northeast-2a' } },
  spec: { providerID: 'aws:///ap-northeast-2a/i-0a1b' },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    addresses: [{ type: 'InternalIP', address: '192.168.1.138' }],
    allocatable: { pods: '17' },
  },
}

const eni = (id: string, index: number, ...addresses: readonly string[]) => ({
  NetworkInterfaceId: id,
  SubnetId: 'subnet-1',
  VpcId: 'vpc-1',
  MacAddress: `02:00:00:00:00:0${index}`,
  SourceDestCheck: true,
  Attachment: { InstanceId: 'i-0a1b', DeviceIndex: index },
  Groups: [{ GroupId: 'sg-1' }],
  PrivateIpAddresses: addresses.map((address, at) => ({ PrivateIpAddress: address, Primary: at === 0 })),
})

const vpc = readVpcs({
  vpcs: { Vpcs: [{ VpcId: 'vpc-1', CidrBlock: '192.168.0.0/16' }] },
  'network-interfaces': {
    NetworkInterfaces: [
      eni('eni-b', 1, '192.168.1.60', '192.168.1.61'),
      eni('eni-a', 0, '192.168.1.138', '192.168.1.239', '192.168.1.240'),
    ],
  },
}).seen[0]!

const parts = (pods: readonly unknown[], more: Partial<ClusterParts> = {}): ClusterParts => ({
  nodes: [node],
  pods,
  services: [],
  endpointSlices: [],
  deployments: [],
  vpc,
  askingEc2: false,
  wires: [],
  podRoutes: new Map(),
  gaps: [],
  ...more,
})

test('every slot says which pod holds its address; ENIs stand in the order of their devices', () => {
  const view = clusterView(parts([pod('a', 'n1', '192.168.1.239'), pod('waiting', null, null)]))
  const [first, second] = view.nodes[0]!.enis!
  expect([first!.id, second!.id]).toEqual(['eni-a', 'eni-b'])
  expect(first).toMatchObject({
    primary: '192.168.1.138',
    slots: [
      { address: '192.168.1.239', pod: 'default/a' },
      { address: '192.168.1.240', pod: null },
    ],
  })
  expect(view.unplaced.map(({ name }) => name)).toEqual(['waiting'])
})

test('of a delegated prefix the addresses that pods hold are slots, and the rest is room', () => {
  const delegated = {
    ...vpc,
    interfaces: vpc.interfaces.map((eni) =>
      eni.id === 'eni-a' ? { ...eni, prefixes: [prefix('192.168.1.32/28'), prefix('192.168.1.64/28')] } : eni,
    ),
  }
  const view = clusterView(
    parts([pod('a', 'n1', '192.168.1.33'), pod('b', 'n1', '192.168.1.47'), pod('c', 'n1', '192.168.1.48')], {
      vpc: delegated,
    }),
  )
  expect(view.nodes[0]!.enis![0]).toMatchObject({
    slots: [
      { address: '192.168.1.239', pod: null },
      { address: '192.168.1.240', pod: null },
      { address: '192.168.1.33', pod: 'default/a' },
      { address: '192.168.1.47', pod: 'default/b' },
    ],
    room: 34,
    prefixes: [
      { prefix: '192.168.1.32/28', held: 2, size: 16 },
      { prefix: '192.168.1.64/28', held: 0, size: 16 },
    ],
  })
})

test('a pod that has ended holds its address no more, though its status still names it', () => {
  const ended = pod('done', 'n1', '192.168.1.239', {})
  ended.status.phase = 'Succeeded'
  ended.status.containerStatuses = []
  const view = clusterView(parts([ended, pod('b', 'n1', '192.168.1.239')]))
  expect(view.nodes[0]!.enis![0]!.slots[0]!.pod).toBe('default/b')
})

test('without EC2 the ENIs are unknown, not absent; pods stay', () => {
  const view = clusterView(parts([pod('a', 'n1', '192.168.1.239')], { vpc: null }))
  expect(view.nodes[0]).toMatchObject({ enis: null, pods: [{ name: 'a' }] })
})

test.each([
  {
    because: 'deleted',
    object: { metadata: { deletionTimestamp: 'now' }, status: { phase: 'Running' } },
    want: 'Terminating',
  },
  {
    because: 'placed, nothing made yet',
    object: { spec: { nodeName: 'n1' }, status: { phase: 'Pending' } },
    want: 'ContainerCreating',
  },
  { because: 'no node', object: { status: { phase: 'Pending' } }, want: 'Pending' },
  {
    because: 'the container waits',
    object: { status: { containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] } },
    want: 'CrashLoopBackOff',
  },
])('the state of a pod: $because → $want', ({ object, want }) => {
  expect(podState(object)).toBe(want)
})

test('changes told one after the other make the same view as the whole', () => {
  const changes = new ViewChanges()
  const one = clusterView(parts([pod('a', 'n1', '192.168.1.239')]))
  const two = clusterView(
    parts([pod('b', 'n1', '192.168.1.240')], { gaps: [{ at: 'x', what: 'y', because: 'z' }] }),
  )
  const none = { ...one, nodes: [] }
  const first = changed(none, changes.since(one)!)
  expect(first).toEqual(one)
  expect(changes.since(one)).toBeNull()
  const second = changes.since(two)!
  expect(second.services).toBeUndefined()
  expect(changed(first, second)).toEqual(two)
  expect(changed(first, changes.since({ ...two, nodes: [] })!).nodes).toEqual([])
})
