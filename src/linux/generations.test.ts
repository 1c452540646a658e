import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readRoutesText } from './ip/route.ts'
import { readRulesJson, readRulesText } from './ip/rule.ts'
import { readStack, type StackFiles } from './stack.ts'

/**
 * One network namespace that uses every feature, as the tools of Debian 12 print it (iproute2 6.1, iptables 1.8.9,
 * nft 1.0.6, ipset 7.17, conntrack 1.4.7) and those of Debian 13 (6.15, 1.8.11, 1.1.3, 7.22, 1.4.8): one model.
 * `npx tsx tools/write-goldens.ts` has them printed anew.
 */
const filesOf = (generation: 'debian-12' | 'debian-13'): StackFiles => {
  const directory = new URL(`fixtures/${generation}/`, import.meta.url)
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(new URL(name, directory), 'utf8')]))
}
const files = { older: filesOf('debian-12'), newer: filesOf('debian-13') }
const { stack: older, gaps: olderGaps } = readStack('node/a', files.older)
const { stack: newer, gaps: newerGaps } = readStack('node/a', files.newer)

const byLine = <T extends { readonly line: string }>(items: readonly T[] | null): readonly T[] =>
  (items ?? []).toSorted((a, b) => (a.line < b.line ? -1 : 1))

describe('two generations of tools, one model', () => {
  test.each(['rules', 'rules6', 'routes', 'routes6', 'ip6tables', 'sets'] as const)('%s', (what) => {
    expect(newer[what]).toEqual(older[what])
    expect(newer[what]?.length).toBeGreaterThan(0)
  })

  test('interfaces, but for who added an address, which only newer ones tell', () => {
    const untold = newer.links.map((link) => ({
      ...link,
      addresses: link.addresses.map((one) => ({ ...one, line: one.line.replace(/ proto kernel_l[lo]/, '') })),
    }))
    expect(untold).toEqual(older.links)
    expect(newer.links[0]?.addresses[1]?.line).toBe('inet6 ::1/128 scope host proto kernel_lo')
  })

  test('neighbours, whose order is nobody’s', () => {
    expect(byLine(newer.neighbours)).toEqual(byLine(older.neighbours))
  })

  test('connections, but for the seconds that are left to them', () => {
    const timeless = (stack: typeof older) =>
      byLine((stack.conntrack ?? []).map((one) => ({ ...one, line: one.line.replace(/ \d{6} /, ' … ') })))
    expect(timeless(newer)).toEqual(timeless(older))
    expect(newer.conntrack).toHaveLength(3)
  })

  test('rules of iptables, but for the names of protocols that few know', () => {
    const spelled = (stack: typeof older) =>
      JSON.parse(JSON.stringify(stack.iptables).replaceAll('gre', '47')) as unknown
    expect(spelled(newer)).toEqual(spelled(older))
    expect(newer.iptables?.map(({ backend }) => backend)).toEqual(['nft', 'legacy'])
  })

  /** iptables-nft's own tables are compiled anew by each generation; what they mean is what iptables-save prints. */
  const own = (stack: typeof older) =>
    stack.nft?.filter(({ name }) => ['aws-cni', 'own'].includes(name)) ?? []

  test('tables of nft: their sets, their chains, and every rule’s line', () => {
    const lines = (stack: typeof older) =>
      own(stack).map(({ chains, sets, ...table }) => ({
        ...table,
        sets,
        chains: chains.map(({ rules, ...chain }) => ({ ...chain, rules: rules.map(({ line }) => line) })),
      }))
    const plain = JSON.parse(
      JSON.stringify(lines(older)).replaceAll('icmp code net-unreachable', 'icmp code 0'),
    ) as unknown
    expect(lines(newer)).toEqual(plain)
    expect(own(newer).flatMap(({ chains }) => chains.flatMap(({ rules }) => rules))).toHaveLength(26)
  })

  test('a mask of many bits is printed whole', () => {
    const rules = own(newer).flatMap(({ chains }) => chains.flatMap((chain) => chain.rules))
    expect(rules.find(({ line }) => line.includes('tcp flags'))?.line).toBe(
      'tcp dport { 22, 80, 8000-8999 } tcp flags & (fin | syn | rst | ack) == syn limit rate 10/second accept',
    )
  })

  test('nothing is left unread but what was not asked for', () => {
    const missing = [{ at: 'node/a', what: 'sysctl.txt', because: 'the file is missing' }]
    expect(olderGaps).toEqual(missing)
    expect(newerGaps).toEqual(missing)
  })
})

describe.each(Object.entries(files))('%s tools', (_generation, printed) => {
  const { stack } = readStack('node/a', printed)

  test('JSON and plain text are the same rules', () => {
    expect(stack.rules).toEqual(readRulesText(printed.get('rule.txt') ?? '', 4).value)
  })
  test('JSON and plain text are the same routes; JSON does not tell what is locked', () => {
    const text = readRoutesText((printed.get('route.txt') ?? '').replaceAll(' lock', ''), null).value
    expect([...stack.routes, ...(stack.routes6 ?? [])].map(({ line }) => line).toSorted()).toEqual(
      text.map(({ line }) => line).toSorted(),
    )
  })
  test('a route by a tunnel of its own is none that is understood, and keeps its destination', () => {
    const tunnels = stack.routes.filter(({ line }) => line.includes('encap'))
    expect(tunnels.map(({ type, line }) => [type, line])).toEqual([
      [
        'not-understood',
        '10.14.0.0/16 encap ip id 7 src 0.0.0.0 dst 1.2.3.4 ttl 0 tos 0 dev eth0 scope link',
      ],
      [
        'not-understood',
        '10.15.0.0/16 nexthop encap ip id 7 src 0.0.0.0 dst 1.2.3.4 ttl 0 tos 0 dev eth0 weight 1 nexthop via 192.168.1.2 dev eth0 weight 2',
      ],
    ])
  })
})

describe('selectors that only newer tools know', () => {
  const json = readRulesJson(files.newer.get('newer-rule.json') ?? '', 4).value
  const json6 = readRulesJson(files.newer.get('newer-rule6.json') ?? '', 6).value

  test.each([
    {
      priority: 2004,
      of: json,
      left: ['dscp', 'AF11', 'dscp_mask', '0x3f'],
      because: 'a rule for some traffic is none for all',
    },
    {
      priority: 2005,
      of: json,
      left: ['dport 0x50/0xff'],
      because: 'nor is one for some bits of a port one for all ports',
    },
    {
      priority: 100,
      of: json6,
      left: ['flowlabel', '0x12345', 'flowlabel_mask', '0xfffff'],
      because: 'nor one for a flow label',
    },
  ])('$left: $because', ({ priority, of, left }) => {
    expect(of.find((rule) => rule.priority === priority)?.notUnderstood).toEqual(left)
  })
  test('the mask of a whole port is none', () => {
    expect(json.find((rule) => rule.priority === 2001)).toMatchObject({
      notUnderstood: [],
      destinationPort: { from: 53, to: 53 },
    })
  })
})
