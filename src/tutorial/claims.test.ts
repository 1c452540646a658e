import { describe, expect, test } from 'vitest'
import { catalogue } from '../i18n/catalogues.ts'
import type { Hop, PacketView, Path } from '../model/path/path.ts'
import type { Check, TraceResult } from '../model/result/result.ts'
import {
  pod1,
  pod2,
  pod3,
  podToInternetTrace,
  podToPodTrace,
  snatLine,
} from '../report/tutorial-run.contract.ts'
import { checkAll } from './claim.ts'
import type { FlowFacts, InternetFacts, PublicAddressFacts } from './facts.ts'
import { podToInternet } from './pod-to-internet.ts'
import { podToPod } from './pod-to-pod.ts'
import { publicAddress } from './public-address.ts'
import {
  edited,
  flowFacts,
  ids,
  internetFacts,
  publicAddressFacts,
  texts,
  type Texts,
} from './tutorial-facts.contract.ts'

const words = catalogue('en')

const statesOf = (checks: readonly Check[]): string =>
  checks.map((check) => `${check.id.split('.')[1]} ${check.state}`).join('\n')

type Side = keyof Pick<Hop, 'packetIn' | 'packetOut'>

/** The trace with one hop changed. */
function hopChanged(
  trace: TraceResult,
  way: 'forward' | 'reply',
  stack: string,
  change: (hop: Hop) => Hop,
): TraceResult {
  const observed = trace.observed!
  expect(observed[way].some((hop) => hop.stack === stack)).toBe(true)
  return {
    ...trace,
    observed: { ...observed, [way]: observed[way].map((hop) => (hop.stack === stack ? change(hop) : hop)) },
  }
}

const packetChanged =
  (side: Side, change: Partial<PacketView>) =>
  (hop: Hop): Hop => ({ ...hop, [side]: { ...hop[side]!, ...change } })

const unseen =
  (side: Side) =>
  (hop: Hop): Hop => ({ ...hop, [side]: null })

const pathChanged = (trace: TraceResult, change: Partial<Path>): TraceResult => ({
  ...trace,
  observed: { ...trace.observed!, ...change },
})

const ping = podToPodTrace(pod1, pod3)
const out = podToInternetTrace()
const tables = (changed: Partial<Texts>): FlowFacts => flowFacts(ping, changed)
const internetTables = (changed: Partial<Texts>): InternetFacts => internetFacts(out, changed)
const node1 = (change: Partial<Texts['node1']>): Partial<Texts> => ({ node1: { ...texts.node1, ...change } })
const node3 = (change: Partial<Texts['node1']>): Partial<Texts> => ({ node3: { ...texts.node3, ...change } })
const pod = (change: Partial<Texts['node1']>): Partial<Texts> => ({ pod1: { ...texts.pod1, ...change } })
const withoutStack = <Facts extends FlowFacts>(facts: Facts, id: string): Facts => ({
  ...facts,
  stacks: new Map([...facts.stacks].filter(([one]) => one !== id)),
})
const lossy = <Facts extends FlowFacts>(facts: Facts, id: string, lost: number | null): Facts => ({
  ...facts,
  captures: new Map(
    [...facts.captures].flatMap(([one, count]): [string, number][] =>
      one !== id ? [[one, count]] : lost === null ? [] : [[one, lost]],
    ),
  ),
})

interface Row<Facts> {
  readonly because: string
  readonly facts: Facts
  readonly id: string
  readonly state: 'failed' | 'unknown'
  readonly at: string | null
  readonly reason: string
}

function expectBroken<Facts>(checks: readonly Check[], row: Row<Facts>): void {
  const check = checks.find((one) => one.id === row.id)
  expect({ state: check?.state, at: check?.at }).toEqual({ state: row.state, at: row.at })
  expect(check?.reason).toContain(row.reason)
}

