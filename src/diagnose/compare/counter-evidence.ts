import type { StackCounters } from '../../model/stack/counters.ts'
import { readIptablesSave } from '../../linux/netfilter/iptables-save.ts'
import { readNetstat } from '../../linux/ip/netstat.ts'
import type { Evidence } from '../../model/result/finding.ts'

export type CounterEvidence = Extract<Evidence, { kind: 'counter' }>

/**
 * Counters that grow when the kernel drops a packet or refuses one (include/uapi/linux/snmp.h); those of a busy node
 * that grow all the time are left out.
 */
const dropCounters: ReadonlySet<string> = new Set([
  'TcpExtIPReversePathFilter',
  'TcpExtListenDrops',
  'TcpExtListenOverflows',
  'TcpExtTCPBacklogDrop',
  'IpInHdrErrors',
  'IpInAddrErrors',
  'IpInDiscards',
  'IpInUnknownProtos',
  'IpOutDiscards',
  'IpOutNoRoutes',
  'IpFragFails',
  'IpReasmFails',
  'IpExtInNoRoutes',
  'IpExtInTruncatedPkts',
  'UdpNoPorts',
  'UdpRcvbufErrors',
  'UdpInErrors',
  'IcmpOutDestUnreachs',
  'IcmpOutTimeExcds',
])

/** The lines and kernel counters that mean a dropped packet and rose while the probe was on its way, stack by stack. Pure. */
export function counterEvidence(before: StackCounters, after: StackCounters): readonly CounterEvidence[] {
  return [...after].flatMap(([at, texts]) => {
    const earlier = before.get(at)
    if (!earlier) return []
    const rules = risen(dropRules(earlier.iptables), dropRules(texts.iptables))
    const kernel = risen(readNetstat(earlier.netstat), readNetstat(texts.netstat)).filter(({ line }) =>
      dropCounters.has(line),
    )
    return [...rules, ...kernel].map((one) => ({ kind: 'counter' as const, at, ...one }))
  })
}

function risen(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly { readonly line: string; readonly before: number; readonly after: number }[] {
  return [...after].flatMap(([line, now]) => {
    const then = before.get(line) ?? 0
    return now > then ? [{ line, before: then, after: now }] : []
  })
}

/** Rules that drop or reject, and chains that drop by their policy, with the packets that they have seen. */
function dropRules(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const add = (line: string, packets: number): void => {
    found.set(line, (found.get(line) ?? 0) + packets)
  }
  for (const ruleset of readIptablesSave(text, 4).value)
    for (const table of ruleset.tables)
      for (const chain of table.chains) {
        if (chain.policy === 'DROP') add(chain.line, chain.counter?.packets ?? 0)
        for (const rule of chain.rules)
          if (rule.target?.name === 'DROP' || rule.target?.name === 'REJECT')
            add(rule.line, rule.counter?.packets ?? 0)
      }
  return found
}
