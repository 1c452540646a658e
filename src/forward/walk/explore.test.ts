import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { ip, parseIp } from '../../model/address/address.ts'
import { TCP, UDP } from '../../model/packet/packet.ts'
import { Budget, limits } from '../run/budget.ts'
import type { CompiledFabric } from '../compiled/fabric.ts'
import { exploreCarefully, explorePlainly, type Weighted } from './explore.ts'
import { predict, runFlow, type Flow } from './predict.ts'
import { threeStacks, toServer } from './three-stacks.fixture.ts'

const lot = '-m statistic --mode random --probability 0.5'

/** A table with n chains besides, the rules of each by its number. */
const chained = (n: number, start: string, rules: (chain: number) => string): string =>
  [
    '*filter',
    ':FORWARD ACCEPT [0:0]',
    ...Array.from({ length: n }, (_, i) => `:C${i} - [0:0]`),
    start,
    ...Array.from({ length: n }, (_, i) => rules(i)),
    'COMMIT',
    '',
  ].join('\n')

const marks = (n: number, mark: (i: number) => string): string =>
  `*mangle\n:PREROUTING ACCEPT [0:0]\n${Array.from({ length: n }, (_, i) => `-A PREROUTING ${lot} -j MARK --set-xmark ${mark(i)}\n`).join('')}COMMIT\n`

const verdicts = (fabric: CompiledFabric, flow: Flow = toServer): readonly string[] =>
  predict(fabric, flow).paths.map(
    (path) => `${path.probability.toFixed(3)} ${path.verdict} ${path.replyVerdict ?? '-'}`,
  )