describe('pod to pod', () => {
  test('every statement holds in the tutorial’s own cluster', () => {
    expect(statesOf(checkAll(podToPod, flowFacts(), words))).toMatchInlineSnapshot(`
      "1 passed
      2 passed
      3 passed
      4 passed
      4a passed
      4b passed
      5 passed
      5a passed
      6 passed
      6a passed
      7 passed
      7a passed
      7b passed
      7c passed"
    `)
  })

  const rows: readonly Row<FlowFacts>[] = [
    {
      because: 'both pods stand on one node',
      facts: flowFacts({ ...ping, to: { ...pod3, node: pod1.node! } }),
      id: 'pod-to-pod.1',
      state: 'failed',
      at: ids.node1,
      reason: 'both pods stand on node ip-192-168-1-138',
    },
    {
      because: 'the pod has another address than Kubernetes says',
      facts: tables(pod({ links: [['eth0', '6e:1c:22:0a:5b:01', '192.168.1.77/32']] })),
      id: 'pod-to-pod.1',
      state: 'failed',
      at: ids.pod1,
      reason: 'has the address 192.168.1.239/32',
    },
    {
      because: 'a network manager put the pod’s address on the node’s ENI',
      facts: tables(
        node1({ links: [...texts.node1.links, ['eth1', '02:00:00:00:00:09', '192.168.1.239/24']] }),
      ),
      id: 'pod-to-pod.1',
      state: 'failed',
      at: ids.node1,
      reason: 'configured on eth1',
    },
    {
      because: 'the pod’s namespace was not read',
      facts: withoutStack(flowFacts(), ids.pod1),
      id: 'pod-to-pod.1',
      state: 'unknown',
      at: ids.pod1,
      reason: 'was not read',
    },
    {
      because: 'the packet leaves the pod with another source',
      facts: flowFacts(
        hopChanged(ping, 'forward', ids.pod1, packetChanged('packetOut', { src: '192.168.1.60' })),
      ),
      id: 'pod-to-pod.2',
      state: 'failed',
      at: ids.pod1,
      reason: '192.168.1.60 → 192.168.3.143',
    },
    {
      because: 'the packet never left the pod',
      facts: flowFacts(hopChanged(ping, 'forward', ids.pod1, unseen('packetOut'))),
      id: 'pod-to-pod.2',
      state: 'failed',
      at: ids.pod1,
      reason: 'not seen leaving',
    },
    {
      because: 'the pod has no route at all',
      facts: tables(pod({ routes: [] })),
      id: 'pod-to-pod.3',
      state: 'failed',
      at: ids.pod1,
      reason: 'no route to 192.168.3.143',
    },
    {
      because: 'the packet left by another interface than the table names',
      facts: flowFacts(hopChanged(ping, 'forward', ids.pod1, (hop) => ({ ...hop, out: 'net1' }))),
      id: 'pod-to-pod.3',
      state: 'failed',
      at: ids.pod1,
      reason: 'net1 instead of eth0',
    },
    {
      because: 'the pod’s default route goes elsewhere',
      facts: tables(pod({ routes: ['default via 192.168.1.1 dev eth0 '] })),
      id: 'pod-to-pod.4',
      state: 'failed',
      at: ids.pod1,
      reason: 'default via 192.168.1.1 dev eth0',
    },
    {
      because: 'the pod knows the destination by a route of its own',
      facts: tables(pod({ routes: [...texts.pod1.routes, '192.168.3.0/24 via 169.254.1.1 dev eth0 '] })),
      id: 'pod-to-pod.4',
      state: 'failed',
      at: ids.pod1,
      reason: '192.168.3.0/24 via 169.254.1.1',
    },
    {
      because: 'the gateway’s neighbour entry is gone',
      facts: tables(pod({ neighbours: [] })),
      id: 'pod-to-pod.4a',
      state: 'failed',
      at: ids.pod1,
      reason: 'no neighbour entry for 169.254.1.1',
    },
    {
      because: 'the entry was learned, not set',
      facts: tables(pod({ neighbours: [['169.254.1.1', 'eth0', '9a:a3:da:ae:ed:af', 'STALE']] })),
      id: 'pod-to-pod.4a',
      state: 'failed',
      at: ids.pod1,
      reason: 'is STALE, not PERMANENT',
    },
    {
      because: 'udev changed the MAC of the host end after the entry was made',
      facts: tables(pod({ neighbours: [['169.254.1.1', 'eth0', '9a:a3:da:00:00:00', 'PERMANENT']] })),
      id: 'pod-to-pod.4a',
      state: 'failed',
      at: ids.pod1,
      reason: 'eni211a53c4e3b on the node has 9a:a3:da:ae:ed:af',
    },
    {
      because: 'the packet comes out of another veth pair',
      facts: flowFacts(hopChanged(ping, 'forward', ids.node1, (hop) => ({ ...hop, in: 'eni0000000000' }))),
      id: 'pod-to-pod.4b',
      state: 'failed',
      at: ids.node1,
      reason: 'eni0000000000 instead of eni211a53c4e3b',
    },
    {
      because: 'the node did not get it',
      facts: flowFacts(hopChanged(ping, 'forward', ids.node1, unseen('packetIn'))),
      id: 'pod-to-pod.4b',
      state: 'failed',
      at: ids.node1,
      reason: 'not seen entering',
    },
    {
      because: 'nothing captured on the node',
      facts: lossy(flowFacts(hopChanged(ping, 'forward', ids.node1, unseen('packetIn'))), ids.node1, null),
      id: 'pod-to-pod.4b',
      state: 'unknown',
      at: ids.node1,
      reason: 'nothing was captured',
    },
    {
      because: 'the node’s capture lost packets',
      facts: lossy(flowFacts(hopChanged(ping, 'forward', ids.node1, unseen('packetIn'))), ids.node1, 12),
      id: 'pod-to-pod.4b',
      state: 'unknown',
      at: ids.node1,
      reason: 'lost 12 packets',
    },
    {
      because: 'the node’s default route is gone',
      facts: tables(node1({ routes: edited(texts.node1.routes, 'default via', null) })),
      id: 'pod-to-pod.5',
      state: 'failed',
      at: ids.node1,
      reason: 'no route to 192.168.3.143',
    },
    {
      because: 'the default route does not lead to the VPC router',
      facts: tables(
        node1({ routes: edited(texts.node1.routes, 'default via', 'default via 192.168.1.77 dev eth0 ') }),
      ),
      id: 'pod-to-pod.5',
      state: 'failed',
      at: ids.node1,
      reason: 'expected default via 192.168.1.1',
    },
    {
      because: 'a stale rule sends the pod to an empty way',
      facts: tables(node1({ rules: [...texts.node1.rules, '600:\tfrom 192.168.1.239 blackhole'] })),
      id: 'pod-to-pod.5',
      state: 'unknown',
      at: ids.node1,
      reason: 'blackhole',
    },
    {
      because: 'the packet left the node by another interface than its table names',
      facts: flowFacts(hopChanged(ping, 'forward', ids.node1, (hop) => ({ ...hop, out: 'eth1' }))),
      id: 'pod-to-pod.5',
      state: 'failed',
      at: ids.node1,
      reason: 'eth1 instead of eth0',
    },
    {
      because: 'the node rewrote the source inside the VPC',
      facts: flowFacts(
        hopChanged(ping, 'forward', ids.node1, packetChanged('packetOut', { src: '192.168.1.138' })),
      ),
      id: 'pod-to-pod.5a',
      state: 'failed',
      at: ids.node1,
      reason: '192.168.1.138 → 192.168.3.143, not 192.168.1.239',
    },
    {
      because: 'a security group kept it from the second node',
      facts: flowFacts(hopChanged(ping, 'forward', ids.node3, unseen('packetIn'))),
      id: 'pod-to-pod.6',
      state: 'failed',
      at: ids.node3,
      reason: 'not seen entering',
    },
    {
      because: 'it went to another place than the VPC router',
      facts: flowFacts(
        pathChanged(ping, { forward: ping.observed!.forward.filter((hop) => !hop.stack.startsWith('vpc/')) }),
      ),
      id: 'pod-to-pod.6',
      state: 'failed',
      at: ids.node1,
      reason: 'not to vpc',
    },
    {
      because: 'it came into the second node by something that is no ENI',
      facts: flowFacts(hopChanged(ping, 'forward', ids.node3, (hop) => ({ ...hop, in: 'eni9be80f3f651' }))),
      id: 'pod-to-pod.6',
      state: 'failed',
      at: ids.node3,
      reason: 'eni9be80f3f651 instead of ENI',
    },
    {
      because: 'something between the nodes counts as a hop',
      facts: flowFacts(hopChanged(ping, 'forward', ids.node3, packetChanged('packetIn', { ttl: 62 }))),
      id: 'pod-to-pod.6a',
      state: 'failed',
      at: ids.node3,
      reason: 'the TTL is 62, not 63',
    },
    {
      because: 'the receiving node lost the pod’s own route',
      facts: tables(node3({ routes: edited(texts.node3.routes, '192.168.3.143 dev', null) })),
      id: 'pod-to-pod.7',
      state: 'failed',
      at: ids.node3,
      reason: '192.168.3.0/24 dev eth0',
    },
    {
      because: 'the route leads to another pod’s interface',
      facts: tables(
        node3({
          routes: edited(
            texts.node3.routes,
            '192.168.3.143 dev',
            '192.168.3.143 dev eni0000000000 scope link ',
          ),
        }),
      ),
      id: 'pod-to-pod.7',
      state: 'failed',
      at: ids.node3,
      reason: 'eni9be80f3f651 instead of eni0000000000',
    },
    {
      because: 'the pod did not get the packet',
      facts: flowFacts(hopChanged(ping, 'forward', ids.pod3, unseen('packetIn'))),
      id: 'pod-to-pod.7a',
      state: 'failed',
      at: ids.pod3,
      reason: 'not seen entering',
    },
    {
      because: 'one of the six points saw other addresses',
      facts: flowFacts(
        hopChanged(ping, 'forward', ids.node3, packetChanged('packetOut', { dst: '192.168.3.144' })),
      ),
      id: 'pod-to-pod.7b',
      state: 'failed',
      at: ids.node3,
      reason: 'eni9be80f3f651 the packet is 192.168.1.239 → 192.168.3.144',
    },
    {
      because: 'no reply came',
      facts: flowFacts(
        pathChanged(ping, {
          replyVerdict: 'dropped',
          stoppedAt: ids.node1,
          reply: ping.observed!.reply.slice(0, 4),
        }),
      ),
      id: 'pod-to-pod.7c',
      state: 'failed',
      at: ids.node1,
      reason: 'no reply came back',
    },
    {
      because: 'the reply took another way',
      facts: flowFacts(
        pathChanged(ping, { reply: ping.observed!.reply.filter((hop) => !hop.stack.startsWith('vpc/')) }),
      ),
      id: 'pod-to-pod.7c',
      state: 'failed',
      at: ids.node1,
      reason: 'the reply went',
    },
    {
      because: 'the reply crossed one router more',
      facts: flowFacts(hopChanged(ping, 'reply', ids.node1, packetChanged('packetIn', { ttl: 62 }))),
      id: 'pod-to-pod.7c',
      state: 'failed',
      at: ids.node1,
      reason: 'the TTL is 62, not 63',
    },
    {
      because: 'the sender printed another TTL than was captured',
      facts: flowFacts({ ...ping, probe: { ...ping.probe!, replyTtl: [61] } }),
      id: 'pod-to-pod.7c',
      state: 'failed',
      at: ids.pod1,
      reason: 'the TTL is 61, not 62',
    },
  ]
  test.each(rows)('$id breaks when $because', (row) => {
    expectBroken(checkAll(podToPod, row.facts, words), row)
  })

  test('every statement has a row that makes it fail', () => {
    expect(
      podToPod
        .map(({ id }) => id)
        .filter((id) => !rows.some((row) => row.id === id && row.state === 'failed')),
    ).toEqual([])
  })

  test('a pod on a secondary ENI leaves by eth1 with table 2, and the statements say so', () => {
    const facts = flowFacts(
      hopChanged(ping, 'forward', ids.node1, (hop) => ({ ...hop, out: 'eth1' })),
      node1({
        links: [...texts.node1.links, ['eth1', '02:00:00:00:00:09', '192.168.1.55/24']],
        rules: [...texts.node1.rules, '1536:\tfrom 192.168.1.239 lookup 2'],
        routes: [
          ...texts.node1.routes,
          'default via 192.168.1.1 dev eth1 table 2 ',
          '192.168.1.1 dev eth1 table 2 scope link ',
        ],
      }),
    )
    const checks = checkAll(podToPod, facts, words)
    expect(checks.filter((check) => check.state !== 'passed')).toEqual([])
    const five = checks.find((check) => check.id === 'pod-to-pod.5')!
    expect(five.statement).toContain('table 2')
    expect(five.evidence.map((piece) => (piece.kind === 'line' ? piece.line.trim() : piece.kind))).toEqual([
      '1536: from 192.168.1.239 lookup 2',
      'default via 192.168.1.1 dev eth1 table 2',
      'sighting',
    ])
  })

  test('without EC2 nobody knows what lies between the nodes, and the statement says so', () => {
    const seen = (hops: Path['forward']): Path['forward'] =>
      hops.filter((hop) => !hop.stack.startsWith('vpc/'))
    const { forward, reply } = ping.observed!
    const direct = pathChanged(ping, { forward: seen(forward), reply: seen(reply) })
    const checks = checkAll(podToPod, { ...flowFacts(direct), vpcRead: false }, words)
    expect(checks.filter((check) => check.state !== 'passed').map(({ id, state }) => [id, state])).toEqual([
      ['pod-to-pod.6', 'unknown'],
    ])
  })

  test('nodes in one subnet need no gateway, and the statement says so', () => {
    const near = { ...pod2, address: '192.168.1.14' }
    const facts = flowFacts(podToPodTrace(pod1, near))
    const five = checkAll(podToPod, facts, words).find((check) => check.id === 'pod-to-pod.5')!
    expect([five.state, five.statement]).toEqual(['passed', expect.stringContaining('no gateway is needed')])
  })
})

