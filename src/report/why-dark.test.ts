import { describe, expect, test } from 'vitest'
import { readStack } from '../linux/stack.ts'
import { stackTables } from '../inventory/stack-tables.ts'
import { compileFabric } from '../forward/compile/fabric.ts'
import { predict } from '../forward/walk/predict.ts'
import { ip } from '../model/address/address.ts'
import type { FlowReply } from '../model/view/tables-view.ts'
import { lighting, type LinePlace } from './lit-lines.ts'
import { whyDark } from './why-dark.ts'

const link = (ifindex: number, ifname: string, address: string, extra: object = {}) => ({
  ifindex,
  ifname,
  flags: ['UP', 'LOWER_UP'],
  mtu: 9001,
  operstate: 'UP',
  link_type: ifname === 'lo' ? 'loopback' : 'ether',
  address: `02:00:00:00:00:0${ifindex}`,
  addr_info: address === '' ? [] : [{ family: 'inet', local: address, prefixlen: 24, scope: 'global' }],
  ...extra,
})

const sysctl = (...names: readonly string[]) =>
  ['net.ipv4.ip_forward = 1', 'net.ipv4.conf.all.rp_filter = 0']
    .concat(
      names.flatMap((name) => [
        `net.ipv4.conf.${name}.rp_filter = 0`,
        `net.ipv4.conf.${name}.forwarding = 1`,
      ]),
    )
    .join('\n')

const rules =
  '0:\tfrom all lookup local\n512:\tfrom all to 192.168.1.9 lookup main\n32766:\tfrom all lookup main\n'

/** A pod on the node of the tutorial's table, and a host that the node reaches. */
const pod = readStack(
  'pod/default/a',
  new Map([
    ['link.json', JSON.stringify([link(1, 'lo', ''), link(2, 'eth0', '192.168.1.239')])],
    ['rule.txt', rules],
    [
      'route.txt',
      'default via 192.168.1.138 dev eth0\nlocal 192.168.1.239 dev eth0 table local scope host src 192.168.1.239\n',
    ],
    ['iptables-save.txt', ''],
    ['nft.json', '{"nftables":[]}'],
    ['sysctl.txt', sysctl('eth0')],
    ['neigh.json', '[]'],
  ]),
).stack
const node = readStack(
  'node/n1',
  new Map([
    ['link.json', JSON.stringify([link(1, 'lo', ''), link(2, 'eth0', '192.168.1.138'), link(3, 'eni1', '')])],
    ['rule.txt', rules],
    [
      'route.txt',
      'default dev eth0 scope link\n192.168.1.239 dev eni1 scope link\n10.9.0.0/16 dev eth0\n' +
        'local 192.168.1.138 dev eth0 table local scope host src 192.168.1.138\ndefault via 192.168.1.1 dev eth0 table 2\n',
    ],
    [
      'iptables-save.txt',
      [
        '*nat',
        ':PREROUTING ACCEPT [9:540]',
        ':INPUT ACCEPT [0:0]',
        ':OUTPUT ACCEPT [0:0]',
        ':POSTROUTING ACCEPT [3:252]',
        ':AWS-SNAT-CHAIN-0 - [0:0]',
        ':AWS-SNAT-CHAIN-1 - [0:0]',
        ':KUBE-POSTROUTING - [0:0]',
        ':KUBE-SEP-X - [0:0]',
        ':KUBE-SVC-X - [0:0]',
        '[9:540] -A PREROUTING -d 10.100.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-X',
        '[0:0] -A OUTPUT -d 10.100.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-X',
        '[12:1008] -A POSTROUTING -j KUBE-POSTROUTING',
        '[12:1008] -A POSTROUTING -j AWS-SNAT-CHAIN-0',
        '[7:588] -A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -j AWS-SNAT-CHAIN-1',
        '[7:588] -A AWS-SNAT-CHAIN-1 ! -o vlan+ -j SNAT --to-source 192.168.1.138',
        '[0:0] -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
        '[0:0] -A KUBE-POSTROUTING -j MASQUERADE --random-fully',
        '[0:0] -A KUBE-SVC-X -j KUBE-SEP-X',
        '[0:0] -A KUBE-SEP-X -p tcp -m tcp -j DNAT --to-destination 192.168.1.5:443',
        'COMMIT',
      ].join('\n'),
    ],
    ['nft.json', '{"nftables":[]}'],
    ['sysctl.txt', sysctl('eth0', 'eni1')],
    ['neigh.json', '[]'],
  ]),
).stack
const host = readStack(
  'node/out',
  new Map([
    ['link.json', JSON.stringify([link(1, 'lo', ''), link(2, 'eth0', '8.8.8.8')])],
    ['rule.txt', rules],
    ['route.txt', '192.168.1.138 dev eth0\nlocal 8.8.8.8 dev eth0 table local scope host src 8.8.8.8\n'],
    ['iptables-save.txt', ''],
    ['nft.json', '{"nftables":[]}'],
    ['sysctl.txt', sysctl('eth0')],
    ['neigh.json', '[]'],
  ]),
).stack
const fabric = compileFabric({
  stacks: [pod, node, host],
  wires: [
    { a: { stack: pod.id, interface: 'eth0' }, b: { stack: node.id, interface: 'eni1' } },
    { a: { stack: node.id, interface: 'eth0' }, b: { stack: host.id, interface: 'eth0' } },
  ],
  vpc: null,
})
const [way] = predict(fabric, { from: pod.id, to: ip('8.8.8.8'), protocol: 1 }).paths
const reply: FlowReply = {
  from: pod.id,
  to: '8.8.8.8',
  path: way!.path(),
  evaluated: way!.evaluated(),
  probability: 1,
  ways: 1,
}
const tables = stackTables(node)
const forward = lighting(reply, tables, 'forward')
const nat = (chain: string): LinePlace => ({ kind: 'chain', tool: 'iptables', table: 'nat', chain })
const why = (place: LinePlace, start: string, lit = forward) => {
  const all = [
    ...(tables.rules ?? []).map((rule) => rule.line),
    ...tables.routes.flatMap((table) => table.routes),
    ...(tables.iptables ?? []).flatMap((table) =>
      table.chains.flatMap((chain) => chain.rules.map((rule) => rule.line)),
    ),
  ]
  const line = all.find((one) => one.startsWith(start))
  if (line === undefined) throw new Error(`no line begins with ${start}`)
  return whyDark(tables, lit, place, line)
}

