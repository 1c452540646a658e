import { describe, expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import { predict } from './predict.ts'
import { filter, threeStacks, toServer, type StackSpec } from './three-stacks.fixture.ts'

const inSet = filter('-A FORWARD -m set --match-set s src -j DROP')
const nftWith = (expr: readonly object[]): string => nftRules([expr])
const nftRules = (rules: readonly (readonly object[])[]): string =>
  JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 't', handle: 1 } },
      {
        chain: {
          family: 'ip',
          table: 't',
          name: 'c',
          handle: 1,
          type: 'filter',
          hook: 'forward',
          prio: 0,
          policy: 'accept',
        },
      },
      ...rules.map((expr) => ({ rule: { family: 'ip', table: 't', chain: 'c', handle: 2, expr } })),
    ],
  })

const hostile: readonly {
  readonly because: string
  readonly router: Partial<StackSpec>
  readonly want: string
}[] = [
  {
    because: 'ranges of addresses in a set are prefixes, not addresses each of its own',
    router: {
      iptables: inSet,
      sets: `create s hash:ip family inet\n${Array.from({ length: 3_000 }, (_, i) => `add s 10.0.0.0-10.${i & 255}.255.255`).join('\n')}\n`,
    },
    want: 'dropped',
  },
  {
    because: 'a range has its ends in it, and nothing behind them',
    router: { iptables: inSet, sets: 'create s hash:ip family inet\nadd s 9.255.255.250-10.0.0.0\n' },
    want: 'delivered',
  },
  {
    because: 'lists that hold each other are not understood: the kernel puts no list into a list',
    router: {
      iptables: inSet,
      sets: 'create s list:set size 8\ncreate b list:set size 8\nadd s b\nadd b s\n',
    },
    want: 'unknown',
  },
  {
    because: 'a draw between two and a half backends is not understood',
    router: {
      nft: nftWith([
        { match: { op: '==', left: { numgen: { mode: 'random', mod: 2.5, offset: 0 } }, right: 1 } },
        { drop: null },
      ]),
    },
    want: 'unknown',
  },
  {
    because:
      'two hundred draws of ten thousand lots each, with a doubt between them, are more than may be looked into',
    router: {
      nft: nftRules(
        Array.from({ length: 200 }, (_, i) => [
          { match: { op: '==', left: { numgen: { mode: 'random', mod: 10_000, offset: 0 } }, right: i } },
          ...(i % 2 === 0 ? [{ match: { op: '==', left: { socket: { key: 'mark' } }, right: 1 } }] : []),
          {
            mangle: {
              key: { meta: { key: 'mark' } },
              value: { '|': [{ meta: { key: 'mark' } }, 2 ** (i % 31)] },
            },
          },
        ]),
      ),
    },
    want: 'unknown',
  },
  {
    because: 'a mark joined with 30,000 constants is a mark',
    router: {
      nft: nftWith([
        {
          match: {
            op: '==',
            left: { '|': [{ meta: { key: 'mark' } }, ...Array<number>(30_000).fill(1)] },
            right: 1,
          },
        },
        { drop: null },
      ]),
    },
    want: 'dropped',
  },
  {
    because: 'chains that jump to each other end where the kernel would have refused them',
    router: {
      iptables:
        '*filter\n:FORWARD ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n-A FORWARD -j A\n-A A -j B\n-A B -j A\nCOMMIT\n',
    },
    want: 'unknown',
  },
  {
    because: 'rules that jump from one to the next lead to the end of the list',
    router: {
      rules: `0: from all lookup local\n${Array.from({ length: 1_000 }, (_, i) => `${i + 1}: from all goto ${i + 2}`).join('\n')}\n1001: from all lookup main\n`,
    },
    want: 'delivered',
  },
  {
    because: 'a rule does not jump back',
    router: {
      rules: '0: from all lookup local\n5: from all nop\n10: from all goto 5\n32766: from all lookup main\n',
    },
    want: 'delivered',
  },
]

test.each([
  {
    because: 'a port that nobody knows is cut into a thousand ranges by as many rules',
    router: {
      iptables: filter(
        Array.from(
          { length: 1_500 },
          (_, i) => `-A FORWARD -p tcp -m tcp --sport ${32768 + 18 * i} -j ACCEPT`,
        ).join('\n'),
      ),
    },
  },
  {
    because: 'each of two thousand next hops is a way, and each way looks at all of them',
    router: {
      routes: `10.0.0.0/24 dev left scope link src 10.0.0.2\n10.1.0.2 proto static${' nexthop via 10.1.0.2 dev right weight 1'.repeat(2_000)}\n10.1.0.0/24 dev right scope link src 10.1.0.1\nlocal 10.0.0.2 dev left table local scope host src 10.0.0.2\nlocal 10.1.0.1 dev right table local scope host src 10.1.0.1\n`,
    },
  },
])(
  'every way is told or counted unknown, though $because',
  ({ router }) => {
    const { sourcePort: _, ...anyPort } = toServer
    const { paths } = predict(threeStacks(router), anyPort)
    expect(paths.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6)
    expect(paths.every(({ verdict }) => verdict !== 'dropped')).toBe(true)
  },
  20_000,
)

test('however long the lines are that a path quotes, it is no longer than ten megabytes', () => {
  const long = `-m comment --comment "${'x'.repeat(50_000)}"`
  const deep = Array.from({ length: 12 }, (_, i) => `-A D${i} -j D${i + 1}\n-A D${i} -j D${i + 1}\n`).join('')
  const iptables = `*mangle\n:PREROUTING ACCEPT [0:0]\n${Array.from({ length: 13 }, (_, i) => `:D${i} - [0:0]\n`).join('')}-A PREROUTING -j D0\n${deep}-A D12 ${long} -j MARK --set-xmark 0x1/0x0\nCOMMIT\n`
  const [path] = predict(threeStacks({ iptables }), toServer).paths
  expect(JSON.stringify(path?.path()).length).toBeLessThan(11_000_000)
  expect(path?.verdict).toBe('delivered')
})

describe('what no kernel prints harms nobody', () => {
  test.each(hostile)(
    '$because',
    ({ router, want }) => {
      const { paths } = predict(threeStacks(router), toServer)
      expect(paths[0]?.verdict).toBe(want)
      expect(new Set(paths.map((path) => path.verdict))).toEqual(new Set([want]))
    },
    20_000,
  )

  test('two stacks that send a packet to and fro end with its time to live, whatever they set it to', () => {
    const loop = (mark: string): string =>
      `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j TTL --ttl-set 64\n${mark}COMMIT\n`
    const routes =
      '10.0.0.0/24 dev left scope link src 10.0.0.2\n10.9.0.0/16 via 10.0.0.1 dev left\nlocal 10.0.0.2 dev left table local scope host src 10.0.0.2\n'
    const fabric = threeStacks(
      {
        routes,
        iptables: loop(
          '-A PREROUTING -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x1/0x1\n',
        ),
      },
      { iptables: loop(''), sysctls: 'net.ipv4.conf.eth0.accept_local = 1\n' },
    )
    const { paths } = predict(fabric, { ...toServer, to: ip('10.9.0.9') })
    expect(paths).toHaveLength(1)
    expect(paths[0]).toMatchObject({ verdict: 'dropped', decision: { stage: 'ttl', by: '300 hops' } })
  })
})
