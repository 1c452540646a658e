import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { ip, type Ip4 } from '../../model/address/address.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import { ICMP, TCP, UDP } from '../../model/packet/packet.ts'
import { contains, type Prefix } from '../../model/address/prefix.ts'
import { answerOfLine, whyNot } from '../explain/why-not.ts'
import { defaultRules, filter, nat, threeStacks, toServer } from './three-stacks.fixture.ts'
import { predict, type Flow, type PredictedPath } from './predict.ts'
import { PrefixTable } from '../compiled/prefix-table.ts'

const only = (fabric: ReturnType<typeof threeStacks>, flow: Flow): PredictedPath => {
  const { paths } = predict(fabric, flow)
  expect(paths).toHaveLength(1)
  return paths[0]!
}

test('a packet and its reply cross the router, and every hop quotes the route that it took', () => {
  const path = only(threeStacks(), toServer).path()
  expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered', stoppedAt: null })
  expect(path.forward.map((hop) => [hop.in, hop.stack, hop.out])).toEqual([
    [null, 'client', 'eth0'],
    ['left', 'router', 'right'],
    ['eth0', 'server', null],
  ])
  expect(path.reply.map((hop) => hop.stack)).toEqual(['server', 'router', 'client'])
  expect(path.forward.map((hop) => hop.decisions.find((decision) => decision.stage === 'route')?.by)).toEqual(
    [
      'default via 10.0.0.2 dev eth0',
      '10.1.0.0/24 dev right scope link src 10.1.0.1',
      'local 10.1.0.2 dev eth0 table local proto kernel scope host src 10.1.0.2',
    ],
  )
  expect(path.forward.map((hop) => hop.packetIn?.ttl)).toEqual([undefined, 64, 63])
})

describe('kube-proxy in IPVS mode', () => {
  const service = '10.100.0.7'
  const router = {
    links: { left: ['10.0.0.2/24'], right: ['10.1.0.1/24'], 'kube-ipvs0': [`${service}/32`] },
    routes:
      '10.0.0.0/24 dev left scope link src 10.0.0.2\n10.1.0.0/24 dev right scope link src 10.1.0.1\n' +
      'local 10.0.0.2 dev left table local proto kernel scope host src 10.0.0.2\nlocal 10.1.0.1 dev right table local proto kernel scope host src 10.1.0.1\n' +
      `local ${service} dev kube-ipvs0 table local proto kernel scope host src ${service}\n`,
  }

  test.each([
    { from: 'client', protocol: TCP },
    { from: 'client', protocol: UDP },
    { from: 'router', protocol: TCP },
  ])('who gets a packet for a Service is not known: from $from, protocol $protocol', ({ from, protocol }) => {
    const flow = { from, to: ip(service), protocol, sourcePort: 40000, destinationPort: 80 }
    const one = only(threeStacks(router), flow)
    expect(one.path()).toMatchObject({ verdict: 'unknown', stoppedAt: 'router' })
    expect(one.decision).toMatchObject({ stage: 'service', by: `inet ${service}/32 kube-ipvs0` })
  })

  test('a ping to the address is the node’s own to answer', () => {
    const path = only(threeStacks(router), { from: 'client', to: ip(service), protocol: ICMP }).path()
    expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered' })
  })

  test('what is for a pod is predicted as always', () => {
    expect(only(threeStacks(router), toServer).path().verdict).toBe('delivered')
  })

  test('what a rule of INPUT drops never reaches IPVS', () => {
    const closed = { ...router, iptables: filter(`-A INPUT -d ${service}/32 -j DROP`) }
    const flow = { ...toServer, to: ip(service) }
    expect(only(threeStacks(closed), flow).path()).toMatchObject({ verdict: 'dropped', stoppedAt: 'router' })
  })
})

const drop = '-A FORWARD -s 10.0.0.1/32 -p tcp -m tcp --dport 80 -j DROP'

