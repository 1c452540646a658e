import type { StackId } from './stack-id.ts'

/** What the kernel of one stack has counted, as its tools print it. */
export interface CounterTexts {
  /** `iptables-save -c` of every backend in use, without the rules that never matched. */
  readonly iptables: string
  /** /proc/net/netstat and /proc/net/snmp, one after the other. */
  readonly netstat: string
}

export type StackCounters = ReadonlyMap<StackId, CounterTexts>
