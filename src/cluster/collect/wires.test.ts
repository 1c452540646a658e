import { describe, expect, test } from 'vitest'
import { eniWires, vethWires } from './wires.ts'

const veth = (ifname: string, ifindex: number, link_index: number) => ({
  ifname,
  ifindex,
  link_index,
  link_netnsid: 0,
  address: '02:00:00:00:00:01',
  linkinfo: { info_kind: 'veth' },
})
const stack = (id: string, node: string, links: readonly object[]) => ({
  stack: id,
  node,
  linkJson: JSON.stringify(links),
})
const eth0 = { ifname: 'eth0', ifindex: 2, address: '0A:11:22:33:44:55' }

describe('veth pairs', () => {
  test('both ends name each other', () => {
    expect(
      vethWires([
        stack('node/n1', 'n1', [eth0, veth('enia', 5, 3), veth('enib', 6, 3)]),
        stack('pod/d/a', 'n1', [veth('eth0', 3, 5)]),
        stack('pod/d/b', 'n1', [veth('eth0', 3, 6)]),
        stack('pod/d/elsewhere', 'n2', [veth('eth0', 3, 5)]),
      ]),
    ).toEqual([
      { a: ['pod/d/a', 'eth0'], b: ['node/n1', 'enia'] },
      { a: ['pod/d/b', 'eth0'], b: ['node/n1', 'enib'] },
    ])
  })

  test.each([
    { because: 'the far end names another', pod: [veth('eth0', 3, 6)], node: [veth('enia', 6, 9)] },
    { because: 'the far end is no veth', pod: [veth('eth0', 3, 2)], node: [eth0] },
    {
      because: 'the near end is a macvlan',
      pod: [{ ...veth('eth0', 3, 5), linkinfo: { info_kind: 'macvlan' } }],
      node: [veth('enia', 5, 3)],
    },
  ])('no wire where $because', ({ pod, node }) => {
    expect(vethWires([stack('node/n1', 'n1', node), stack('pod/d/a', 'n1', pod)])).toEqual([])
  })

  test('an end that two pods claim belongs to neither', () => {
    const pods = ['a', 'b'].map((name) => stack(`pod/d/${name}`, 'n1', [veth('eth0', 3, 5)]))
    expect(vethWires([stack('node/n1', 'n1', [veth('enia', 5, 3)]), ...pods])).toEqual([])
  })

  test('links that are no JSON make no wires', () => {
    expect(vethWires([{ stack: 'node/n1', node: 'n1', linkJson: 'nonsense' }])).toEqual([])
  })
})

test('a device is the ENI with its hardware address', () => {
  const answer = {
    NetworkInterfaces: [
      { NetworkInterfaceId: 'eni-1', VpcId: 'vpc-1', MacAddress: '0a:11:22:33:44:55' },
      { NetworkInterfaceId: 'eni-2', VpcId: 'vpc-1', MacAddress: '0a:00:00:00:00:00' },
    ],
  }
  expect(eniWires([stack('node/n1', 'n1', [eth0])], answer)).toEqual([
    { a: ['node/n1', 'eth0'], b: ['vpc/vpc-1', 'eni-1'] },
  ])
})