test.each([
  {
    because: 'a rule of the router drops it',
    router: { iptables: filter(drop) },
    stage: 'filter',
    by: drop,
    at: 'router',
  },
  {
    because: 'the policy of the chain drops it',
    router: { iptables: filter('').replace('FORWARD ACCEPT', 'FORWARD DROP') },
    stage: 'filter',
    by: ':FORWARD DROP [0:0]',
    at: 'router',
  },
  {
    because: 'a rule forbids it',
    router: {
      rules: `${defaultRules}100: from 10.0.0.0/24 prohibit\n`
        .split('\n')
        .filter(Boolean)
        .sort((a, b) => parseInt(a) - parseInt(b))
        .join('\n'),
    },
    stage: 'rule',
    by: '100: from 10.0.0.0/24 prohibit',
    at: 'router',
  },
  {
    because: 'the router does not forward',
    router: { sysctls: 'net.ipv4.ip_forward = 0\nnet.ipv4.conf.left.forwarding = 0' },
    stage: 'forwarding',
    by: 'net.ipv4.ip_forward = 0',
    at: 'router',
  },
] as const)('dropped, because $because, and that line is named', ({ router, stage, by, at }) => {
  const path = only(threeStacks(router), toServer)
  expect(path).toMatchObject({
    verdict: 'dropped',
    replyVerdict: null,
    stoppedAt: at,
    decision: { stage, by },
  })
  expect(path.path().forward.at(-1)!.decisions.at(-1)).toMatchObject({ stage, by })
})

const onward = '198.51.100.7'
test.each([
  {
    because: 'no table has a route',
    client: { routes: '10.0.0.0/24 dev eth0' },
    refusal: 'no-route',
    said: 'there is no route; the sender gets "network unreachable"',
  },
  {
    because: 'a route says blackhole',
    client: { routes: 'blackhole 198.51.100.0/24' },
    refusal: 'blackhole',
    said: 'dropped without a word',
  },
  {
    because: 'a route says unreachable',
    client: { routes: 'unreachable default' },
    refusal: 'unreachable',
    said: 'the sender gets "host unreachable"',
  },
  {
    because: 'a route says prohibit',
    client: { routes: 'prohibit default' },
    refusal: 'prohibit',
    said: 'the sender gets "communication administratively prohibited"',
  },
  {
    because: 'a rule says blackhole',
    client: { rules: '0: from all lookup local\n9: from all blackhole\n' },
    refusal: 'rule-blackhole',
    said: 'dropped without a word',
  },
  {
    because: 'a rule says unreachable, and then a route may well be there',
    client: { rules: '0: from all lookup local\n9: from all unreachable\n' },
    refusal: 'rule-unreachable',
    said: 'the sender gets "network unreachable"',
  },
  {
    because: 'a rule says prohibit',
    client: { rules: '0: from all lookup local\n9: from all prohibit\n' },
    refusal: 'rule-prohibit',
    said: 'the sender gets "communication administratively prohibited"',
  },
] as const)('where it was refused stands as a code, because $because', ({ client, refusal, said }) => {
  const path = only(threeStacks({}, client), { ...toServer, to: ip(onward) })
  const effect = `${onward}: ${said}`
  expect(path).toMatchObject({ verdict: 'dropped', stoppedAt: 'client', decision: { refusal, effect } })
  expect(path.path().forward.at(-1)!.decisions.at(-1)).toMatchObject({ refusal, effect })
})

