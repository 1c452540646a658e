import { readFileSync } from 'node:fs'
import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { formatIp } from '../model/address/address.ts'
import { formatPrefix } from '../model/address/prefix.ts'
import { readConntrack } from './netfilter/conntrack.ts'
import { readFabric } from './fabric.ts'
import { readIfconfig } from './ip/ifconfig.ts'
import { readAddresses, readLinks } from './ip/link.ts'
import { readNeighbours } from './ip/neigh.ts'
import { readRoutesJson, readRoutesText } from './ip/route.ts'
import { readRulesJson, readRulesText } from './ip/rule.ts'
import { readIpsetSave } from './netfilter/ipset-save.ts'
import { formatIptablesSave, readIptablesSave } from './netfilter/iptables-save.ts'
import { readNft } from './netfilter/nft.ts'
import { readStack } from './stack.ts'
import { readSysctls } from './ip/sysctl.ts'

/** Printed by iproute2 6.1, iptables 1.8.9, nft 1.0.6 and ipset in one namespace that used every feature. */
const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

const plainLines = (text: string): string[] =>
  text
    .replaceAll(/\s*\n\tnexthop/g, ' nexthop')
    .split('\n')
    .map((line) => line.trim().replace(/^(\d+):\t/, '$1: '))
    .filter((line) => line !== '')

describe('every object keeps the line that its own tool prints', () => {
  test.each([
    { file: 'rule', read: (json: string) => readRulesJson(json, 4) },
    { file: 'rule6', read: (json: string) => readRulesJson(json, 6) },
    { file: 'neigh', read: readNeighbours },
  ])('$file', ({ file, read }) => {
    const { value, problems } = read(fixture(`${file}.json`))
    expect(value.map((item) => item.line)).toEqual(plainLines(fixture(`${file}.txt`)))
    expect(problems).toEqual([])
  })

  test('routes of both families; JSON does not tell that an MTU is locked', () => {
    const { value, problems } = readRoutesJson(fixture('route.json'), null)
    const want = plainLines(fixture('route.txt')).map((line) => line.replace('mtu lock', 'mtu'))
    // print_route puts `pref` before the other next hops, as here.
    expect(value.map((item) => item.line)).toEqual(want)
    expect(problems).toEqual([])
  })

  test('interfaces', () => {
    const want = fixture('link.txt')
      .split('\n')
      .filter((line) => /^\d/.test(line))
      .map((line) => line.trim())
    expect(readLinks(fixture('link.json')).value.map((link) => link.line)).toEqual(want)
  })

  test('addresses', () => {
    const want = fixture('addr.txt')
      .split('\n')
      .filter((line) => /^ {4}inet/.test(line))
      .map((line) => line.trim())
    const got = [...readAddresses(fixture('addr.json')).value.values()].flat()
    expect(got.map((address) => address.line)).toEqual(want)
  })
})

describe('plain text and JSON are the same rules and routes', () => {
  test('rules', () => {
    const strip = (rules: ReturnType<typeof readRulesText>): unknown =>
      rules.value.map((rule) => ({ ...rule, line: '' }))
    expect(strip(readRulesText(fixture('rule.txt'), 4))).toEqual(
      strip(readRulesJson(fixture('rule.json'), 4)),
    )
  })
  test('routes', () => {
    const strip = (routes: ReturnType<typeof readRoutesText>): unknown =>
      routes.value.map((route) => ({ ...route, line: '' }))
    expect(strip(readRoutesText(fixture('route.txt'), null))).toEqual(
      strip(readRoutesJson(fixture('route.json'), null)),
    )
  })
})