describe('a few lines of text ask for no more work than any others', () => {
  test.each([
    {
      because: 'what lies behind each lot is the same, so that ways meet again after every rule',
      iptables: chained(
        50,
        Array.from({ length: 50 }, (_, i) => `-A FORWARD ${lot} -j C${i}`).join('\n'),
        (i) => `-A C${i} -j MARK --set-xmark 0x1/0x1`,
      ),
      want: ['1.000 delivered delivered'],
    },
    {
      because: 'the last chain does nothing, so nothing in front of it does',
      iptables: chained(41, '-A FORWARD -j C0', (i) =>
        i < 40 ? `-A C${i} -j C${i + 1}\n-A C${i} -j C${i + 1}` : `-A C${i} -j RETURN`,
      ),
      want: ['1.000 delivered delivered'],
    },
    {
      because: 'a lot that leads to a chain which does nothing to this packet is not drawn',
      iptables: chained(41, '-A FORWARD -j C0', (i) =>
        i < 40 ? `-A C${i} ${lot} -j C${i + 1}\n`.repeat(2) : `-A C${i} -d 10.77.0.1/32 -j DROP`,
      ),
      want: ['1.000 delivered delivered'],
    },
    {
      because: 'a rule that is not understood and leads to such a chain is no doubt either',
      iptables: chained(41, '-A FORWARD -j C0', (i) =>
        i < 40 ? `-A C${i} -m limit --limit 1/sec -j C${i + 1}\n`.repeat(2) : `-A C${i} -j RETURN`,
      ),
      want: ['1.000 delivered delivered'],
    },
    {
      because: 'the kernel would ask 2^40 rules as well, and every second mark counts',
      iptables: chained(41, '-A FORWARD -j C0', (i) =>
        i < 40 ? `-A C${i} -j C${i + 1}\n`.repeat(2) : `-A C${i} -j TTL --ttl-set 9`,
      ),
      want: ['1.000 unknown -'],
    },
    {
      because: 'a million marks make a million ways, until the packet leaves the router and loses its mark',
      iptables: marks(20, (i) => `0x${(1 << i).toString(16)}/0x${(1 << i).toString(16)}`),
      want: ['1.000 unknown -', '0.000 delivered delivered', '0.000 delivered unknown'],
    },
  ])('$because', ({ iptables, want }) => {
    expect(iptables.length).toBeLessThan(6_000)
    expect(verdicts(threeStacks({ iptables }))).toEqual(want)
  })

  test('what no steps were left for is unknown, says so, and names where', () => {
    const iptables = chained(41, '-A FORWARD -j C0', (i) =>
      i < 40 ? `-A C${i} -j C${i + 1}\n`.repeat(2) : `-A C${i} -j TTL --ttl-set 9`,
    )
    const [path] = predict(threeStacks({ iptables }), toServer).paths
    expect(path).toMatchObject({
      verdict: 'unknown',
      replyVerdict: null,
      stoppedAt: 'router',
      decision: {
        stage: 'filter',
        effect: 'cannot be decided: it takes more steps than a prediction may',
      },
    })
    const shown = path?.path()
    expect(shown?.forward.map((hop) => hop.stack)).toEqual(['client', 'router'])
    expect(shown?.forward.at(-1)?.decisions.length).toBeLessThan(25_000)
  })

  test('what has been looked into keeps its probability, and the rest is unknown', () => {
    const iptables = `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.9.0.0/16 -j DNAT --to-destination 10.1.0.2-10.1.0.9\nCOMMIT\n*mangle\n:PREROUTING ACCEPT [0:0]\n${`-A PREROUTING ${lot} -j TTL --ttl-dec 1\n`.repeat(40)}${`-A PREROUTING ${lot} -j MARK --set-xmark 0x1/0x0\n`.repeat(40)}COMMIT\n`
    const { paths } = predict(threeStacks({ iptables }), { ...toServer, to: ip('10.9.0.1') })
    expect(paths.reduce((sum, path) => sum + path.probability, 0)).toBeCloseTo(1, 9)
  })

  test('a Service with 5,000 backends has 5,000 ways', () => {
    const n = 5_000
    const iptables = [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':SVC - [0:0]',
      ...Array.from({ length: n }, (_, i) => `:SEP${i} - [0:0]`),
      '-A PREROUTING -d 10.100.0.1/32 -p tcp -m tcp --dport 80 -j SVC',
      ...Array.from({ length: n }, (_, i) => {
        const chance =
          i < n - 1 ? ` -m statistic --mode random --probability ${(1 / (n - i)).toFixed(10)}` : ''
        return `-A SVC${chance} -j SEP${i}\n-A SEP${i} -p tcp -j DNAT --to-destination 10.1.0.2:${10_000 + i}`
      }),
      'COMMIT',
      '',
    ].join('\n')
    const { paths } = predict(threeStacks({ iptables }), { ...toServer, to: ip('10.100.0.1') })
    expect(paths).toHaveLength(n)
    expect(paths.every((path) => Math.abs(path.probability - 1 / n) < 1e-6)).toBe(true)
    expect(paths.every((path) => path.replyVerdict === 'delivered')).toBe(true)
    expect(paths[0]?.path().forward.at(-1)?.packetIn?.dst).toBe('10.1.0.2')
  })
})

test('a port that nobody knows is one port, however many rules ask for it', () => {
  const iptables =
    '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 10.0.0.1/32 -p tcp -m tcp --sport 40000:65535 -j ACCEPT\n-A FORWARD -s 10.0.0.1/32 -p tcp -m tcp --sport 1:39999 -j DROP\n-A FORWARD -s 10.0.0.1/32 -m comment --comment "no port is left for this" -j DROP\nCOMMIT\n'
  const { sourcePort: _, ...anyPort } = toServer
  expect(verdicts(threeStacks({ iptables }), anyPort)).toEqual([
    '0.744 delivered delivered',
    '0.256 dropped -',
  ])
})

