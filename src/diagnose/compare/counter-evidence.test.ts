import { expect, test } from 'vitest'
import { counterEvidence } from './counter-evidence.ts'

const iptables = (drops: number, policy: number): string =>
  [
    '*filter',
    ':INPUT ACCEPT [900:9000]',
    `:FORWARD DROP [${policy}:840]`,
    `[${drops}:1000] -A FORWARD -s 10.0.0.1/32 -j DROP`,
    `[${drops * 7}:1000] -A FORWARD -j ACCEPT`,
    'COMMIT',
  ].join('\n')

const netstat = (reverse: number): string =>
  [
    'TcpExt: SyncookiesSent IPReversePathFilter TCPTimeouts',
    `TcpExt: 0 ${reverse} ${reverse + 5}`,
    'Ip: Forwarding OutNoRoutes',
    'Ip: 1 0',
  ].join('\n')

const stack = (drops: number, policy: number, reverse: number) =>
  new Map([['node/a', { iptables: iptables(drops, policy), netstat: netstat(reverse) }]])

test('names the drop rules, the dropping policies and the kernel’s drop counters that rose, and nothing else', () => {
  expect(counterEvidence(stack(3, 10, 0), stack(5, 11, 2))).toEqual([
    { kind: 'counter', at: 'node/a', line: ':FORWARD DROP [0:0]', before: 10, after: 11 },
    { kind: 'counter', at: 'node/a', line: '-A FORWARD -s 10.0.0.1/32 -j DROP', before: 3, after: 5 },
    { kind: 'counter', at: 'node/a', line: 'TcpExtIPReversePathFilter', before: 0, after: 2 },
  ])
})

test('what did not rise, and a stack that was not read before, is no evidence', () => {
  expect(counterEvidence(stack(3, 10, 4), stack(3, 10, 4))).toEqual([])
  expect(counterEvidence(new Map(), stack(3, 10, 4))).toEqual([])
})