describe('pod to the internet', () => {
  test('every statement holds in the tutorial’s own cluster', () => {
    expect(statesOf(checkAll(podToInternet, internetFacts(), words))).toMatchInlineSnapshot(`
      "1 passed
      2 passed
      3 passed
      4 passed
      4a passed
      5 passed
      5a passed
      6 passed
      6a passed
      6b passed"
    `)
  })

  const nat = texts.node1.iptables!
  const rows: readonly Row<InternetFacts>[] = [
    {
      because: 'the packet has another source',
      facts: internetFacts(
        hopChanged(out, 'forward', ids.pod1, packetChanged('packetOut', { src: '192.168.1.60' })),
      ),
      id: 'pod-to-internet.1',
      state: 'failed',
      at: ids.pod1,
      reason: '192.168.1.60',
    },
    {
      because: 'the pod has another default route',
      facts: internetTables(pod({ routes: ['default via 192.168.1.1 dev eth0 '] })),
      id: 'pod-to-internet.2',
      state: 'failed',
      at: ids.pod1,
      reason: 'expected default via 169.254.1.1 dev eth0',
    },
    {
      because: 'the packet left by the second ENI, where nobody answers for the node’s address',
      facts: internetFacts(hopChanged(out, 'forward', ids.node1, (hop) => ({ ...hop, out: 'eth1' }))),
      id: 'pod-to-internet.3',
      state: 'failed',
      at: ids.node1,
      reason: 'eth1 instead of eth0',
    },
    {
      because: 'EXTERNALSNAT=true: the chain is empty and nothing jumps to it',
      facts: internetTables(node1({ iptables: nat.filter((line) => !line.includes('AWS')) })),
      id: 'pod-to-internet.4',
      state: 'failed',
      at: ids.node1,
      reason: 'AWS_VPC_K8S_CNI_EXTERNALSNAT=true',
    },
    {
      because: 'the jump from POSTROUTING is gone',
      facts: internetTables(
        node1({ iptables: edited(nat, '-A POSTROUTING -m comment --comment "AWS', null) }),
      ),
      id: 'pod-to-internet.4',
      state: 'failed',
      at: ids.node1,
      reason: 'does not jump to AWS-SNAT-CHAIN-0',
    },
    {
      because: 'the SNAT rule is gone (a restarting aws-node)',
      facts: internetTables(node1({ iptables: edited(nat, '--to-source', null) })),
      id: 'pod-to-internet.4',
      state: 'failed',
      at: ids.node1,
      reason: 'no SNAT rule',
    },
    {
      because: 'the destination is excluded (EXCLUDE_SNAT_CIDRS)',
      facts: internetTables(
        node1({
          iptables: edited(
            nat,
            '-A AWS-SNAT-CHAIN-0',
            '-A AWS-SNAT-CHAIN-0 -d 198.51.100.0/24 -m comment --comment "AWS SNAT CHAIN EXCLUSION" -j RETURN',
          ),
        }),
      ),
      id: 'pod-to-internet.4',
      state: 'failed',
      at: ids.node1,
      reason: 'excluded from SNAT by -A AWS-SNAT-CHAIN-0 -d 198.51.100.0/24',
    },
    {
      because: 'somebody else masquerades first',
      facts: internetTables(
        node1({ iptables: ['-A POSTROUTING -s 192.168.1.0/24 -o eth0 -j MASQUERADE', ...nat] }),
      ),
      id: 'pod-to-internet.4',
      state: 'failed',
      at: ids.node1,
      reason: 'another rule rewrites it: -A POSTROUTING -s 192.168.1.0/24',
    },
    {
      because: 'the rule rewrites to an address that is not the node’s',
      facts: internetTables(
        node1({ iptables: edited(nat, '--to-source', snatLine.replace('192.168.1.138', '192.168.1.99')) }),
      ),
      id: 'pod-to-internet.4',
      state: 'failed',
      at: ids.node1,
      reason: 'rewrites to 192.168.1.99, not to 192.168.1.138',
    },
    {
      because: 'a rule before it has a match that podpath does not know',
      facts: internetTables(
        node1({ iptables: ['-A POSTROUTING -m bpf --bytecode "1,6 0 0 1" -j ACCEPT', ...nat] }),
      ),
      id: 'pod-to-internet.4',
      state: 'unknown',
      at: ids.node1,
      reason: '-m bpf',
    },
    {
      because: 'the tables were not read',
      facts: internetTables(node1({ iptables: null })),
      id: 'pod-to-internet.4',
      state: 'unknown',
      at: ids.node1,
      reason: 'was not read',
    },
    {
      because: 'the packet left the node with the pod’s address',
      facts: internetFacts(
        hopChanged(out, 'forward', ids.node1, packetChanged('packetOut', { src: '192.168.1.239' })),
      ),
      id: 'pod-to-internet.4a',
      state: 'failed',
      at: ids.node1,
      reason: 'source unchanged: 192.168.1.239',
    },
    {
      because: 'the packet left the node with somebody else’s address',
      facts: internetFacts(
        hopChanged(out, 'forward', ids.node1, packetChanged('packetOut', { src: '192.168.1.55' })),
      ),
      id: 'pod-to-internet.4a',
      state: 'failed',
      at: ids.node1,
      reason: '192.168.1.55, not 192.168.1.138',
    },
    {
      because: 'a NAT gateway stands behind the VPC router',
      facts: internetFacts(
        pathChanged(out, {
          forward: out.observed!.forward.map((hop) =>
            hop.stack.startsWith('igw/') ? { ...hop, stack: 'nat/nat-0123456789abcdef0' } : hop,
          ),
        }),
      ),
      id: 'pod-to-internet.5',
      state: 'failed',
      at: 'vpc/vpc-0d1e2f3a4b5c6d7e8',
      reason: 'nat/nat-0123456789abcdef0',
    },
    {
      because: 'the internet sees another address than the node’s public one',
      facts: { ...internetFacts(), seenAs: '203.0.113.99' },
      id: 'pod-to-internet.5a',
      state: 'failed',
      at: 'igw/igw-0a9b8c7d6e5f40312',
      reason: '203.0.113.99, not 203.0.113.38',
    },
    {
      because: 'the gateway did not rewrite',
      facts: { ...internetFacts(), seenAs: '192.168.1.138' },
      id: 'pod-to-internet.5a',
      state: 'failed',
      at: 'igw/igw-0a9b8c7d6e5f40312',
      reason: 'source unchanged: 192.168.1.138',
    },
    {
      because: 'nobody could look behind the gateway',
      facts: {
        ...internetFacts(hopChanged(out, 'forward', 'igw/igw-0a9b8c7d6e5f40312', unseen('packetOut'))),
        seenAs: null,
      },
      id: 'pod-to-internet.5a',
      state: 'unknown',
      at: 'igw/igw-0a9b8c7d6e5f40312',
      reason: 'not seen behind',
    },
    {
      because: 'a third translation happened on the way',
      facts: { ...internetFacts(), seenAs: '203.0.113.99' },
      id: 'pod-to-internet.6',
      state: 'failed',
      at: 'igw/igw-0a9b8c7d6e5f40312',
      reason: '3 translations instead of 2',
    },
    {
      because: 'the node did not translate',
      facts: internetFacts(
        hopChanged(
          hopChanged(
            hopChanged(out, 'forward', ids.node1, packetChanged('packetOut', { src: '192.168.1.239' })),
            'forward',
            'vpc/vpc-0d1e2f3a4b5c6d7e8',
            (hop) => ({ ...hop, packetIn: null, packetOut: null }),
          ),
          'forward',
          'igw/igw-0a9b8c7d6e5f40312',
          (hop) => ({ ...hop, packetIn: null }),
        ),
      ),
      id: 'pod-to-internet.6',
      state: 'failed',
      at: ids.node1,
      reason: '1 translations instead of 2',
    },
    {
      because: 'the reply reaches the node with another destination',
      facts: internetFacts(
        hopChanged(out, 'reply', ids.node1, packetChanged('packetIn', { dst: '203.0.113.38' })),
      ),
      id: 'pod-to-internet.6a',
      state: 'failed',
      at: 'igw/igw-0a9b8c7d6e5f40312',
      reason: '203.0.113.38, not to 192.168.1.138',
    },
    {
      because: 'the node does not give the reply back to the pod',
      facts: internetFacts(
        hopChanged(out, 'reply', ids.node1, packetChanged('packetOut', { dst: '192.168.1.138' })),
      ),
      id: 'pod-to-internet.6a',
      state: 'failed',
      at: ids.node1,
      reason: '192.168.1.138, not to 192.168.1.239',
    },
    {
      because: 'strict reverse-path filtering drops the reply in the node',
      facts: internetFacts(hopChanged(out, 'reply', ids.node1, unseen('packetOut'))),
      id: 'pod-to-internet.6a',
      state: 'failed',
      at: ids.node1,
      reason: 'not seen leaving',
    },
    {
      because: 'something between node and pod counts as a hop',
      facts: internetFacts(hopChanged(out, 'reply', ids.pod1, packetChanged('packetIn', { ttl: 53 }))),
      id: 'pod-to-internet.6b',
      state: 'failed',
      at: ids.pod1,
      reason: 'the TTL is 53, not 54',
    },
  ]
  test.each(rows)('$id breaks when $because', (row) => {
    expectBroken(checkAll(podToInternet, row.facts, words), row)
  })

  describe('in a private subnet', () => {
    const natGateway = '192.168.101.7'
    /** By the NAT gateway as well, there and back. */
    const byNatGateway = (way: readonly Hop[], side: 'src' | 'dst'): Hop[] =>
      way.flatMap((hop) => {
        if (!hop.stack.startsWith('igw/')) return [hop]
        const inside = side === 'src' ? hop.packetIn : hop.packetOut
        const own = inside && { ...inside, [side]: natGateway }
        const vpc = way.find(({ stack }) => stack.startsWith('vpc/'))!
        const nat = { ...hop, stack: 'nat/nat-0123456789abcdef0' }
        return side === 'src'
          ? [
              { ...nat, packetOut: own },
              { ...vpc, packetIn: own, packetOut: own },
              { ...hop, packetIn: own },
            ]
          : [
              { ...hop, packetOut: own },
              { ...vpc, packetIn: own, packetOut: own },
              { ...nat, packetIn: own },
            ]
      })
    const observed = out.observed!
    const trace = pathChanged(out, {
      forward: byNatGateway(observed.forward, 'src'),
      reply: byNatGateway(observed.reply, 'dst'),
    })
    const facts: InternetFacts = { ...internetFacts(trace), natGateway }

    test('the statements speak of the NAT gateway, and hold', () => {
      const checks = checkAll(podToInternet, facts, words)
      expect(statesOf(checks.filter(({ state }) => state !== 'passed'))).toBe('')
      const texts = checks.map(({ statement }) => statement).join('\n')
      expect(texts).toContain('on to the NAT gateway 192.168.101.7')
      expect(texts).toContain(
        'exactly three times: 192.168.1.239 → 192.168.1.138 → 192.168.101.7 → 203.0.113.38',
      )
    })

    const natRows: readonly Row<InternetFacts>[] = [
      {
        because: 'the packet went to the internet gateway at once',
        facts: { ...internetFacts(), natGateway },
        id: 'pod-to-internet.5',
        state: 'failed',
        at: 'vpc/vpc-0d1e2f3a4b5c6d7e8',
        reason: 'igw/igw-0a9b8c7d6e5f40312, not to nat',
      },
      {
        because: 'the internet sees an address that is not the NAT gateway’s',
        facts: { ...facts, seenAs: '203.0.113.99' },
        id: 'pod-to-internet.5a',
        state: 'failed',
        at: 'igw/igw-0a9b8c7d6e5f40312',
        reason: '203.0.113.99, not 203.0.113.38',
      },
      {
        because: 'only two translations happened',
        facts: { ...internetFacts(), natGateway },
        id: 'pod-to-internet.6',
        state: 'failed',
        at: 'igw/igw-0a9b8c7d6e5f40312',
        reason: '2 translations instead of 3',
      },
    ]
    test.each(natRows)('$id breaks when $because', (row) => {
      expectBroken(checkAll(podToInternet, row.facts, words), row)
    })

    describe('with EXTERNALSNAT', () => {
      const pod = '192.168.1.239'
      /** The node hands the packet on as it came, and the reply. */
      const asPod = (way: readonly Hop[], side: 'src' | 'dst'): Hop[] =>
        way.map((hop) => {
          const own = (view: PacketView | null) =>
            view?.[side] === '192.168.1.138' ? { ...view, [side]: pod } : view
          return { ...hop, packetIn: own(hop.packetIn), packetOut: own(hop.packetOut) }
        })
      const through = trace.observed!
      const external: InternetFacts = {
        ...internetFacts(
          {
            ...pathChanged(trace, {
              forward: asPod(through.forward, 'src'),
              reply: asPod(through.reply, 'dst'),
            }),
            translations: [],
          },
          node1({
            iptables: texts.node1.iptables!.filter((line) => !/AWS-(SNAT|CONNMARK)-CHAIN/.test(line)),
          }),
        ),
        natGateway,
        externalSnat: true,
      }

      test('the statements speak of the pod’s own address, and hold', () => {
        const checks = checkAll(podToInternet, external, words)
        expect(statesOf(checks.filter(({ state }) => state !== 'passed'))).toBe('')
        expect(checks.find(({ id }) => id === 'pod-to-internet.6')?.statement).toBe(
          'SNAT happens exactly twice: 192.168.1.239 → 192.168.101.7 → 203.0.113.38',
        )
      })

      const rows: readonly Row<InternetFacts>[] = [
        {
          because: 'the node’s rules rewrite all the same',
          facts: { ...facts, externalSnat: true },
          id: 'pod-to-internet.4',
          state: 'failed',
          at: ids.node1,
          reason: 'another rule rewrites it',
        },
        {
          because: 'the packet leaves the node with its address all the same',
          facts: { ...facts, externalSnat: true },
          id: 'pod-to-internet.4a',
          state: 'failed',
          at: ids.node1,
          reason: '192.168.1.138, not 192.168.1.239',
        },
        {
          because: 'three translations happen',
          facts: { ...facts, externalSnat: true },
          id: 'pod-to-internet.6',
          state: 'failed',
          at: 'igw/igw-0a9b8c7d6e5f40312',
          reason: '3 translations instead of 2',
        },
      ]
      test.each(rows)('$id breaks when $because', (row) => {
        expectBroken(checkAll(podToInternet, row.facts, words), row)
      })
    })

    test('the public address is the NAT gateway’s', () => {
      const shown = { ...publicAddressFacts(), natGateway }
      const checks = checkAll(publicAddress, shown, words)
      expect(checks.map(({ state }) => state)).toEqual(['passed', 'passed'])
      expect(checks[1]?.statement).toBe(
        'It is the public address of the NAT gateway 192.168.101.7: 203.0.113.38',
      )
    })
  })

  test('every statement has a row that makes it fail', () => {
    expect(
      podToInternet
        .map(({ id }) => id)
        .filter((id) => !rows.some((row) => row.id === id && row.state === 'failed')),
    ).toEqual([])
  })

  test('the evidence of the SNAT statement is the way through the chains', () => {
    const four = checkAll(podToInternet, internetFacts(), words).find(
      (check) => check.id === 'pod-to-internet.4',
    )!
    expect(four.evidence.map((piece) => (piece.kind === 'line' ? piece.line : piece.kind)).join('\n'))
      .toMatchInlineSnapshot(`
      "-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0
      -A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1
      -A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully"
    `)
  })

  test('a pod on a secondary ENI is marked and leaves by eth0 all the same', () => {
    const facts = internetTables(
      node1({
        links: [...texts.node1.links, ['eth1', '02:00:00:00:00:09', '192.168.1.55/24']],
        rules: [
          ...texts.node1.rules.slice(0, 3),
          '1536:\tfrom 192.168.1.239 lookup 2',
          ...texts.node1.rules.slice(3),
        ],
        routes: [
          ...texts.node1.routes,
          'default via 192.168.1.1 dev eth1 table 2 ',
          '192.168.1.1 dev eth1 table 2 scope link ',
        ],
      }),
    )
    const checks = checkAll(podToInternet, facts, words)
    expect(checks.filter((check) => check.state !== 'passed')).toEqual([])
    const three = checks.find((check) => check.id === 'pod-to-internet.3')!
    expect(three.evidence.flatMap((piece) => (piece.kind === 'line' ? piece.line.trim() : []))).toEqual([
      '1024: from all fwmark 0x80/0x80 lookup main',
      'default via 192.168.1.1 dev eth0',
    ])
  })

  test('the flat chain of CNI 1.16.2 and later holds as well', () => {
    const flat = nat
      .filter((line) => !line.startsWith('-A AWS-SNAT'))
      .concat(
        '-A AWS-SNAT-CHAIN-0 -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j RETURN',
        snatLine.replace('CHAIN-1', 'CHAIN-0'),
      )
    const checks = checkAll(podToInternet, internetTables(node1({ iptables: flat })), words)
    expect(checks.filter((check) => check.state !== 'passed')).toEqual([])
  })
})

