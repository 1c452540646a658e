import { describe, expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import { ICMP, UDP } from '../../model/packet/packet.ts'
import { defaultRules, filter, nat, threeStacks, toServer } from './three-stacks.fixture.ts'
import { predict, type Flow } from './predict.ts'
import { only } from './only-path.fixture.ts'

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

export const drop = '-A FORWARD -s 10.0.0.1/32 -p tcp -m tcp --dport 80 -j DROP'

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
    said: 'dropped, and its sender is not told',
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
    said: 'dropped, and its sender is not told',
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