test('a strict rp_filter drops what the answer would not leave by', () => {
  const router = {
    sysctls: 'net.ipv4.conf.left.rp_filter = 1',
    routes:
      '10.0.0.1 dev right\n10.1.0.0/24 dev right\nlocal 10.0.0.2 dev left table local proto kernel scope host src 10.0.0.2\n',
  }
  const known: Neighbour = {
    address: ip('10.0.0.2'),
    device: 'eth0',
    mac: '02:6:00:00:00:01',
    state: 'PERMANENT',
    proxy: false,
    line: '10.0.0.2 dev eth0 lladdr 02:6:00:00:00:01 PERMANENT',
  }
  expect(only(threeStacks(router, { neighbours: [known] }), toServer)).toMatchObject({
    verdict: 'dropped',
    stoppedAt: 'router',
    decision: { stage: 'rp_filter', by: 'net.ipv4.conf.left.rp_filter = 1' },
  })
  // The ARP request for the gateway passes the same filter: without an entry the packet does not even leave.
  expect(only(threeStacks(router), toServer)).toMatchObject({
    stoppedAt: 'client',
    decision: { stage: 'neighbour' },
  })
})

describe('translation', () => {
  test('DNAT before the route, undone for the reply by conntrack', () => {
    const line =
      '-A PREROUTING -d 10.200.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.9.0.9:8080'
    const path = only(threeStacks({ iptables: nat(line) }), { ...toServer, to: ip('10.200.0.1') })
    expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered', deliveredAt: 'server' })
    expect(path.translations()).toEqual([
      { at: 'router', kind: 'DNAT', from: '10.200.0.1', to: '10.9.0.9', by: line },
    ])
    expect(path.received().forward).toMatchObject({ dst: '10.9.0.9', destinationPort: 8080 })
    expect(path.received().reply).toMatchObject({ src: '10.200.0.1', sourcePort: 80 })
  })

  test('a port that the kernel draws is left out of what is said', () => {
    const line = '-A POSTROUTING -o right -j MASQUERADE --random-fully'
    const path = only(threeStacks({ iptables: nat(line) }), toServer)
    expect(path.received().forward).toMatchObject({ src: '10.1.0.1' })
    expect(path.received().forward).not.toHaveProperty('sourcePort')
    expect(path.received().reply).toMatchObject({ dst: '10.0.0.1', destinationPort: 40000 })
  })

  test('a service with three endpoints has three ways, each with its probability', () => {
    const rules = [
      '-A PREROUTING -d 10.200.0.1/32 -m statistic --mode random --probability 0.33333333349 -j DNAT --to-destination 10.1.0.2',
      '-A PREROUTING -d 10.200.0.1/32 -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.9.0.9',
      '-A PREROUTING -d 10.200.0.1/32 -j DNAT --to-destination 10.9.0.10',
    ].join('\n')
    const { paths } = predict(threeStacks({ iptables: nat(rules) }), { ...toServer, to: ip('10.200.0.1') })
    expect(paths.map((path) => path.probability.toFixed(3))).toEqual(['0.333', '0.333', '0.333'])
    expect(paths.map((path) => path.verdict).sort()).toEqual(['delivered', 'delivered', 'dropped'])
  })
})