describe('public address', () => {
  const good = publicAddressFacts()
  test('both statements hold', () => {
    expect(statesOf(checkAll(publicAddress, good, words))).toBe('1 passed\n2 passed')
  })
  const rows: readonly Row<PublicAddressFacts>[] = [
    {
      because: 'the pod leaves by a NAT gateway',
      facts: { ...good, pod: { ...good.pod, answer: '203.0.113.200\n' } },
      id: 'public-address.1',
      state: 'failed',
      at: ids.pod1,
      reason: 'the pod is seen as 203.0.113.200',
    },
    {
      because: 'the pod got no answer',
      facts: { ...good, pod: { ...good.pod, answer: null, error: 'curl: (28) timed out' } },
      id: 'public-address.1',
      state: 'failed',
      at: ids.pod1,
      reason: 'timed out',
    },
    {
      because: 'a captive portal answered the node',
      facts: { ...good, node: { ...good.node, answer: '<html>' } },
      id: 'public-address.1',
      state: 'failed',
      at: ids.node1,
      reason: 'is no address',
    },
    {
      because: 'EC2 gives the node another public address',
      facts: { ...good, publicAddress: '203.0.113.1' },
      id: 'public-address.2',
      state: 'failed',
      at: ids.node1,
      reason: 'not 203.0.113.1',
    },
    {
      because: 'nobody told the node’s public address',
      facts: { ...good, publicAddress: null },
      id: 'public-address.2',
      state: 'unknown',
      at: ids.node1,
      reason: 'neither EC2 nor Kubernetes',
    },
  ]
  test.each(rows)('$id breaks when $because', (row) => {
    expectBroken(checkAll(publicAddress, row.facts, words), row)
  })
})
