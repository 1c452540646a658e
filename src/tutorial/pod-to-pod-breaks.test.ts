import { describe, expect, test } from 'vitest'
import { pod1, pod3 } from '../report/tutorial-run.contract.ts'
import { checkAll } from './claim.ts'
import type { FlowFacts } from './facts.ts'
import { podToPod } from './pod-to-pod.ts'
import { edited, flowFacts, ids, texts } from './tutorial-facts.contract.ts'
import {
  type Row,
  expectBroken,
  hopChanged,
  lossy,
  node1,
  node3,
  packetChanged,
  pathChanged,
  ping,
  pod,
  tables,
  unseen,
  withoutStack,
  words,
} from './changed-trace.contract.ts'

describe('pod to pod', () => {
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
})
