/**
 * Lines of the kernel's `trace_pipe` with the tracepoint skb:kfree_skb on: a packet was thrown away, where, and from Linux 5.17 on
 * why (include/trace/events/skb.h, include/net/dropreason-core.h). What others write there is none of ours.
 */
import type { TraceLine } from '../../model/kernel/trace-line.ts'

/** EtherTypes whose packets are looked at: IPv4, ARP, IPv6. Netlink's and unix sockets' have others, or none. */
const protocols = new Set(['2048', '2054', '34525'])

const drop =
  /\s(\d+\.\d+): kfree_skb: (?:\S+ )*?protocol=(\d+) location=(\S+)(?: \[[\w-]+\])?(?: reason: (\S+))?\s*$/
const frame = /^ => ([A-Za-z_][\w.]*)/
const mark = /\s(\d+\.\d+): tracing_mark_write: (.*)$/
const symbol = /^([A-Za-z_][\w.]*)(?:\+0x[\da-f]+\/0x[\da-f]+)?(?:\s|$)/

/** Null: a line that says nothing of a dropped packet. */
export function readTraceLine(line: string): TraceLine | null {
  const dropped = drop.exec(line)
  if (dropped) {
    const [, time, protocol = '', location = '', reason] = dropped
    if (!protocols.has(protocol)) return null
    return {
      kind: 'drop',
      time: Number(time),
      function: symbol.exec(location)?.[1] ?? null,
      reason: reason ?? null,
    }
  }
  const inner = frame.exec(line)?.[1]
  if (inner !== undefined) return { kind: 'frame', function: inner }
  const marked = mark.exec(line)
  if (marked) return { kind: 'mark', time: Number(marked[1]), text: (marked[2] ?? '').trim() }
  return /^CPU:\d+ \[LOST \d+ EVENTS\]/.test(line) ? { kind: 'lost' } : null
}
