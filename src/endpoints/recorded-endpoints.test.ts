import { describe, expect, test } from 'vitest'
import type { Bundle } from '../bundle/bundle.ts'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import { formatIp } from '../model/address/address.ts'
import { everyEndOf, receiverOf, senderOf, type Recorded } from './recorded-endpoints.ts'
import { readBundle } from '../inventory/read-bundle.ts'

interface RecordedPod {
  readonly name: string
  readonly address: string
  readonly deployment?: string
  readonly hostNetwork?: true
}

const node = 'ip-10-0-0-10.ec2.internal'
const pods: readonly RecordedPod[] = [
  { name: 'web-5d4-aaaaa', address: '10.0.0.1', deployment: 'web' },
  { name: 'web-5d4-bbbbb', address: '10.0.0.2', deployment: 'web' },
  { name: 'kube-proxy-x', address: '10.0.0.10', hostNetwork: true },
  { name: 'unseen', address: '10.0.0.9' },
]

const podObject = ({ name, address, deployment, hostNetwork }: RecordedPod): unknown => ({
  metadata: {
    namespace: 'default',
    name,
    ...(deployment === undefined
      ? {}
      : {
          labels: { 'pod-template-hash': '5d4' },
          ownerReferences: [{ kind: 'ReplicaSet', name: `${deployment}-5d4`, controller: true }],
        }),
  },
  spec: { nodeName: node, ...(hostNetwork ? { hostNetwork } : {}) },
  status: { phase: 'Running', podIP: address },
})

const list = (...items: readonly unknown[]): string => JSON.stringify({ items })