describe('three values', () => {
  const unsure = '-A FORWARD -m u32 --u32 "0x0=0x0" -j DROP'
  test('what is not understood and matters makes the verdict unknown, at that line', () => {
    const path = only(threeStacks({ iptables: filter(unsure) }), toServer)
    expect(path).toMatchObject({
      verdict: 'unknown',
      stoppedAt: 'router',
      decision: { stage: 'filter', by: unsure },
    })
    expect(path.path().forward.at(-1)!.decisions.at(-1)!.by).toBe(unsure)
  })
  test('what is not understood and does not matter does not', () => {
    const rules = `-A FORWARD -m u32 --u32 "0x0=0x0" -j ACCEPT`
    expect(only(threeStacks({ iptables: filter(rules) }), toServer).verdict).toBe('delivered')
    const other = `-A FORWARD -d 10.77.0.0/16 -m u32 --u32 "0x0=0x0" -j DROP`
    expect(only(threeStacks({ iptables: filter(other) }), toServer).verdict).toBe('delivered')
  })
  test.each([
    { because: 'the rules were not read', router: { iptables: null }, by: 'iptables-save' },
    { because: 'the parameters were not read', router: { sysctls: null }, by: 'net.ipv4.ip_forward' },
    {
      because: 'the set was not read',
      router: { iptables: filter('-A FORWARD -m set --match-set gone src -j DROP') },
      by: '-A FORWARD -m set --match-set gone src -j DROP',
    },
    {
      because: 'the target is not known',
      router: { iptables: filter('-A FORWARD -j TPROXY --on-port 1') },
      by: '-A FORWARD -j TPROXY --on-port 1',
    },
  ])('unknown, because $because', ({ router, by }) => {
    expect(only(threeStacks(router), toServer)).toMatchObject({ verdict: 'unknown', decision: { by } })
  })
  test('a reply that cannot be decided leaves the request delivered', () => {
    const rule = '-A FORWARD -s 10.1.0.2/32 -m u32 --u32 "0x0=0x0" -j DROP'
    expect(only(threeStacks({ iptables: filter(rule) }), toServer)).toMatchObject({
      verdict: 'delivered',
      replyVerdict: 'unknown',
      decision: { by: rule },
    })
  })
  test('both backends at one priority: the order is not known, and only matters where they differ', () => {
    const legacy = (target: string): string => nat(`-A PREROUTING -p tcp -j DNAT --to-destination ${target}`)
    const both = (a: string, b: string): string =>
      `# Generated by iptables-nft-save v1.8.9 (nf_tables)\n${legacy(a)}# Generated by iptables-save v1.8.9\n${legacy(b)}`
    expect(only(threeStacks({ iptables: both('10.9.0.9', '10.9.0.9') }), toServer).verdict).toBe('delivered')
    const differ = only(threeStacks({ iptables: both('10.9.0.9', '10.1.0.2') }), toServer)
    expect(differ.verdict).toBe('unknown')
    expect(differ.decision?.by).toContain('iptables-legacy')
  })
})

describe('neighbours', () => {
  const gateway = (mac: string | null, state: Neighbour['state']): readonly Neighbour[] => [
    {
      address: ip('10.0.0.2'),
      device: 'eth0',
      mac,
      state,
      proxy: false,
      line: `10.0.0.2 dev eth0 lladdr ${mac ?? ''} ${state}`,
    },
  ]
  test('a permanent entry with another MAC than the other end has loses the packet', () => {
    expect(
      only(threeStacks({}, { neighbours: gateway('02:00:00:00:00:99', 'PERMANENT') }), toServer),
    ).toMatchObject({
      verdict: 'dropped',
      stoppedAt: 'client',
      decision: { stage: 'neighbour', by: '10.0.0.2 dev eth0 lladdr 02:00:00:00:00:99 PERMANENT' },
    })
  })
  test('a failed entry is asked for again', () => {
    expect(only(threeStacks({}, { neighbours: gateway(null, 'FAILED') }), toServer).verdict).toBe('delivered')
  })
  test('who answers a request knows from it who asked, so the reply needs no answer', () => {
    const silent = { sysctls: 'net.ipv4.conf.eth0.arp_ignore = 8' }
    const path = only(threeStacks({}, silent), toServer)
    expect(path).toMatchObject({ verdict: 'delivered', replyVerdict: 'delivered' })
    const atRouter = path.path().reply.find((hop) => hop.stack === 'router')
    expect(atRouter?.decisions).toContainEqual({
      stage: 'neighbour',
      by: '10.0.0.1 dev left lladdr 02:6:00:00:00:01 STALE',
      effect: 'learned from its own request',
    })
  })
  test('who knew the gateway without asking has taught it nothing', () => {
    const silent = { sysctls: 'net.ipv4.conf.eth0.arp_ignore = 8' }
    const path = only(
      threeStacks({}, { ...silent, neighbours: gateway('02:6:00:00:00:01', 'PERMANENT') }),
      toServer,
    )
    expect(path).toMatchObject({
      verdict: 'delivered',
      replyVerdict: 'dropped',
      stoppedAt: 'router',
      decision: { by: '10.0.0.1 dev left FAILED' },
    })
  })
})

