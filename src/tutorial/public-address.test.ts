import { describe, expect, test } from 'vitest'
import { checkAll } from './claim.ts'
import type { PublicAddressFacts } from './facts.ts'
import { publicAddress } from './public-address.ts'
import { ids, publicAddressFacts } from './tutorial-facts.contract.ts'
import { type Row, expectBroken, statesOf, words } from './changed-trace.contract.ts'

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