const kubernetes: readonly (readonly [string, string])[] = [
  ['kubernetes/pods.json', list(...pods.map(podObject))],
  [
    'kubernetes/nodes.json',
    list({ metadata: { name: node }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.10' }] } }),
  ],
  [
    'kubernetes/services.json',
    list({
      metadata: { namespace: 'shop', name: 'cart' },
      spec: { clusterIP: '10.100.0.7', ports: [{ port: 8080 }] },
    }),
  ],
  [
    'ec2/network-interfaces.json',
    JSON.stringify({
      NetworkInterfaces: [
        {
          PrivateIpAddresses: [
            {
              PrivateIpAddress: '10.0.0.77',
              PrivateDnsName: 'ip-10-0-0-77.ec2.internal',
              Association: { PublicDnsName: 'ec2-203-0-113-7.compute-1.amazonaws.com' },
            },
          ],
        },
      ],
    }),
  ],
]

/** One address each: all that finding an end asks of a stack. */
const stackFiles = (directory: string, address: string): readonly (readonly [string, string])[] => [
  [`${directory}/link.json`, JSON.stringify([{ ifindex: 2, ifname: 'eth0', flags: ['UP'], mtu: 9001 }])],
  [
    `${directory}/addr.json`,
    JSON.stringify([
      {
        ifindex: 2,
        ifname: 'eth0',
        flags: ['UP'],
        mtu: 9001,
        addr_info: [{ family: 'inet', local: address, prefixlen: 32, scope: 'global' }],
      },
    ]),
  ],
  [`${directory}/route.json`, '[]'],
]

const stacks = [
  { id: `node/${node}`, dir: 'stacks/node', address: '10.0.0.10' },
  { id: 'pod/default/web-5d4-aaaaa', dir: 'stacks/a', address: '10.0.0.1' },
  { id: 'pod/default/web-5d4-bbbbb', dir: 'stacks/b', address: '10.0.0.2' },
]

function recorded(files: readonly (readonly [string, string])[]): Recorded {
  const bundle: Bundle = {
    index: {
      version: 1,
      created: '2026-01-01T00:00:00Z',
      stacks: stacks.map(({ id, dir }) => ({ id, dir })),
      wires: [],
    },
    files: new Map([...files, ...stacks.flatMap(({ dir, address }) => stackFiles(dir, address))]),
  }
  return { bundle, fabric: readBundle(bundle).fabric }
}

const ofCluster = recorded(kubernetes)
const plain = recorded([])

const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof ClusterError ? `${error.code}: ${error.message}` : 'not refused'
}

describe('who sends', () => {
  test.each([
    { because: 'a stack’s id', typed: 'pod/default/web-5d4-aaaaa', stack: 'pod/default/web-5d4-aaaaa' },
    { because: 'a pod', typed: 'default/web-5d4-aaaaa', stack: 'pod/default/web-5d4-aaaaa' },
    { because: 'a pod of the default namespace', typed: 'web-5d4-bbbbb', stack: 'pod/default/web-5d4-bbbbb' },
    { because: 'the first pod of a deployment', typed: 'deploy/web', stack: 'pod/default/web-5d4-aaaaa' },
    {
      because: 'the same with its namespace',
      typed: 'deploy/default/web',
      stack: 'pod/default/web-5d4-aaaaa',
    },
    { because: 'a node', typed: `node/${node}`, stack: `node/${node}` },
    { because: 'a pod on its node’s network sends from there', typed: 'kube-proxy-x', stack: `node/${node}` },
    { because: 'an address that a stack has', typed: '10.0.0.2', stack: 'pod/default/web-5d4-bbbbb' },
  ])('$because: $typed', async ({ typed, stack }) => {
    expect((await senderOf(ofCluster, typed)).stack).toBe(stack)
  })

  test.each([
    { typed: 'svc/shop/cart', says: 'bad-endpoint: svc/shop/cart: a packet is sent by a pod or a node' },
    { typed: 'web-5d4-aaaab', says: 'near it: web-5d4-aaaaa' },
    { typed: 'deploy/wep', says: 'near it: default/web' },
    { typed: 'unseen', says: 'the network stack pod/default/unseen was not recorded' },
    { typed: '10.9.9.9', says: 'no stack of the snapshot has this address' },
  ])('$typed is refused with what to do', async ({ typed, says }) => {
    expect(await refusal(senderOf(ofCluster, typed))).toContain(says)
  })
})

describe('in a namespace that the user names', () => {
  const inShop = { ...ofCluster, namespace: 'shop' }

  test('a name without one is looked for there', async () => {
    expect((await receiverOf(inShop, 'svc/cart')).endpoint.name).toContain('shop/cart')
    expect(await refusal(senderOf(inShop, 'web-5d4-aaaaa'))).toContain('in namespace "shop"')
  })
})

describe('who is sent to', () => {
  test.each([
    { because: 'any address', typed: '8.8.8.8', address: '8.8.8.8', port: null },
    { because: 'a service has its port', typed: 'svc/shop/cart', address: '10.100.0.7', port: 8080 },
    { because: 'a service and a port', typed: 'svc/shop/cart:8080', address: '10.100.0.7', port: 8080 },
    { because: 'a deployment', typed: 'deploy/web', address: '10.0.0.1', port: null },
    { because: 'a pod whose stack was not recorded', typed: 'unseen', address: '10.0.0.9', port: null },
    {
      because: 'a service by its name in the DNS',
      typed: 'cart.shop.svc.cluster.local',
      address: '10.100.0.7',
      port: 8080,
    },
    { because: 'the same, shorter', typed: 'cart.shop.svc', address: '10.100.0.7', port: 8080 },
    { because: 'a node by its name alone', typed: node, address: '10.0.0.10', port: null },
    {
      because: 'a public name of EC2 is the private address in the VPC',
      typed: 'ec2-203-0-113-7.compute-1.amazonaws.com',
      address: '10.0.0.77',
      port: null,
    },
  ])('$because: $typed', async ({ typed, address, port }) => {
    const found = await receiverOf(ofCluster, typed)
    expect({ address: formatIp(found.address), port: found.port }).toEqual({ address, port })
  })

  test('another name is refused: a snapshot holds no answers of the DNS', async () => {
    expect(await refusal(receiverOf(ofCluster, 'www.example.com'))).toContain(
      'www.example.com: a snapshot holds no answers of the DNS',
    )
  })
})

describe('all that the words mean', () => {
  test.each([
    {
      because: 'every pod of a deployment',
      typed: 'deploy/web',
      ends: ['pod/default/web-5d4-aaaaa 10.0.0.1', 'pod/default/web-5d4-bbbbb 10.0.0.2'],
    },
    { because: 'a stack by its id', typed: `node/${node}`, ends: [`node/${node} 10.0.0.10`] },
    {
      because: 'an address of a stack sends',
      typed: '10.0.0.2',
      ends: ['pod/default/web-5d4-bbbbb 10.0.0.2'],
    },
    { because: 'any other address only receives', typed: '8.8.8.8', ends: ['- 8.8.8.8'] },
    { because: 'a service only receives', typed: 'svc/shop/cart', ends: ['- 10.100.0.7:8080'] },
    { because: 'so does what was not recorded', typed: 'unseen', ends: ['- 10.0.0.9'] },
  ])('$because: $typed', async ({ typed, ends }) => {
    const found = await everyEndOf(ofCluster, typed)
    expect(
      found.map(
        ({ stack, endpoint, port }) =>
          `${stack ?? '-'} ${endpoint.address}${port === null ? '' : `:${port}`}`,
      ),
    ).toEqual(ends)
  })

  test.each([
    { typed: 'www.example.com', says: 'a snapshot holds no answers of the DNS' },
    { typed: 'deploy/wep', says: 'near it: default/web' },
  ])('$typed is refused with what to do', async ({ typed, says }) => {
    expect(await refusal(everyEndOf(ofCluster, typed))).toContain(says)
  })
})

test('a snapshot of plain namespaces knows its stacks and addresses alone', async () => {
  expect((await senderOf(plain, 'default/web-5d4-aaaaa')).stack).toBe('pod/default/web-5d4-aaaaa')
  expect(await refusal(senderOf(plain, 'deploy/web'))).toContain(
    'the snapshot has no such stack: it has node/',
  )
})