test('an ICMP echo goes through ipset and connmark as TCP does', () => {
  const rules = filter(
    '-A FORWARD -m set --match-set friends src,dst -j ACCEPT\n-A FORWARD -p icmp -m conntrack --ctstate NEW -j REJECT --reject-with icmp-port-unreachable',
  )
  const sets = 'create friends hash:net,net family inet\nadd friends 10.0.0.0/24,10.1.0.0/24\n'
  const flow: Flow = { from: 'client', to: ip('10.1.0.2'), protocol: ICMP }
  expect(only(threeStacks({ iptables: rules, sets }), flow)).toMatchObject({
    verdict: 'delivered',
    replyVerdict: 'delivered',
  })
  expect(only(threeStacks({ iptables: rules, sets }), { ...flow, to: ip('10.9.0.9') })).toMatchObject({
    verdict: 'dropped',
  })
})

test('a stack that answers no pings gets them, and no reply comes back', () => {
  const flow: Flow = { from: 'client', to: ip('10.0.0.2'), protocol: ICMP }
  expect(only(threeStacks({ sysctls: 'net.ipv4.icmp_echo_ignore_all = 1' }), flow)).toMatchObject({
    verdict: 'delivered',
    replyVerdict: 'dropped',
    stoppedAt: 'router',
    decision: { by: 'net.ipv4.icmp_echo_ignore_all = 1' },
  })
})

test('a packet starts with the TTL that its stack gives it, and a reply with that of who answers', () => {
  const few = 'net.ipv4.ip_default_ttl = 1'
  expect(only(threeStacks({}, { sysctls: few }), toServer)).toMatchObject({
    verdict: 'dropped',
    stoppedAt: 'router',
    decision: { stage: 'ttl' },
  })
  const flow: Flow = { from: 'server', to: ip('10.0.0.1'), protocol: ICMP }
  expect(only(threeStacks({}, { sysctls: few }), flow)).toMatchObject({
    verdict: 'delivered',
    replyVerdict: 'dropped',
  })
})

test('an ephemeral source port matches a rule on source ports by chance', () => {
  const rules = filter('-A FORWARD -p udp -m udp --sport 32768:46883 -j DROP')
  const { paths } = predict(threeStacks({ iptables: rules }), {
    from: 'client',
    to: ip('10.1.0.2'),
    protocol: UDP,
    destinationPort: 53,
  })
  expect(paths.map((path) => `${path.verdict} ${path.probability.toFixed(1)}`).sort()).toEqual([
    'delivered 0.5',
    'dropped 0.5',
  ])
})

test('why not: the rules and routes that lacked one thing, with the thing', () => {
  const router = {
    rules: `0: from all lookup local\n512: from all to 10.1.0.9 lookup main\n32766: from all lookup main\n`,
    iptables: filter('-A FORWARD -s 10.0.0.1/32 -p tcp -m tcp --dport 81 -j DROP'),
    routes:
      'default via 10.1.0.2 dev right\n10.0.0.0/24 dev left scope link\n10.1.0.0/24 dev right scope link\nlocal 10.0.0.2 dev left table local proto kernel scope host src 10.0.0.2\n',
  }
  const path = only(threeStacks(router), toServer)
  const found = whyNot(path.evaluated(), path.path()).filter((one) => one.at === 'router')
  expect(found).toContainEqual({
    direction: 'forward',
    hop: 1,
    at: 'router',
    stage: 'rule',
    by: '32766: from all lookup main',
    instead: [
      {
        place: '',
        by: '512: from all to 10.1.0.9 lookup main',
        lacks: [{ code: 'destination', facts: { want: '10.1.0.9/32', got: '10.1.0.2', not: false } }],
      },
    ],
  })
  expect(found.find((one) => one.stage === 'route')?.instead).toContainEqual({
    place: 'main',
    by: 'default via 10.1.0.2 dev right',
    lacks: [{ code: 'shorter-prefix', facts: { length: 0, chosen: 24 } }],
  })
  expect(found.find((one) => one.stage === 'filter')).toMatchObject({
    by: null,
    instead: [
      {
        by: '-A FORWARD -s 10.0.0.1/32 -p tcp -m tcp --dport 81 -j DROP',
        lacks: [{ code: 'destination-port', facts: { want: '81', got: '80', not: false } }],
      },
    ],
  })
})