test('a snapshot’s counters stand beside the lines', () => {
  const chain = tables.iptables![0]!.chains.find(({ name }) => name === 'AWS-SNAT-CHAIN-1')!
  expect(chain.rules[0]!.counter).toEqual({ packets: 7, octets: 588 })
})

test('the lines that matter are lit in the kernel’s order, and the deciding ones are told apart', () => {
  expect(
    forward.lines.filter(({ mark }) => mark !== 'no').map(({ mark, line }) => `${mark} ${line}`),
  ).toEqual([
    'on :PREROUTING ACCEPT [0:0]',
    'on 0: from all lookup local',
    'decides 32766: from all lookup main',
    'decides default dev eth0 scope link',
    'on -A POSTROUTING -j KUBE-POSTROUTING',
    'on -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    'on -A POSTROUTING -j AWS-SNAT-CHAIN-0',
    'on -A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -j AWS-SNAT-CHAIN-1',
    'decides -A AWS-SNAT-CHAIN-1 ! -o vlan+ -j SNAT --to-source 192.168.1.138',
  ])
  const numbers = forward.lines.flatMap(({ number }) => number ?? [])
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
})

describe('why a line stays dark', () => {
  test('it lacked something: which, and what the packet has', () => {
    expect(why({ kind: 'rule' }, '512:')).toMatchObject({
      kind: 'asked',
      times: [
        {
          mark: 'no',
          lacks: [{ code: 'destination', facts: { want: '192.168.1.9/32', got: '8.8.8.8' } }],
        },
      ],
    })
    expect(why({ kind: 'route', table: 'main' }, '10.9.0.0/16')).toMatchObject({
      kind: 'asked',
      times: [{ number: null, mark: 'no', lacks: [{ code: 'destination' }] }],
    })
  })
  test('a RETURN had ended its chain', () => {
    expect(why(nat('KUBE-POSTROUTING'), '-A KUBE-POSTROUTING -j MASQUERADE')).toMatchObject({
      kind: 'decided-before',
      by: { line: '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN' },
    })
  })
  test('nothing led into its chain: the line that would have, and what that lacked', () => {
    expect(why(nat('KUBE-SEP-X'), '-A KUBE-SEP-X')).toMatchObject({
      kind: 'not-entered',
      callers: [
        {
          line: '-A KUBE-SVC-X -j KUBE-SEP-X',
          why: {
            kind: 'not-entered',
            callers: [
              { why: { kind: 'asked', times: [{ mark: 'no' }] } },
              { why: { kind: 'other-hook', hook: 'OUTPUT' } },
            ],
          },
        },
      ],
    })
  })
  test('its table is looked up by nobody', () => {
    expect(why({ kind: 'route', table: '2' }, 'default via 192.168.1.1 dev eth0 table 2')).toEqual({
      kind: 'not-entered',
      callers: [],
    })
  })
  test('for the reply nat is not asked again', () => {
    const back = lighting(reply, tables, 'reply')
    expect(why(nat('POSTROUTING'), '-A POSTROUTING -j AWS', back)).toEqual({ kind: 'nat-settled' })
  })
  test('a stack that the packet does not cross', () => {
    const elsewhere = lighting({ ...reply, evaluated: [] }, tables, 'forward')
    expect(why({ kind: 'rule' }, '512:', elsewhere)).toEqual({ kind: 'not-crossed' })
  })
})
