import { describe, expect, test } from 'vitest'
import type { Hop, PacketView } from '../model/path/path.ts'
import { checkAll } from './claim.ts'
import type { InternetFacts } from './facts.ts'
import { podToInternet } from './pod-to-internet.ts'
import { publicAddress } from './public-address.ts'
import { ids, texts, internetFacts, publicAddressFacts } from './tutorial-facts.contract.ts'
import { type Row, expectBroken, node1, out, pathChanged, statesOf, words } from './changed-trace.contract.ts'

describe('pod to the internet', () => {
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
})
