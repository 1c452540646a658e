import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { readRoutesText } from '../../linux/ip/route.ts'
import { readRulesText } from '../../linux/ip/rule.ts'
import { readRule } from '../../linux/netfilter/iptables-rule.ts'
import { prefix } from '../../model/address/prefix.ts'
import { ICMP, TCP } from '../../model/packet/packet.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { compileFabric } from '../compile/fabric.ts'
import { createPolicyForwarder } from '../kubernetes/policy-forwarder.ts'
import { createVpcForwarder } from '../vpc/vpc-forwarder.ts'
import { predict } from '../walk/predict.ts'
import { classesOf } from './classes.ts'
import { makeCluster, onlyFrom, podAddress, type MadeCluster } from './pods-and-nodes.fixture.ts'

/** What one pair comes to, as a matrix tells it. */
const asker = ({ fabric, objects, members }: MadeCluster, protocol: number) => {
  const compiled = compileFabric(fabric, {
    ...(fabric.vpc ? { vpc: createVpcForwarder(fabric.vpc) } : {}),
    policy: createPolicyForwarder(objects),
  })
  return (from: number, to: number): string => {
    const { paths } = predict(compiled, {
      from: members[from]!.stack,
      to: members[to]!.address as never,
      protocol,
      ...(protocol === TCP ? { destinationPort: 80 } : {}),
    })
    return paths
      .map((way) => `${way.verdict} ${way.replyVerdict} ${way.probability.toFixed(6)} ${way.decision?.stage}`)
      .toSorted()
      .join(', ')
  }
}

/** Every pair by classes without any sample, against every pair by itself. Returns how many classes there were. */
function checkEveryPair(cluster: MadeCluster, protocol: number): number {
  const { ways, labels } = classesOf(cluster, cluster.members, { protocol, others: [] })
  const classes = Array.from(ways, (way, member) => `${way}.${labels[member]}`)
  const ask = asker(cluster, protocol)
  const known = new Map<string, readonly [string, string]>()
  for (const from of cluster.members.keys())
    for (const to of cluster.members.keys()) {
      if (from === to) continue
      const pair = `${classes[from]} ${classes[to]}`
      const name = `${cluster.members[from]!.stack} to ${cluster.members[to]!.stack}`
      const is = ask(from, to)
      const [was, by] = known.get(pair) ?? [is, name]
      known.set(pair, [was, by])
      expect(`${name}: ${is}`, `as ${by}`).toBe(`${name}: ${was}`)
    }
  return new Set(classes).size
}

const size = { nodes: 3, pods: 6, services: 2 }

describe('pods that are alike', () => {
  test.each([
    {
      because: 'a class is a node and an ENI where nothing else differs',
      cluster: (c: MadeCluster) => c,
      want: 6,
    },
    {
      because: 'policies divide by the labels that they look at, and by no others',
      cluster: (c: MadeCluster) => ({
        ...c,
        objects: { ...c.objects, networkPolicies: [onlyFrom('web', 'db')] },
      }),
      want: 12,
    },
    {
      because: 'a rule for one pod leaves it alone',
      cluster: withRule(0, `-A FORWARD -s ${podAddress(0, 1)}/32 -j DROP`),
      want: 7,
    },
    {
      because: 'a prefix divides',
      cluster: withRule(0, `-A FORWARD -s ${podAddress(1, 0)}/31 -j DROP`),
      want: 7,
    },
  ])('$because', ({ cluster, want }) => {
    expect(checkEveryPair(cluster(makeCluster(size)), ICMP)).toBe(want)
  })
})

/** A change of a stack, by index; what it does is none of the test's business. */
type Change = (cluster: MadeCluster) => MadeCluster

function onStack(
  index: number,
  change: (
    stack: MadeCluster['fabric']['stacks'][number],
  ) => Partial<MadeCluster['fabric']['stacks'][number]>,
): Change {
  return (cluster) => {
    const at = index % cluster.fabric.stacks.length
    const stacks = cluster.fabric.stacks.map((one, i) => (i === at ? { ...one, ...change(one) } : one))
    return { ...cluster, fabric: { ...cluster.fabric, stacks } }
  }
}

function withRule(index: number, line: string): Change {
  const rule = readRule(line)
  if (typeof rule === 'string') throw new Error(rule)
  return onStack(index, (stack) => ({
    iptables: (stack.iptables ?? []).map((ruleset) => ({
      ...ruleset,
      tables: ruleset.tables.map((table) => ({
        ...table,
        chains: table.chains.map((chain) =>
          table.name === 'filter' && chain.name === rule.chain
            ? { ...chain, rules: [rule, ...chain.rules] }
            : chain,
        ),
      })),
    })),
  }))
}

const onVpc =
  (change: (vpc: Vpc) => Partial<Vpc>): Change =>
  (cluster) => {
    const { vpc } = cluster.fabric
    return vpc === null
      ? cluster
      : { ...cluster, fabric: { ...cluster.fabric, vpc: { ...vpc, ...change(vpc) } } }
  }

const without = <T>(list: readonly T[], at: number): readonly T[] =>
  list.filter((_, i) => list.length === 0 || i !== at % list.length)

const node = fc.nat(2).map((n) => n * 7)
const anyStack = fc.nat(20)
const anyPod = fc.tuple(fc.nat(2), fc.nat(5)).map(([n, p]) => podAddress(n, p))
const anyPrefix = fc.tuple(anyPod, fc.integer({ min: 20, max: 32 })).map(([address, length]) => {
  return { text: `${address}/${length}`, prefix: prefix(`${address}/${length}`) }
})
const not = fc.constantFrom('', '! ')
const device = fc.tuple(fc.nat(2), fc.nat(5)).map(([n, p]) => `eni${n}x${p}`)

