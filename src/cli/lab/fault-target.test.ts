import { describe, expect, test } from 'vitest'
import type { PodFacts } from '../../kubernetes/facts.ts'
import { faults } from '../../lab/fault/catalogue.ts'
import type { FaultCode } from '../../model/lab/fault.ts'
import { chooseVictim, type NoVictim, viewOf } from './fault-target.ts'

/** What a node of the lab prints: one pod on the first ENI, one on the second. */
const printed = `0:	from all lookup local
512:	from all to 192.168.1.37 lookup main
512:	from all to 192.168.1.239 lookup main
1024:	from all fwmark 0x80/0x80 lookup main
1536:	from 192.168.1.37 lookup 2
32766:	from all lookup main

default via 192.168.1.1 dev eth0
192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.138
192.168.1.37 dev eni23fce0108fe scope link
192.168.1.239 dev enic3ab4fa5af5 scope link

default via 192.168.1.1 dev eth1
192.168.1.1 dev eth1 scope link
`
const node1 = viewOf(printed)
const node2 = viewOf('0:	from all lookup local\n\n192.168.2.84 dev eni0a scope link\n\n')

test('a node tells which pods are on a later ENI, and by which wire each is reached', () => {
  expect([...node1.laterEni]).toEqual(['192.168.1.37'])
  expect(node1.hasLaterEni).toBe(true)
  expect(node1.veths.get('192.168.1.239')).toBe('enic3ab4fa5af5')
  expect(node2.hasLaterEni).toBe(false)
})

const pod = (namespace: string, name: string, address: string, node: string, app: string): PodFacts => ({
  namespace,
  name,
  uid: '',
  labels: { app },
  node,
  addresses: [address],
  hostNetwork: false,
  phase: 'Running',
  ready: true,
})
const dns = pod('kube-system', 'coredns-1', '192.168.1.37', 'n1', 'coredns')
const one = pod('default', 'netshoot-1', '192.168.1.239', 'n1', 'netshoot-pod')
const two = pod('default', 'netshoot-2', '192.168.2.84', 'n2', 'netshoot-pod')
const facts = {
  nodes: ['n1', 'n2'].map((name, i) => ({
    name,
    ready: true,
    externalAddresses: [],
    alive: true,
    unreadyBecause: null,
    internalAddresses: [`192.168.${i + 1}.10`],
    providerId: null,
    labels: {},
  })),
  pods: [dns, one, two],
  services: [],
}
const views = new Map([
  ['n1', node1],
  ['n2', node2],
])

describe('the pod that suffers', () => {
  test.each<{ code: FaultCode; wanted?: string; pod: string; because: string }>([
    { code: 'forward-rule', pod: 'netshoot-1', because: 'the tutorial’s own pods come first' },
    { code: 'rp-filter-strict', pod: 'coredns-1', because: 'it is on a second ENI' },
    { code: 'source-rule-stale', pod: 'netshoot-1', because: 'it is on the first ENI of a node with two' },
    { code: 'forward-rule', wanted: 'netshoot-2', pod: 'netshoot-2', because: 'it was asked for' },
    { code: 'forward-rule', wanted: 'kube-system/coredns-1', pod: 'coredns-1', because: 'it was asked for' },
  ])('of $code is $pod, because $because', ({ code, wanted, pod }) => {
    expect(chooseVictim(faults[code], facts, views, wanted)).toMatchObject({ pod: { name: pod } })
  })

  test('speaks with one on another node', () => {
    expect(chooseVictim(faults['forward-rule'], facts, views, undefined)).toMatchObject({
      peer: { node: 'n2' },
      veth: 'enic3ab4fa5af5',
    })
  })

  test.each<{ code: FaultCode; wanted: string; problem: NoVictim }>([
    { code: 'rp-filter-strict', wanted: 'netshoot-1', problem: { kind: 'no-later-eni' } },
    { code: 'source-rule-stale', wanted: 'netshoot-2', problem: { kind: 'none-suits' } },
    { code: 'forward-rule', wanted: 'web', problem: { kind: 'no-pod', pod: 'web' } },
  ])('$code on $wanted cannot be, and it says why', ({ code, wanted, problem }) => {
    expect(chooseVictim(faults[code], facts, views, wanted)).toEqual({ problem })
  })
})
