import { describe, expect, test } from 'vitest'
import { snatLine } from '../report/tutorial-run.contract.ts'
import { checkAll } from './claim.ts'
import { podToInternet } from './pod-to-internet.ts'
import { internetFacts, texts } from './tutorial-facts.contract.ts'
import { internetTables, node1, statesOf, words } from './changed-trace.contract.ts'

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
