import { describe, expect, test } from 'vitest'
import { snatLine } from '../report/tutorial-run.contract.ts'
import { checkAll } from './claim.ts'
import type { InternetFacts } from './facts.ts'
import { podToInternet } from './pod-to-internet.ts'
import { edited, ids, internetFacts, texts } from './tutorial-facts.contract.ts'
import {
  type Row,
  expectBroken,
  hopChanged,
  internetTables,
  node1,
  out,
  packetChanged,
  pathChanged,
  pod,
  unseen,
  words,
} from './changed-trace.contract.ts'

describe('pod to the internet', () => {
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

  test('every statement has a row that makes it fail', () => {
    expect(
      podToInternet
        .map(({ id }) => id)
        .filter((id) => !rows.some((row) => row.id === id && row.state === 'failed')),
    ).toEqual([])
  })
})