describe('rules', () => {
  const rules = readRulesJson(fixture('rule.json'), 4).value
  const at = (priority: number) => rules.find((rule) => rule.priority === priority)!
  test('a mark without a mask is the whole mark', () => {
    expect(at(1024).fwmark).toEqual({ value: 0x80, mask: 0x80 })
    expect(at(1025).fwmark).toEqual({ value: 0x80, mask: 0xffffffff })
  })
  test('ports, protocol, uid and tos are ranges and numbers', () => {
    expect(at(2001)).toMatchObject({
      tos: 0x10,
      ipProtocol: 6,
      sourcePort: { from: 1000, to: 2000 },
      destinationPort: { from: 53, to: 53 },
      uidRange: { from: 0, to: 1000 },
    })
  })
  test('a selector that the model does not know is kept by name', () => {
    expect(at(3009).notUnderstood).toEqual(['tun_id', '4'])
    expect(at(3004).iifDetached).toBe(true)
    expect(at(3008).action).toEqual({ kind: 'l3mdev' })
  })
})

describe('routes', () => {
  const routes = readRoutesJson(fixture('route.json'), null).value
  const to = (text: string) => routes.filter((route) => formatPrefix(route.destination) === text)
  test('multipath weights, other-family gateways, tables', () => {
    expect(to('10.0.0.0/8')[0]!.nextHops.map((hop) => hop.weight)).toEqual([3, 1])
    expect(formatIp(to('10.6.0.0/16')[0]!.nextHops[0]!.via!)).toBe('fd00::2')
    expect(to('0.0.0.0/0').map((route) => route.table)).toEqual(['2', 'main'])
    expect(to('::/0').map((route) => route.family)).toEqual([6])
    expect(to('10.5.0.0/16')[0]).toMatchObject({ tos: 0x10, metric: 22, mtu: 1400 })
  })
})

describe('iptables-save', () => {
  const text = fixture('iptables-save.txt')
  const { value, problems } = readIptablesSave(text, 4)
  test('both backends in one file stay apart', () => {
    expect(value.map((set) => set.backend)).toEqual(['nft', 'legacy'])
    expect(problems).toEqual([])
  })
  test('is printed again as it was read', () => {
    const plain = text
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n')
    expect(value.map(formatIptablesSave).join('')).toBe(plain)
  })
  test('with -c every line has its counter apart, and is printed again as it was read', () => {
    const counted = [
      '*nat',
      ':PREROUTING ACCEPT [9:540]',
      ':POSTROUTING ACCEPT [3:252]',
      ':AWS-SNAT-CHAIN-0 - [0:0]',
      '[12:1008] -A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0',
      '[18446744073709551615:0] -A AWS-SNAT-CHAIN-0 -d 192.168.0.0/16 -j RETURN',
      'COMMIT',
      '',
    ].join('\n')
    const [set] = readIptablesSave(counted, 4).value
    const [first, , last] = set!.tables[0]!.chains
    expect(first).toMatchObject({ counter: { packets: 9, octets: 540 }, line: ':PREROUTING ACCEPT [0:0]' })
    expect(last!.rules[0]!.line).toBe('-A AWS-SNAT-CHAIN-0 -d 192.168.0.0/16 -j RETURN')
    expect(set!.tables[0]!.chains[1]!.rules[0]!.counter).toEqual({ packets: 12, octets: 1008 })
    const smaller = counted.replace('18446744073709551615', '7')
    expect(readIptablesSave(smaller, 4).value.map(formatIptablesSave).join('')).toBe(smaller)
  })
  test('without -c nothing was counted, though chains are printed with zeros', () => {
    const chains = value.flatMap((set) => set.tables.flatMap((table) => table.chains))
    expect(chains.every((chain) => chain.counter === null)).toBe(true)
  })
  test('a quoted comment is one word', () => {
    const rule = value[0]!.tables.find((table) => table.name === 'nat')!.chains.at(-1)!.rules[0]!
    expect(rule.matches.find((match) => match.module === 'comment')!.options[0]!.values).toEqual([
      '"a \\"b c"',
    ])
    expect(rule.target).toMatchObject({ kind: 'jump', name: 'SNAT' })
  })
  test('thirty thousand rules are read whole', () => {
    const line =
      '-A KUBE-SEP-PBC5KLBS4INNKZT3 -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 192.168.1.197:80'
    const big = `*nat\n:KUBE-SEP-PBC5KLBS4INNKZT3 - [0:0]\n${`${line}\n`.repeat(30_000)}COMMIT\n`
    expect(readIptablesSave(big, 4).value[0]!.tables[0]!.chains[0]!.rules).toHaveLength(30_000)
  })
})

