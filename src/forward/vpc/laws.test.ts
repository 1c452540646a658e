import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import type { Ip4 } from '../../model/address/address.ts'
import type { Packet } from '../../model/packet/packet.ts'
import { contains, type Prefix } from '../../model/address/prefix.ts'
import type { NetworkAcl, NetworkAclEntry, SecurityGroupRule, Vpc, VpcRoute } from '../../model/vpc/vpc.ts'
import { compileVpc } from './compile.ts'
import { evaluateNetworkAcl } from './network-acl.ts'
import { compileRoutes, lookupVpcRoute } from './route.ts'
import { evaluateSecurityGroups } from './security-group.ts'

/* Laws that hold for any rules, held against the obvious slow way of saying them. */

const prefixOf = fc.record({
  address: fc.nat(0xffffffff).map((n) => n as Ip4),
  length: fc.integer({ min: 0, max: 32 }),
})

/** An address one bit away from something in the list: a uniform one would almost never meet a long prefix. */
const near = (prefixes: readonly Prefix[]) =>
  fc
    .record({ hit: fc.constantFrom(...prefixes), flip: fc.integer({ min: 0, max: 32 }) })
    .map(
      ({ hit, flip }) =>
        (flip === 32 ? (hit.address as number) : ((hit.address as number) ^ (1 << flip)) >>> 0) as Ip4,
    )

const aimed = fc
  .array(prefixOf, { minLength: 1, maxLength: 30 })
  .chain((prefixes) => fc.record({ prefixes: fc.constant(prefixes), to: near(prefixes) }))

/** One target for one length: EC2 lets no table have two static routes to one destination. */
const routeTo = (destination: Prefix, index: number): VpcRoute => ({
  destination,
  target: { kind: 'interface', id: `eni-${destination.length}` },
  state: 'active',
  line: `route ${index}`,
})

describe('route tables', () => {
  test.prop([aimed])('the longest prefix that covers the address wins', ({ prefixes, to }) => {
    const routes = prefixes.map(routeTo)
    const found = lookupVpcRoute(compileRoutes({ id: 'rtb', main: true, subnets: [], routes }), to)
    const covering = routes.filter((r) => contains(r.destination, to)).map((r) => r.destination.length)
    expect(found.kind === 'route' ? found.route.destination.length : -1).toBe(Math.max(-1, ...covering))
  })

  test.prop([aimed, fc.infiniteStream(fc.nat())])(
    'their order does not matter',
    ({ prefixes, to }, random) => {
      const routes = prefixes.map(routeTo)
      const unique = routes.filter(
        (r, i) => routes.findIndex((o) => sameRange(o.destination, r.destination)) === i,
      )
      const table = (list: readonly VpcRoute[]) =>
        lookupVpcRoute(compileRoutes({ id: 'rtb', main: true, subnets: [], routes: list }), to)
      expect(table(shuffle(unique, random))).toEqual(table(unique))
    },
  )
})

const sameRange = (a: Prefix, b: Prefix) => a.length === b.length && contains(a, b.address)