test('any line can be asked what became of it', () => {
  const rules = filter(
    '-A FORWARD -p udp -j DROP\n-A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT\n-A FORWARD -s 10.0.0.1/32 -j DROP',
  )
  const way = only(threeStacks({ iptables: rules }), toServer)
  const answer = (line: string) =>
    answerOfLine(way.evaluated(), way.path(), { direction: 'forward', hop: 1 }, line)
  expect(answer('-A FORWARD -p udp -j DROP')).toEqual({
    kind: 'lacked',
    lacks: [{ code: 'protocol', facts: { want: 'udp', got: 'tcp', not: false } }],
  })
  expect(answer('-A FORWARD -p tcp -m tcp --dport 80 -j ACCEPT')).toEqual({ kind: 'decided' })
  expect(answer('-A FORWARD -s 10.0.0.1/32 -j DROP')).toEqual({ kind: 'not-asked' })
})

const entry = fc.record({ address: fc.nat(0xffffffff), length: fc.nat(32) })
property.prop([fc.array(entry, { minLength: 1, maxLength: 40 }), fc.nat(39), fc.nat(32)])(
  'the compiled table agrees with looking at every prefix',
  (entries, hit, flip) => {
    const table = entries.map(({ address, length }): readonly [Prefix, number] => [
      { address: address as Ip4, length },
      length,
    ])
    const near = entries[hit % entries.length]!.address
    const to = (flip === 32 ? near : (near ^ (1 << flip)) >>> 0) as Ip4
    const want = table.filter(([prefix]) => contains(prefix, to)).map(([, length]) => length)
    expect([...new PrefixTable(table).covering(to)]).toEqual(want.sort((a, b) => b - a))
  },
)

test('of a rule of nftables that was passed over it is said what it lacked', () => {
  const chain = {
    family: 'ip',
    table: 'own',
    name: 'base',
    type: 'filter',
    hook: 'forward',
    prio: 0,
    policy: 'accept',
  }
  const match = (left: object, right: unknown, op = '=='): object => ({ match: { op, left, right } })
  const port = { payload: { protocol: 'tcp', field: 'dport' } }
  const source = { payload: { protocol: 'ip', field: 'saddr' } }
  const rule = (handle: number, ...expr: readonly object[]): object => ({
    rule: { family: 'ip', table: 'own', chain: 'base', handle, expr: [...expr, { drop: null }] },
  })
  const nft = JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 'own', handle: 1 } },
      { chain: { ...chain, handle: 1 } },
      rule(2, match(port, { set: [443, 8443] })),
      rule(3, match(source, { prefix: { addr: '10.0.1.0', len: 24 } })),
      rule(4, match({ meta: { key: 'oifname' } }, 'right', '!=')),
      rule(5, match(port, 80)),
    ],
  })
  const path = only(threeStacks({ nft }), toServer)
  expect(path).toMatchObject({ verdict: 'dropped', stoppedAt: 'router' })
  const misses = whyNot(path.evaluated(), path.path()).find((one) => one.by === 'tcp dport 80 drop')?.instead
  expect(misses?.map(({ by, lacks: mismatches }) => [by, mismatches[0]?.code])).toEqual(
    expect.arrayContaining([
      ['tcp dport { 443, 8443 } drop', 'destination-port'],
      ['ip saddr 10.0.1.0/24 drop', 'source'],
      ['oifname != "right" drop', 'out-interface'],
    ]),
  )
})