test('nft rules read as nft prints them', () => {
  const table = readNft(fixture('nft.json')).value.find((item) => item.name === 'aws-cni')!
  expect(table.chains.flatMap((chain) => chain.rules.map((rule) => rule.line))).toEqual([
    'fib daddr type local return',
    'iifname "eni*" jump snat-mark',
    'meta mark set ct mark & 0x00000080',
    'ip daddr 192.168.0.0/16 return',
    'ct mark set ct mark | 0x00000080',
  ])
  expect(table.chains[0]!.base).toEqual({ type: 'nat', hook: 'prerouting', priority: -90, policy: 'accept' })
})

test('sets, connections and parameters', () => {
  expect(readIpsetSave(fixture('ipset-save.txt')).value.map((set) => `${set.name} ${set.type}`)).toEqual([
    'foo hash:net,port',
    'bar hash:ip,port,net',
    'bm bitmap:port',
    'lst list:set',
  ])
  const connections = readConntrack(fixture('conntrack.txt'))
  expect(connections.problems).toEqual([])
  expect(connections.value.map((entry) => [entry.protocol, entry.mark, formatIp(entry.reply.src)])).toEqual([
    [6, 0, '192.168.3.143'],
    [17, 128, '192.168.2.10'],
    [1, 128, '8.8.8.8'],
  ])
  expect(readSysctls(fixture('sysctl.txt')).get('net.ipv4.ip_forward')).toBe('0')
})

const names = [
  'link.json',
  'addr.json',
  'rule.json',
  'rule.txt',
  'route.json',
  'route.txt',
  'neigh.json',
  'iptables-save.txt',
  'nft.json',
  'ipset-save.txt',
  'conntrack.txt',
  'sysctl.txt',
]
const all = new Map(names.map((name) => [name, fixture(name)]))

/** A real dump with one piece cut out, doubled, or overwritten. */
const mutated = fc
  .record({
    name: fc.constantFrom(...names),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(200),
    text: fc.oneof(
      fc.constant(''),
      fc.string({ maxLength: 40, unit: 'binary' }),
      fc.constant('{"'),
      fc.constant('\\'),
    ),
  })
  .map(({ name, at, length, text }) => {
    const whole = all.get(name)!
    const start = Math.floor(at * whole.length)
    return new Map([...all, [name, whole.slice(0, start) + text + whole.slice(start + length)]])
  })

property.prop([mutated], { numRuns: 300 })('a damaged dump is read without an exception', (files) => {
  const { stack, gaps } = readStack('node/a', files)
  expect(stack.id).toBe('node/a')
  expect(gaps.length).toBeLessThan(300)
})

property.prop([fc.string({ unit: 'binary', maxLength: 400 })])(
  'any text is read without an exception',
  (text) => {
    readStack('node/a', new Map(names.map((name) => [name, text])))
    readStack('node/a', new Map([...names, 'ifconfig.txt', 'route.txt'].map((name) => [name, text])))
    readFabric(new Map([['bundle.json', text]]), null)
  },
)

