import type { Scenario, TestFlow } from './scenario.ts'
import type { Logged } from './nflog.ts'

/** Each packet that was sent, and where it was seen. */

/** One sighting at one hook of one stack: before everything (pre), after everything (in, post), or as sent (out). */
export interface Seen {
  readonly hook: 'pre' | 'in' | 'post' | 'out'
  readonly stack: number
  readonly device: string
  readonly src: string
  readonly dst: string
  readonly sourcePort: number
  readonly destinationPort: number
}

export interface Observation {
  readonly flow: TestFlow
  readonly sent: string
  readonly forward: readonly Seen[]
  readonly reply: readonly Seen[]
}
export function sightings(
  scenario: Scenario,
  logs: readonly (readonly Logged[])[],
  sent: ReadonlyMap<number, string>,
): readonly Observation[] {
  const empty = (): { forward: Seen[]; reply: Seen[] } => ({ forward: [], reply: [] })
  const byFlow = new Map(scenario.flows.map((flow) => [flow.id, empty()]))
  const byLength = new Map(
    scenario.flows.filter((flow) => flow.protocol !== 'tcp').map((flow) => [flow.length, flow]),
  )
  const bySequence = new Map<number, TestFlow>()
  for (const flow of scenario.flows)
    if (flow.protocol === 'tcp')
      for (const one of logs[flow.from] ?? [])
        if (
          one.hook === 'out' &&
          one.protocol === 'tcp' &&
          one.first === flow.sourcePort &&
          (one.flags & 0x12) === 2
        )
          bySequence.set(one.sequence, flow)
  logs.forEach((log, stack) => {
    for (const one of log) {
      const seen: Seen = {
        hook: one.hook,
        stack,
        device: one.device,
        src: one.src,
        dst: one.dst,
        sourcePort: one.first,
        destinationPort: one.second,
      }
      let flow: TestFlow | undefined
      let reply: boolean
      if (one.protocol === 'tcp') {
        const syn = (one.flags & 0x12) === 2
        reply = (one.flags & 0x12) === 0x12
        flow = syn
          ? bySequence.get(one.sequence)
          : reply
            ? bySequence.get((one.acknowledgement + 4294967295) % 4294967296)
            : undefined
      } else {
        reply = one.protocol === 'icmp' ? one.icmpType === 0 : one.length % 2 === 1
        if (one.protocol === 'icmp' && one.icmpType !== 0 && one.icmpType !== 8) continue
        flow = byLength.get(one.protocol === 'udp' && reply ? one.length + 1 : one.length)
      }
      if (!flow || flow.protocol !== one.protocol) continue
      const list = byFlow.get(flow.id)
      ;(reply ? list?.reply : list?.forward)?.push(seen)
    }
  })
  return scenario.flows.map((flow) => ({
    flow,
    sent: sent.get(flow.id) ?? 'no answer',
    ...(byFlow.get(flow.id) ?? empty()),
  }))
}
