/** The kernel's judgement of the engine on one network. */
import { compare, type Agreement } from './compare.ts'
import { observe } from './kernel.ts'
import type { Scenario } from './scenario.ts'

export type Disagreement = Extract<Agreement, { kind: 'disagrees' }>

/**
 * All flows are sent at once. Where that is not as predicted the flow is sent again alone, and that is what counts: a
 * prediction is of one flow, and others change what the stacks know. Whose ARP request came first, for one, decides
 * which address a stack that nobody answers has learned (arp_process keeps who asked).
 */
export async function judge(scenario: Scenario): Promise<readonly Agreement[]> {
  const together = compare(await observe(scenario), scenario.six)
  if (scenario.flows.length === 1) return together
  const judged: Agreement[] = []
  for (const one of together) judged.push(one.kind === 'disagrees' ? await alone(scenario, one) : one)
  return judged
}

async function alone(scenario: Scenario, { flow }: Disagreement): Promise<Agreement> {
  const [found] = compare(await observe({ ...scenario, flows: [flow] }), scenario.six)
  if (!found) throw new Error(`flow ${flow.id} was not observed`)
  return found
}
