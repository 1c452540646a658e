import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatIp } from '../../model/address/address.ts'
import { readAddresses, readLinks } from '../ip/link.ts'
import { readNeighbours } from '../ip/neigh.ts'
import { readRule } from '../netfilter/iptables-rule.ts'
import { readIptablesSave } from '../netfilter/iptables-save.ts'
import { readArp, readNeighbourText } from './neigh-text.ts'
import { readBriefLinks } from './brief-link.ts'
import { readKernelTable } from './kernel-table.ts'
import { readLinkText } from './link-text.ts'
import { readListing, readRuleSpecs, tableBehind } from './iptables-text.ts'
import { readNftText } from './nft-text.ts'
import { listedRule } from './listed-rule.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')

describe.each(['', 'debian-12/', 'debian-13/'])(
  'the text form of a namespace reads as its JSON does: %s',
  (from) => {
    test('ip addr', () => {
      const { value, problems } = readLinkText(fixture(`${from}addr.txt`))
      expect(problems).toEqual([])
      const read = readAddresses(JSON.stringify(value)).value
      const want = readAddresses(fixture(`${from}addr.json`)).value
      const shown = (map: typeof read) => [...map].map(([name, list]) => [name, list.map((one) => one.line)])
      expect(shown(read)).toEqual(shown(want))
      expect([...read.values()].flat().map((one) => [formatIp(one.address), one.length, one.scope])).toEqual(
        [...want.values()].flat().map((one) => [formatIp(one.address), one.length, one.scope]),
      )
    })

    test('ip link', () => {
      const { value } = readLinkText(fixture(`${from}link.txt`))
      const plain = (text: string) =>
        readLinks(text).value.map(({ index, name, flags, state, mtu, mac, master, line }) => [
          index,
          name,
          flags,
          state,
          mtu,
          mac,
          master,
          line,
        ])
      expect(plain(JSON.stringify(value))).toEqual(plain(fixture(`${from}link.json`)))
    })

    test('ip neigh', () => {
      expect(readNeighbourText(fixture(`${from}neigh.txt`)).value).toEqual(
        readNeighbours(fixture(`${from}neigh.json`)).value,
      )
    })
  },
)

test('iptables -S of a table is that table of iptables-save', () => {
  const filter = readIptablesSave(fixture('iptables-save.txt'), 4).value[0]?.tables.find(
    (one) => one.name === 'filter',
  )
  if (!filter) return expect.fail('no filter')
  const text = [
    ...filter.chains.map(({ name, policy }) => (policy === null ? `-N ${name}` : `-P ${name} ${policy}`)),
    ...filter.chains.flatMap(({ rules }) => rules.map(({ line }) => line)),
  ].join('\n')
  const { value, problems } = readRuleSpecs(text, 'filter')
  expect(problems).toEqual([])
  expect(
    value?.chains.map(({ name, policy, rules }) => [
      name,
      policy,
      rules.map(({ matches, target }) => ({ matches, target })),
    ]),
  ).toEqual(
    filter.chains.map(({ name, policy, rules }) => [
      name,
      policy,
      rules.map(({ matches, target }) => ({ matches, target })),
    ]),
  )
})

