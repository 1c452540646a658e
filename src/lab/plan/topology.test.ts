import { describe, expect, test } from 'vitest'
import { formatIp, ip } from '../../model/address/address.ts'
import { contains, formatPrefix } from '../../model/address/prefix.ts'
import { defaultLab, planTopology, type LabOptions } from './topology.ts'

const plan = (more: Partial<LabOptions> = {}) => planTopology({ ...defaultLab, ...more })

describe.each<{ readonly of: string; readonly more: Partial<LabOptions> }>([
  { of: 'the tutorial', more: {} },
  { of: 'another seed', more: { seed: 7 } },
  { of: 'private subnets', more: { subnets: 'private' } },
  { of: 'prefixes', more: { prefixDelegation: true } },
  {
    of: 'six nodes with prefixes in private subnets',
    more: { nodes: 6, subnets: 'private', prefixDelegation: true, seed: 3 },
  },
  {
    of: 'sixty nodes with prefixes',
    more: { nodes: 60, instanceType: 'm5.4xlarge', prefixDelegation: true },
  },
  { of: 'sixty nodes', more: { nodes: 60, instanceType: 'm5.4xlarge' } },
  {
    of: 'sixty nodes in private subnets',
    more: { nodes: 60, instanceType: 'm5.4xlarge', subnets: 'private' },
  },
])('a lab of $of', ({ more }) => {
  const topology = plan(more)
  const { vpc } = topology

  test('is the same every time', () => {
    expect(plan(more)).toEqual(topology)
  })

  test('gives every address once, each in its subnet', () => {
    const enis = [
      ...topology.nodes.flatMap((node) =>
        node.enis.map((eni) => ({ subnet: node.subnet, addresses: [eni.address, ...eni.podAddresses] })),
      ),
      ...[topology.bastion, topology.controlPlane, topology.natGateway].flatMap((host) =>
        host === null ? [] : [{ subnet: host.subnet, addresses: [host.address] }],
      ),
    ]
    const all = enis.flatMap(({ addresses }) => addresses)
    expect(new Set(all).size).toBe(all.length)
    for (const eni of vpc.interfaces)
      for (const { address } of eni.addresses)
        expect(contains(vpc.subnets.find(({ id }) => id === eni.subnet)!.prefix, address)).toBe(true)
    const shown = vpc.interfaces.flatMap((eni) => eni.addresses.flatMap((one) => one.publicAddress ?? []))
    expect(new Set(shown).size).toBe(shown.length)
  })

  test('every subnet has one route table', () => {
    const associated = vpc.routeTables.flatMap(({ subnets }) => subnets)
    expect(associated.toSorted()).toEqual(vpc.subnets.map(({ id }) => id).toSorted())
  })
})

test('the tutorial’s addresses are the tutorial’s, in private subnets too', () => {
  for (const subnets of ['public', 'private'] as const) {
    const { nodes } = plan({ subnets })
    expect(nodes.map(({ address }) => address)).toEqual(['192.168.1.138', '192.168.2.91', '192.168.3.20'])
    expect(nodes.map(({ enis }) => enis[0]?.podAddresses[0])).toEqual([
      '192.168.1.239',
      '192.168.2.84',
      '192.168.3.143',
    ])
  }
  expect(plan().bastion.address).toBe('192.168.1.100')
})

test('private nodes have no public address; what leaves them goes by a NAT gateway in a public subnet', () => {
  const { vpc, nodes, natGateway, bastion } = plan({ subnets: 'private' })
  expect(nodes.map(({ publicAddress }) => publicAddress)).toEqual([null, null, null])
  expect(vpc.subnets.map((subnet) => `${formatPrefix(subnet.prefix)} ${subnet.mapPublicIp}`)).toEqual([
    '192.168.1.0/24 false',
    '192.168.2.0/24 false',
    '192.168.3.0/24 false',
    '192.168.10.0/24 true',
  ])
  const outOf = (subnet: string) =>
    vpc.routeTables
      .find(({ subnets }) => subnets.includes(subnet))
      ?.routes.map(({ line }) => line.replace(/^\S+ /, ''))
  expect(outOf(nodes[0]!.subnet)).toEqual([
    '192.168.0.0/16 -> local (active)',
    `0.0.0.0/0 -> ${natGateway!.id} (active)`,
  ])
  expect(outOf(natGateway!.subnet)).toEqual([
    '192.168.0.0/16 -> local (active)',
    `0.0.0.0/0 -> ${vpc.internetGateways[0]} (active)`,
  ])
  expect(bastion.subnet).toBe(natGateway!.subnet)
  expect(vpc.natGateways.map((one) => formatIp(one.privateAddress))).toEqual([natGateway!.address])
})

test('delegated prefixes are /28s of their own, and their addresses are those that pods get', () => {
  const { nodes, vpc } = plan({ prefixDelegation: true })
  const prefixes = nodes.flatMap(({ enis }) => enis.flatMap((eni) => eni.prefixes))
  expect(new Set(prefixes.map(formatPrefix)).size).toBe(prefixes.length)
  for (const { address, length } of prefixes) expect([Number(address) % 16, length]).toEqual([0, 28])
  for (const eni of nodes.flatMap(({ enis }) => enis)) {
    expect(eni.podAddresses).toHaveLength(32)
    for (const text of eni.podAddresses)
      expect(eni.prefixes.some((prefix) => contains(prefix, ip(text)))).toBe(true)
  }
  // An ENI has its own address alone beside them.
  expect(vpc.interfaces[0]).toMatchObject({
    addresses: [{ primary: true }],
    prefixes: [{ length: 28 }, { length: 28 }],
  })
})
