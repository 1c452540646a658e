import type { Bundle } from '../../src/bundle/bundle.ts'

const address = (node: number, last: number): string => `10.${100 + (node >> 8)}.${node & 255}.${last}`
const name = (node: number): string =>
  `ip-10-${100 + (node >> 8)}-${node & 255}-10.ap-northeast-2.compute.internal`
const instance = (node: number): string => `i-${(0xabc00000 + node).toString(16)}`

/** What a cluster of that size answers: t3.medium nodes, two ENIs each, five pod addresses on each; no tables. */
export function manyNodes(nodes: number, podsOfNode: number): Bundle {
  const each = Array.from({ length: nodes }, (_, node) => node)
  const list = (items: readonly unknown[]): string => JSON.stringify({ items })
  const files = new Map([
    [
      'kubernetes/nodes.json',
      list(
        each.map((node) => ({
          metadata: { name: name(node), labels: { 'node.kubernetes.io/instance-type': 't3.medium' } },
          spec: { providerID: `aws:///ap-northeast-2a/${instance(node)}` },
          status: {
            conditions: [{ type: 'Ready', status: 'True' }],
            addresses: [{ type: 'InternalIP', address: address(node, 10) }],
            allocatable: { pods: '17' },
          },
        })),
      ),
    ],
    [
      'kubernetes/pods.json',
      list(
        each.flatMap((node) =>
          Array.from({ length: podsOfNode }, (_, pod) => ({
            metadata: { namespace: 'default', name: `web-${node}-${pod}` },
            spec: { nodeName: name(node), containers: [{ image: 'nginx' }] },
            status: {
              phase: 'Running',
              podIP: address(node, 20 + pod),
              conditions: [{ type: 'Ready', status: 'True' }],
              containerStatuses: [{ state: { running: {} } }],
            },
          })),
        ),
      ),
    ],
    [
      'ec2/network-interfaces.json',
      JSON.stringify({
        NetworkInterfaces: each.flatMap((node) =>
          [0, 1].map((device) => ({
            NetworkInterfaceId: `eni-${(0x10000 + node * 2 + device).toString(16)}`,
            SubnetId: 'subnet-1',
            VpcId: 'vpc-1',
            MacAddress: `02:00:00:${device}0:${(node >> 8).toString(16).padStart(2, '0')}:${(node & 255).toString(16).padStart(2, '0')}`,
            SourceDestCheck: true,
            Attachment: { InstanceId: instance(node), DeviceIndex: device },
            Groups: [],
            PrivateIpAddresses: [10 + device, ...[0, 1, 2, 3, 4].map((slot) => 20 + device * 5 + slot)].map(
              (last, at) => ({ PrivateIpAddress: address(node, last), Primary: at === 0 }),
            ),
          })),
        ),
      }),
    ],
    ['ec2/vpcs.json', JSON.stringify({ Vpcs: [{ VpcId: 'vpc-1', CidrBlock: '10.0.0.0/8' }] })],
  ])
  return {
    index: { version: 1, created: '2026-01-01T00:00:00Z', source: 'generated', stacks: [], wires: [] },
    files,
  }
}