/** Of what a reader might read again and again: as long as one asks for. */
const traps: readonly (readonly [string, (n: number) => unknown])[] = [
  ['negations', (n) => readIptablesSave(`*nat\n-A X ${'! '.repeat(n)}\n`, 4)],
  ['escaped quotes', (n) => readIptablesSave(`*nat\n-A X "${'\\"'.repeat(n)}\n`, 4)],
  ['open quotes', (n) => readIptablesSave(`*nat\n-A X ${'" '.repeat(n)}\n`, 4)],
  [
    'chains',
    (n) => readIptablesSave(`*nat\n${Array.from({ length: n }, (_, i) => `:C${i} - [0:0]`).join('\n')}`, 4),
  ],
  ['rules of two chains in turn', (n) => readIptablesSave(`*nat\n${'-A X -j Y\n-A Y -j X\n'.repeat(n)}`, 4)],
  ['parts of a rule', (n) => readIptablesSave(`*nat\n-A X ${'-m a '.repeat(n)}\n`, 4)],
  ['destinations', (n) => readRoutesText('10.0.0.0/8 '.repeat(n), 4)],
  ['next hops', (n) => readRoutesText(`default\n${'\tnexthop via 10.0.0.1 dev a\n'.repeat(n)}`, 4)],
  ['selectors', (n) => readRulesText(`0: ${'from '.repeat(n)}`, 4)],
  ['conntrack fields', (n) => readConntrack(`tcp 6 9 ${'src=10.0.0.1 '.repeat(n)}`)],
  ['set members', (n) => readIpsetSave(`create a hash:ip\n${'add a 10.0.0.1\n'.repeat(n)}`)],
  ['sysctls', (n) => readSysctls(Array.from({ length: n }, (_, i) => `net.a${i} = 1`).join('\n'))],
  [
    'ifconfig addresses',
    (n) => readIfconfig(`a: flags=1<UP>  mtu 1500\n${'  inet 10.0.0.1  netmask 255.0.0.0\n'.repeat(n)}`),
  ],
  [
    'local addresses of many devices',
    (n) =>
      readStack(
        'node/a',
        new Map([
          ['ifconfig.txt', ''],
          [
            'route.txt',
            Array.from(
              { length: n },
              (_, i) =>
                `local 10.${i >> 16}.${(i >> 8) & 255}.${i & 255} dev d${i} table local proto kernel scope host`,
            ).join('\n'),
          ],
        ]),
      ),
  ],
]

/** Milliseconds of processor time: what else the machine does is none of it. */
function cost(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const pieces = 64
const piece = 2_000

test.each(traps)(
  'reading stays linear: many %s at once cost about what they cost in pieces',
  (_what, read) => {
    // As many in both, so that a linear reader does the same work; one whose cost is the square of the size would do
    // `pieces` times as much. Half-way (in factors) lies far above what caches and the collection of garbage make of it.
    const growths: number[] = []
    // What is compiled only once does not count for the pieces.
    for (let i = 0; i < pieces / 4; i++) read(piece)
    do {
      const inPieces = cost(() => {
        for (let i = 0; i < pieces; i++) read(piece)
      })
      growths.push(cost(() => read(pieces * piece)) / inPieces)
    } while (growths.length < 3 && Math.min(...growths) >= 16)
    expect(Math.min(...growths)).toBeLessThan(16)
  },
)

test('a bundle of plain namespaces becomes a fabric, and what is missing is named', () => {
  const files = new Map([
    [
      'bundle.json',
      '{"version":1,"stacks":[{"id":"a","dir":"stacks/a"},{"id":"b","dir":"stacks/b"}],"wires":[{"a":["a","eth0"],"b":["b","eth0"]}]}',
    ],
    ['stacks/a/link.json', fixture('link.json')],
    ['stacks/a/addr.json', fixture('addr.json')],
  ])
  const { fabric, gaps } = readFabric(files, null)
  expect(fabric.wires).toEqual([
    { a: { stack: 'a', interface: 'eth0' }, b: { stack: 'b', interface: 'eth0' } },
  ])
  expect(fabric.stacks[0]!.rules).toBeNull()
  expect(gaps).toContainEqual({ at: 'a', what: 'rule.json', because: 'the file is missing' })
})
