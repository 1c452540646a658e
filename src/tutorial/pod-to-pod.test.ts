import { describe, expect, test } from 'vitest'
import type { Path } from '../model/path/path.ts'
import { pod1, podToPodTrace, pod2 } from '../report/tutorial-run.contract.ts'
import { checkAll } from './claim.ts'
import { podToPod } from './pod-to-pod.ts'
import { flowFacts, ids, texts } from './tutorial-facts.contract.ts'
import { hopChanged, node1, pathChanged, ping, statesOf, words } from './changed-trace.contract.ts'

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