test.each([
  { pool: '10.1.0.10-10.1.0.13', because: 'of a small pool' },
  { pool: '10.1.0.10-10.1.0.209', because: 'of a large one' },
  { pool: '11.0.0.0-11.255.255.255', because: 'of sixteen million' },
])('the kernel takes one address by its hash, $because', ({ pool }) => {
  const iptables = `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j SNAT --to-source ${pool}\nCOMMIT\n`
  const { paths } = predict(threeStacks({ iptables }), toServer)
  const [low = '', high = ''] = pool.split('-')
  const taken = paths.map((path) => parseIp(path.path().forward.at(-1)?.packetIn?.src ?? ''))
  expect(taken).toHaveLength(1)
  expect(taken[0]).toBeGreaterThanOrEqual(Number(ip(low)))
  expect(taken[0]).toBeLessThanOrEqual(Number(ip(high)))
})

/* The oracle: every way run from its beginning to its end, as long as there are not too many. */

const matches = fc.constantFrom(
  '',
  lot,
  '-m statistic --mode random --probability 0.25',
  '-m limit --limit 5/min',
  '-d 10.1.0.2/32',
  '-d 10.9.0.9/32',
  '-p tcp -m tcp --sport 32768:40000',
  '-p tcp -m tcp ! --sport 50000:60000',
  '-m mark --mark 0x1/0x1',
  '-m mark ! --mark 0x2/0x2',
  '-m conntrack --ctstate NEW',
  '-m connmark --mark 0x4/0x4',
)
const chainNames = ['A', 'B', 'D', 'E'] as const
/** Chains call only those behind them, as the kernel asks. */
const targets = (from: number, more: readonly string[]) =>
  fc.constantFrom(
    ...chainNames.slice(from).flatMap((name) => [`-j ${name}`, `-j ${name}`, `-g ${name}`]),
    '-j RETURN',
    '-j MARK --set-xmark 0x1/0x1',
    '-j MARK --set-xmark 0x2/0x3',
    '-j MARK --set-xmark 0x0/0x3',
    '-j CONNMARK --save-mark',
    '-j CONNMARK --set-xmark 0x4/0x4',
    ...more,
  )
const filtering = ['-j ACCEPT', '-j DROP', '-j TTL --ttl-dec 1', '-j XYZ']
const translating = [
  '-j ACCEPT',
  '-j DNAT --to-destination 10.1.0.2',
  '-j DNAT --to-destination 10.9.0.9',
  '-j MASQUERADE',
  '-j MASQUERADE --random',
  '-j SNAT --to-source 10.1.0.1-10.1.0.3',
]
const rulesOf = (from: number, more: readonly string[]) =>
  fc.array(fc.tuple(matches, targets(from, more)), { maxLength: 4 })
const chainsOf = (builtIn: readonly string[], more: readonly string[]) =>
  fc.tuple(
    fc.tuple(...builtIn.map(() => rulesOf(0, more))),
    fc.tuple(...chainNames.map((_, i) => rulesOf(i + 1, more))),
  )
const tableOf =
  (name: string, builtIn: readonly string[]) =>
  ([starts, others]: readonly [
    readonly (readonly (readonly [string, string])[])[],
    readonly (readonly (readonly [string, string])[])[],
  ]): string =>
    [
      `*${name}`,
      ...builtIn.map((chain) => `:${chain} ACCEPT [0:0]`),
      ...chainNames.map((chain) => `:${chain} - [0:0]`),
      ...[...builtIn, ...chainNames].flatMap((chain, i) =>
        ([...starts, ...others][i] ?? []).map(([match, target]) => `-A ${chain} ${match} ${target}`),
      ),
      'COMMIT',
      '',
    ].join('\n')

const filterHooks = ['INPUT', 'FORWARD', 'OUTPUT']
const natHooks = ['PREROUTING', 'POSTROUTING', 'OUTPUT']
const tables = fc.tuple(
  chainsOf(filterHooks, filtering).map(tableOf('filter', filterHooks)),
  chainsOf(natHooks, translating).map(tableOf('nat', natHooks)),
)
const nftRules = fc.array(
  fc.tuple(
    fc.constantFrom(
      { match: { op: '==', left: { numgen: { mode: 'random', mod: 3, offset: 0 } }, right: 1 } },
      { match: { op: '==', left: { meta: { key: 'mark' } }, right: 1 } },
      { limit: { rate: 1, per: 'second' } },
      { counter: null },
    ),
    fc.constantFrom<object>(
      { jump: { target: 'second' } },
      { goto: { target: 'second' } },
      { mangle: { key: { meta: { key: 'mark' } }, value: 1 } },
      { mangle: { key: { meta: { key: 'mark' } }, value: 0 } },
      { accept: null },
      { drop: null },
      { return: null },
    ),
  ),
  { maxLength: 4 },
)