describe('a listed rule is the rule that iptables -S prints', () => {
  test.each([
    [
      '    0     0 DROP       all  --  *      *      !127.0.0.0/8          127.0.0.0/8          /* block incoming localnet connections */ ! ctstate RELATED,ESTABLISHED,DNAT',
      '-A C ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    ],
    [
      '    0     0 DNAT       udp  --  *      *       0.0.0.0/0            0.0.0.0/0            /* kube-system/kube-dns:dns */ udp to:192.168.1.37:53',
      '-A C -p udp -m comment --comment "kube-system/kube-dns:dns" -j DNAT --to-destination 192.168.1.37:53',
    ],
    [
      '   12  840 KUBE-SVC-X  tcp  --  *      *       0.0.0.0/0            10.100.0.10          /* a b */ tcp dpt:53',
      '-A C -d 10.100.0.10 -p tcp -m comment --comment "a b" -m tcp --dport 53 -j KUBE-SVC-X',
    ],
    [
      '    0     0 SNAT       0    --  *      !vlan+  0.0.0.0/0            0.0.0.0/0            /* AWS, SNAT */ ADDRTYPE match dst-type !LOCAL to:192.168.1.138 random-fully',
      '-A C ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully',
    ],
    [
      'KUBE-SEP-Y  all  --  0.0.0.0/0            0.0.0.0/0            statistic mode random probability 0.50000000000',
      '-A C -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-Y',
    ],
    [
      '    0     0 RETURN     all  --  *      *       0.0.0.0/0            0.0.0.0/0            mark match ! 0x4000/0x4000',
      '-A C -m mark ! --mark 0x4000/0x4000 -j RETURN',
    ],
    [
      '    0     0            all  --  eth0   *       0.0.0.0/0            0.0.0.0/0           ',
      '-A C -i eth0',
    ],
  ])('%s', (line, want) => {
    const rule = listedRule(line, 'C') ?? expect.fail('not read')
    const spec = readRule(want)
    if (typeof spec === 'string') return expect.fail(spec)
    const sorted = (of: typeof rule) => of.matches.map((one) => JSON.stringify(one)).sort()
    expect([sorted(rule), rule.target, rule.problem, rule.line]).toEqual([
      sorted(spec),
      spec.target,
      null,
      line.trim(),
    ])
  })

  test.each([
    [
      '    0     0 ACCEPT     all  --  *      *       0.0.0.0/0            0.0.0.0/0            recent: CHECK seconds: 5',
    ],
    ['    0     0 DNAT       tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:80'],
  ])('what its words do not tell is doubted: %s', (line) => {
    expect(listedRule(line, 'C')?.problem).toMatch(/^not understood/)
  })

  test('a listing whose chains are not all there is no table', () => {
    const text =
      'Chain INPUT (policy ACCEPT)\ntarget prot opt source destination\nKUBE-FIREWALL  all  --  0.0.0.0/0  0.0.0.0/0\n'
    expect(readListing(text, 'filter').value).toBeNull()
  })

  test.each([
    ['-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT', 'nat'],
    ['Chain INPUT (policy ACCEPT)\nChain FORWARD (policy DROP)\nChain OUTPUT (policy ACCEPT)', 'filter'],
    ['-P INPUT ACCEPT', null],
  ])('its built-in chains tell the table', (text, want) => {
    expect(tableBehind(text)).toBe(want)
  })
})

test('arp -n and arp -a', () => {
  const text =
    'Address                  HWtype  HWaddress           Flags Mask            Iface\n10.0.0.1                 ether   02:aa:bb:cc:dd:01   C                     eth0\n169.254.1.1              ether   02:aa:bb:cc:dd:02   CM                    eth0\n10.0.0.7                         (incomplete)                              eth1\n? (10.0.0.8) at 02:aa:bb:cc:dd:03 [ether] on eth0\n'
  expect(
    readArp(text).value.map(({ address, device, mac, state }) => [formatIp(address), device, mac, state]),
  ).toEqual([
    ['10.0.0.1', 'eth0', '02:aa:bb:cc:dd:01', 'STALE'],
    ['169.254.1.1', 'eth0', '02:aa:bb:cc:dd:02', 'PERMANENT'],
    ['10.0.0.7', 'eth1', null, 'INCOMPLETE'],
    ['10.0.0.8', 'eth0', '02:aa:bb:cc:dd:03', 'STALE'],
  ])
})

test('route -n', () => {
  const text =
    'Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n0.0.0.0         10.0.0.1        0.0.0.0         UG    512    0        0 ens5\n10.0.0.0        0.0.0.0         255.255.255.0   U     512    0        0 ens5\n10.0.0.9        -               255.255.255.255 !H    0      -        0 -\n'
  expect(
    readKernelTable(text).value.map(({ type, destination, metric, nextHops }) => [
      type,
      formatIp(destination.address),
      destination.length,
      metric,
      nextHops.map(({ via, device }) => [via && formatIp(via), device]),
    ]),
  ).toEqual([
    ['unicast', '0.0.0.0', 0, 512, [['10.0.0.1', 'ens5']]],
    ['unicast', '10.0.0.0', 24, 512, [[null, 'ens5']]],
    ['unreachable', '10.0.0.9', 32, 0, []],
  ])
})

test('ip -br addr', () => {
  const { value } = readBriefLinks(
    'lo               UNKNOWN        127.0.0.1/8 ::1/128 \neni1@if3         UP             fe80::1/64 \neth0             DOWN           \n',
  )
  expect(
    value.map(({ name, state, addresses }) => [
      name,
      state,
      addresses.map((one) => `${formatIp(one.address)}/${one.length}`),
    ]),
  ).toEqual([
    ['lo', 'UNKNOWN', ['127.0.0.1/8', '::1/128']],
    ['eni1', 'UP', ['fe80::1/64']],
    ['eth0', 'DOWN', []],
  ])
})

test('nft list ruleset: what is known is as -j tells it, a rule with anything else is not understood', () => {
  const text = `table ip aws-cni {
\tchain nat-prerouting {
\t\ttype nat hook prerouting priority dstnat + 10; policy accept;
\t\tfib daddr type local return
\t\tiifname "eni*" counter packets 3 bytes 180 jump snat-mark
\t\tmeta mark set ct mark & 0x00000080
\t\tip daddr 192.168.0.0/16 tcp dport { 80, 443 } ct state established,related accept
\t\tsocket transparent 1 accept
\t}
}
`
  const { value, problems } = readNftText(text)
  expect(problems).toEqual([])
  const [chain] = value[0]?.chains ?? []
  expect(chain?.base).toEqual({ type: 'nat', hook: 'prerouting', priority: -90, policy: 'accept' })
  expect(chain?.rules.map(({ expressions }) => expressions)).toEqual([
    [
      { match: { op: '==', left: { fib: { result: 'type', flags: ['daddr'] } }, right: 'local' } },
      { return: null },
    ],
    [
      { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'eni*' } },
      { jump: { target: 'snat-mark' } },
    ],
    [{ mangle: { key: { meta: { key: 'mark' } }, value: { '&': [{ ct: { key: 'mark' } }, 128] } } }],
    [
      {
        match: {
          op: '==',
          left: { payload: { protocol: 'ip', field: 'daddr' } },
          right: { prefix: { addr: '192.168.0.0', len: 16 } },
        },
      },
      {
        match: {
          op: '==',
          left: { payload: { protocol: 'tcp', field: 'dport' } },
          right: { set: [80, 443] },
        },
      },
      { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
      { accept: null },
    ],
    [{ 'not understood': 'socket transparent 1 accept' }],
  ])
})
