import type { TraceLine } from '../../model/kernel/trace-line.ts'
import { expect, test } from 'vitest'
import { readTraceLine } from './kfree-skb.ts'

const lines: readonly {
  readonly line: string
  readonly read: TraceLine | null
  readonly because: string
}[] = [
  {
    line: '            ping-29416   [000] ..s1. 40804.704528: kfree_skb: skbaddr=00000000aa2fd750 rx_sk=0000000000000000 protocol=2048 location=ping_rcv+0xab/0xd0 reason: NO_SOCKET',
    read: { kind: 'drop', time: 40804.704528, function: 'ping_rcv', reason: 'NO_SOCKET' },
    because: 'Linux 6.18 prints where and why',
  },
  {
    line: '     ksoftirqd/1-22 [001] ..s.. 1.5: kfree_skb: skbaddr=0000000011111111 protocol=2048 location=nft_do_chain+0x421/0x4d0 [nf_tables] reason: NETFILTER_DROP',
    read: { kind: 'drop', time: 1.5, function: 'nft_do_chain', reason: 'NETFILTER_DROP' },
    because: 'a function of a module has its name behind it',
  },
  {
    line: '          <idle>-0 [001] ..s.. 1.5: kfree_skb: skbaddr=0000000011111111 protocol=2048 location=00000000c0ffee00 reason: NETFILTER_DROP',
    read: { kind: 'drop', time: 1.5, function: null, reason: 'NETFILTER_DROP' },
    because: 'Linux 5.17 to 5.19 print the reason beside an address that is hashed',
  },
  {
    line: '          <idle>-0 [001] ..s. 1.5: kfree_skb: skbaddr=00000000abcdef12 protocol=2048 location=00000000c0ffee00',
    read: { kind: 'drop', time: 1.5, function: null, reason: null },
    because: 'Linux 5.10 knows no reasons',
  },
  {
    line: ' => nf_hook_slow',
    read: { kind: 'frame', function: 'nf_hook_slow' },
    because: 'the stack behind it has the names',
  },
  {
    line: '            bash-29131   [000] ...1. 40804.712261: tracing_mark_write: podpath begin 1',
    read: { kind: 'mark', time: 40804.712261, text: 'podpath begin 1' },
    because: 'our own marks stand between',
  },
  {
    line: '     kworker-1 [001] ..s. 1.5: kfree_skb: skbaddr=0000 rx_sk=0000 protocol=0 location=netlink_unicast+0x1/0x2 reason: NOT_SPECIFIED',
    read: null,
    because: 'netlink’s messages are no packets',
  },
  { line: 'CPU:1 [LOST 512 EVENTS]', read: { kind: 'lost' }, because: 'nobody read in time' },
  { line: '# tracer: nop', read: null, because: 'a comment' },
  { line: '', read: null, because: 'nothing' },
]

test.each(lines)('$because', ({ line, read }) => {
  expect(readTraceLine(line)).toEqual(read)
})