const shuffle = <T>(list: readonly T[], random: Iterator<number>): T[] =>
  list
    .map((item) => ({ item, key: Number(random.next().value) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)

/** Few protocols and ports, so that rules and packets meet. */
const protocol = fc.constantFrom(null, 1, 6, 17)
const port = fc.constantFrom(22, 53, 80, 1024, 40000, 65535)
const ports = fc.oneof(
  fc.constant(null),
  fc.tuple(port, port).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
)
const range = fc.constantFrom<Prefix>(
  { address: 0 as Ip4, length: 0 },
  { address: 0xc0a80000 as Ip4, length: 16 },
  { address: 0xc0a80100 as Ip4, length: 24 },
  { address: 0xc0a8018a as Ip4, length: 32 },
)
const packetOf = fc
  .record({
    protocol: fc.constantFrom(1, 6, 17),
    port: fc.option(port),
    src: fc.constantFrom(0xc0a8018a, 0xc0a80264, 0x08080808),
  })
  .map((p): Packet => ({
    src: p.src as Ip4,
    dst: 0xc0a80314 as Ip4,
    protocol: p.protocol,
    ttl: 64,
    sourcePort: null,
    destinationPort: p.protocol === 1 ? null : p.port,
    icmpType: p.protocol === 1 ? 8 : null,
    icmpCode: p.protocol === 1 ? 0 : null,
    tcpFlags: null,
    length: 60,
    dontFragment: true,
    tos: 0,
  }))

const ruleOf = fc
  .record({ protocol, ports, prefix: range })
  .map((r): Omit<SecurityGroupRule, 'id' | 'line'> => ({
    direction: 'ingress',
    protocol: r.protocol,
    ports: r.protocol === null || r.protocol === 1 ? null : r.ports,
    peer: { kind: 'prefix', prefix: r.prefix },
  }))
  .chain((r) => fc.nat(1_000_000).map((n): SecurityGroupRule => ({ ...r, id: `sgr-${n}`, line: `sgr-${n}` })))

const judgedBy = (rules: readonly SecurityGroupRule[], packet: Packet) => {
  const vpc: Vpc = {
    ...tutorialVpc,
    securityGroups: [{ id: 'sg-1', name: '', description: '', rules }],
  }
  const eni = { ...tutorialVpc.interfaces[3]!, securityGroups: ['sg-1'] }
  return evaluateSecurityGroups(compileVpc(vpc), eni, 'ingress', packet).kind
}

describe('security groups', () => {
  test.prop([fc.array(ruleOf, { maxLength: 8 }), packetOf, fc.infiniteStream(fc.nat())])(
    'the order of the rules does not matter',
    (rules, packet, random) => {
      expect(judgedBy(shuffle(rules, random), packet)).toBe(judgedBy(rules, packet))
    },
  )

  test.prop([fc.array(ruleOf, { maxLength: 8 }), ruleOf, packetOf])(
    'one rule more never takes away what was allowed',
    (rules, more, packet) => {
      if (judgedBy(rules, packet) === 'allow') expect(judgedBy([...rules, more], packet)).toBe('allow')
    },
  )

  test.prop([fc.array(ruleOf, { maxLength: 8 }), packetOf])(
    'an answer for an unknown port holds for every ephemeral port',
    (rules, packet) => {
      const open = judgedBy(rules, { ...packet, destinationPort: null })
      if (open === 'unknown' || packet.protocol === 1) return
      for (const destinationPort of [1024, 32768, 40000, 60999, 65535])
        expect(judgedBy(rules, { ...packet, destinationPort })).toBe(open)
    },
  )
})

const entries = fc.uniqueArray(
  fc.record({
    number: fc.integer({ min: 1, max: 30 }),
    action: fc.constantFrom<'allow' | 'deny'>('allow', 'deny'),
    protocol,
    ports,
    prefix: range,
  }),
  { selector: (e) => e.number, maxLength: 10 },
)

describe('network ACLs', () => {
  test.prop([entries, packetOf])(
    'the first entry that matches decides, else the final deny',
    (list, packet) => {
      const acl: NetworkAcl = {
        id: 'acl',
        default: false,
        subnets: [],
        entries: list.map((e): NetworkAclEntry => ({
          ...e,
          ports: e.protocol === 1 || e.protocol === null ? null : e.ports,
          direction: 'ingress',
          line: `${e.number}`,
        })),
      }
      fc.pre(packet.destinationPort !== null || packet.protocol === 1)
      const obvious = acl.entries
        .toSorted((a, b) => a.number - b.number)
        .find(
          (e) =>
            contains(e.prefix, packet.src) &&
            (e.protocol === null ||
              (e.protocol === packet.protocol &&
                (e.ports === null ||
                  ((packet.destinationPort ?? -1) >= e.ports.from &&
                    (packet.destinationPort ?? -1) <= e.ports.to)))),
        )
      expect(evaluateNetworkAcl(acl, 'ingress', packet).kind).toBe(obvious?.action ?? 'deny')
    },
  )
})
