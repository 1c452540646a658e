import { afterAll, beforeAll, expect, test } from 'vitest'
import { labUp, type TestLab } from './lab.ts'

/** Pods whose addresses lie in prefixes that are delegated to their ENIs. Needs namespaces, kubectl and aws. */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=prefixes', '--prefix-delegation'])
}, 120_000)
afterAll(async () => {
  await lab.down()
})

test('EC2 tells of the prefixes, and a node takes more pods', async () => {
  const { NetworkInterfaces } = (await lab.aws('ec2', 'describe-network-interfaces')) as {
    readonly NetworkInterfaces: readonly {
      readonly Attachment?: { readonly InstanceId?: string }
      readonly PrivateIpAddresses: readonly unknown[]
      readonly Ipv4Prefixes?: readonly { readonly Ipv4Prefix: string }[]
    }[]
  }
  const delegated = NetworkInterfaces.filter(({ Ipv4Prefixes = [] }) => Ipv4Prefixes.length > 0)
  expect(delegated.length).toBeGreaterThanOrEqual(3)
  for (const { PrivateIpAddresses, Ipv4Prefixes = [] } of delegated) {
    expect(PrivateIpAddresses).toHaveLength(1)
    for (const { Ipv4Prefix } of Ipv4Prefixes) expect(Ipv4Prefix).toMatch(/\/28$/)
  }
  const most = await lab.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.allocatable.pods}')
  expect(most).toBe('110 110 110')
})

test('every statement of the tutorial holds', async () => {
  const { ended, result } = await lab.verify()
  expect(result.findings).toEqual([])
  expect(ended.status).toBe(0)
})

test('when two prefixes are full the next ENI comes; its pods are predicted as they go', async () => {
  const node = lab.nodes[0] ?? ''
  const overrides = JSON.stringify({
    spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': node } } } },
  })
  await lab.kubectl('create', 'deployment', 'many', '--image=nginx', '--replicas=0')
  await lab.kubectl('patch', 'deployment', 'many', '-p', overrides)
  await lab.kubectl('scale', 'deployment', 'many', '--replicas=40')
  await lab.kubectl('rollout', 'status', 'deployment/many', '--timeout=120s')
  const { items } = JSON.parse(await lab.kubectl('get', 'pods', '-l', 'app=many', '-o', 'json')) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string }
      readonly status: { readonly podIP: string }
    }[]
  }
  const rules = (await lab.onNode(1, 'ip rule')).output
  const later = items.find(({ status }) => rules.includes(`from ${status.podIP} lookup 2`))
  const first = items.find(({ status }) => !rules.includes(`from ${status.podIP} lookup`))
  expect([later, first]).not.toContain(undefined)
  for (const pod of [later, first]) {
    await lab.agreed('trace', pod!.metadata.name, lab.pods[2]!)
    await lab.agreed('trace', lab.pods[1]!, pod!.metadata.name, '--protocol', 'tcp', '--port', '80')
    const { traces } = await lab.agreed('trace', pod!.metadata.name, 'www.google.com')
    expect(traces[0]?.translations.map(({ kind }) => kind)).toEqual(['SNAT', 'SNAT'])
  }
}, 300_000)