function nftOf(base: readonly (readonly object[])[], second: readonly (readonly object[])[]): string {
  const rule = (chain: string, expr: readonly object[]): object => ({
    rule: { family: 'ip', table: 't', chain, handle: 1, expr },
  })
  const leaf = second.filter((expr) => !expr.some((one) => 'jump' in one || 'goto' in one))
  return JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 't', handle: 1 } },
      {
        chain: {
          family: 'ip',
          table: 't',
          name: 'first',
          handle: 1,
          type: 'filter',
          hook: 'forward',
          prio: 0,
          policy: 'accept',
        },
      },
      { chain: { family: 'ip', table: 't', name: 'second', handle: 2 } },
      ...base.map((expr) => rule('first', expr)),
      ...leaf.map((expr) => rule('second', expr)),
    ],
  })
}

const multipath =
  '10.0.0.0/24 dev left scope link src 10.0.0.2\n10.1.0.0/24 dev right scope link src 10.1.0.1\n10.9.0.0/16 nexthop via 10.1.0.2 dev right weight 1 nexthop via 10.0.0.1 dev left weight 3\n' +
  'local 10.0.0.2 dev left table local proto kernel scope host src 10.0.0.2\nlocal 10.1.0.1 dev right table local proto kernel scope host src 10.1.0.1\n'

interface Told {
  readonly what: string
  readonly probability: number
}

/** Ways by what a person could tell apart; a doubt's own words are of whichever rule came first. */
function told(ways: readonly Weighted[]): readonly Told[] {
  const sums = new Map<string, number>()
  for (const { outcome, probability } of ways) {
    const { verdict, replyVerdict, stoppedAt, deliveredAt, signature } = outcome
    const unknown = verdict === 'unknown' || replyVerdict === 'unknown'
    const what = JSON.stringify([verdict, replyVerdict, stoppedAt, deliveredAt, unknown ? 0 : signature])
    sums.set(what, (sums.get(what) ?? 0) + probability)
  }
  return [...sums]
    .map(([what, probability]) => ({ what, probability: Number(probability.toFixed(9)) }))
    .sort((a, b) => (a.what < b.what ? -1 : 1))
}

property.prop([
  tables,
  nftRules,
  nftRules,
  fc.boolean(),
  fc.constantFrom('10.1.0.2', '10.9.0.9'),
  fc.boolean(),
  fc.boolean(),
])(
  'ways that are one from where they meet have the same ends as ways that are run one by one',
  ([filterTable, natTable], base, second, paths, to, known, tcp) => {
    const fabric = threeStacks({
      iptables: filterTable + natTable,
      nft: nftOf(base, second),
      ...(paths ? { routes: multipath } : {}),
    })
    const flow: Flow = {
      from: 'client',
      to: ip(to),
      protocol: tcp ? TCP : UDP,
      destinationPort: 80,
      ...(known ? { sourcePort: 40_001 } : {}),
    }
    const plain = explorePlainly(
      (choices) => runFlow(fabric, flow, choices, null),
      new Budget(2_000_000),
      3_000,
    )
    fc.pre(plain !== null)
    const careful = exploreCarefully(
      (choices) => runFlow(fabric, flow, choices, null),
      new Budget(20_000_000),
    )
    expect(told(careful)).toEqual(told(plain ?? []))
  },
)

test('the limits are what the documentation says', () => {
  expect(limits.steps).toBe(3_000_000)
})
