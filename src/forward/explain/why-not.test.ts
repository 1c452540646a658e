import { expect, test } from 'vitest'
import { answerOfLine, whyNot } from './why-not.ts'
import { filter, threeStacks, toServer } from '../walk/three-stacks.fixture.ts'
import { only } from '../walk/only-path.fixture.ts'

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