const change: fc.Arbitrary<Change> = fc.oneof(
  fc
    .tuple(
      node,
      fc.constantFrom('FORWARD', 'INPUT', 'OUTPUT'),
      not,
      fc.constantFrom('-s', '-d'),
      anyPrefix,
      not,
      anyPrefix,
      fc.constantFrom('DROP', 'ACCEPT', 'REJECT'),
    )
    .map(([at, chain, n1, side, one, n2, two, target]) =>
      withRule(
        at,
        `-A ${chain} ${n1}${side} ${one.text} ${n2}${side === '-s' ? '-d' : '-s'} ${two.text} -j ${target}`,
      ),
    ),
  fc
    .tuple(
      node,
      not,
      fc.constantFrom('-i', '-o'),
      fc.oneof(device, fc.constantFrom('eni+', 'eni0x+', 'eth+')),
      not,
      anyPrefix,
    )
    .map(([at, n1, side, name, n2, one]) =>
      withRule(at, `-A FORWARD ${n1}${side} ${name} ${n2}-s ${one.text} -j DROP`),
    ),
  fc
    .tuple(node, anyPod, anyPod)
    .map(([at, a, b]) =>
      withRule(at, `-A FORWARD -m iprange --src-range ${a < b ? a : b}-${a < b ? b : a} -j DROP`),
    ),
  fc
    .tuple(anyStack, fc.nat(40))
    .map(([at, line]) => onStack(at, ({ routes }) => ({ routes: without(routes, line) }))),
  fc
    .tuple(anyStack, fc.nat(40))
    .map(([at, line]) =>
      onStack(at, ({ rules }) => ({ rules: rules === null ? null : without(rules, line) })),
    ),
  fc
    .tuple(node, anyPrefix, fc.constantFrom('blackhole', 'unreachable', 'prohibit'))
    .map(([at, { prefix: p }, type]) =>
      onStack(at, ({ routes }) => ({
        routes: [...routes, ...readRoutesText(`${type} ${textOf(p)} table main\n`, 4).value],
      })),
    ),
  fc
    .tuple(node, anyPrefix, fc.constantFrom('from', 'to'), fc.constantFrom(100, 600, 2000))
    .map(([at, { prefix: p }, side, priority]) =>
      onStack(at, ({ rules }) => ({
        rules: [
          ...(rules ?? []),
          ...(readRulesText(
            `${priority}: from ${side === 'from' ? textOf(p) : 'all'}${side === 'to' ? ` to ${textOf(p)}` : ''} blackhole\n`,
            4,
          ).value ?? []),
        ].toSorted((a, b) => a.priority - b.priority),
      })),
    ),
  fc.tuple(anyStack, fc.nat(20), fc.constantFrom(1, 1500)).map(([at, link, mtu]) =>
    onStack(at, ({ links }) => ({
      links: links.map((one, i) =>
        i !== 1 + (link % (links.length - 1))
          ? one
          : mtu === 1
            ? { ...one, flags: [], state: 'DOWN' }
            : { ...one, mtu },
      ),
    })),
  ),
  fc.tuple(anyStack, device, fc.constantFrom('1', '2')).map(([at, name, value]) =>
    onStack(at, ({ sysctls }) => ({
      sysctls: new Map([...(sysctls ?? []), [`net.ipv4.conf.${name}.rp_filter`, value]]),
    })),
  ),
  anyStack.map((at) => onStack(at, () => ({ neighbours: [] }))),
  fc.tuple(anyPrefix, fc.constantFrom('ingress', 'egress')).map(([{ prefix: p }, direction]) =>
    onVpc(({ networkAcls }) => ({
      networkAcls: networkAcls.map((acl) => ({
        ...acl,
        entries: [
          {
            number: 50,
            direction: direction as 'ingress',
            action: 'deny',
            protocol: null,
            prefix: p,
            ports: null,
            line: 'deny',
          },
          ...acl.entries,
        ],
      })),
    })),
  ),
  anyPrefix.map(({ prefix: p }) =>
    onVpc(({ securityGroups }) => ({
      securityGroups: securityGroups.map((group) => ({
        ...group,
        rules: group.rules.map((rule) =>
          rule.direction === 'ingress' ? { ...rule, peer: { kind: 'prefix', prefix: p } } : rule,
        ),
      })),
    })),
  ),
  fc
    .tuple(fc.constantFrom('web', 'db'), fc.constantFrom('web', 'db'))
    .map(([app, from]): Change => (cluster) => ({
      ...cluster,
      objects: {
        ...cluster.objects,
        networkPolicies: [...cluster.objects.networkPolicies, onlyFrom(app, from)],
      },
    })),
)

const textOf = ({ address, length }: ReturnType<typeof prefix>): string =>
  `${[24, 16, 8, 0].map((bits) => Math.floor(Number(address) / 2 ** bits) % 256).join('.')}/${length}`

property.prop([fc.array(change, { minLength: 1, maxLength: 4 }), fc.constantFrom(ICMP, TCP)], {
  numRuns: 150,
})('whatever is odd about a cluster, a class answers as each of its pairs does', (changes, protocol) => {
  checkEveryPair(
    changes.reduce((cluster, one) => one(cluster), makeCluster(size)),
    protocol,
  )
})
