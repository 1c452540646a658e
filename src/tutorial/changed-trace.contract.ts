import { expect } from 'vitest'
import { catalogue } from '../i18n/catalogues.ts'
import type { Hop, PacketView, Path } from '../model/path/path.ts'
import type { Check, TraceResult } from '../model/result/result.ts'
import { pod1, pod3, podToInternetTrace, podToPodTrace } from '../report/tutorial-run.contract.ts'
import type { FlowFacts, InternetFacts } from './facts.ts'
import { flowFacts, internetFacts, type Texts, texts } from './tutorial-facts.contract.ts'

/** The tutorial's traces and facts with one thing changed, and what must become of a statement. For tests only. */

export const words = catalogue('en')

export const statesOf = (checks: readonly Check[]): string =>
  checks.map((check) => `${check.id.split('.')[1]} ${check.state}`).join('\n')

type Side = keyof Pick<Hop, 'packetIn' | 'packetOut'>

/** The trace with one hop changed. */
export function hopChanged(
  trace: TraceResult,
  way: 'forward' | 'reply',
  stack: string,
  change: (hop: Hop) => Hop,
): TraceResult {
  const observed = trace.observed!
  expect(observed[way].some((hop) => hop.stack === stack)).toBe(true)
  return {
    ...trace,
    observed: { ...observed, [way]: observed[way].map((hop) => (hop.stack === stack ? change(hop) : hop)) },
  }
}

export const packetChanged =
  (side: Side, change: Partial<PacketView>) =>
  (hop: Hop): Hop => ({ ...hop, [side]: { ...hop[side]!, ...change } })

export const unseen =
  (side: Side) =>
  (hop: Hop): Hop => ({ ...hop, [side]: null })

export const pathChanged = (trace: TraceResult, change: Partial<Path>): TraceResult => ({
  ...trace,
  observed: { ...trace.observed!, ...change },
})

export const ping = podToPodTrace(pod1, pod3)
export const out = podToInternetTrace()
export const tables = (changed: Partial<Texts>): FlowFacts => flowFacts(ping, changed)
export const internetTables = (changed: Partial<Texts>): InternetFacts => internetFacts(out, changed)
export const node1 = (change: Partial<Texts['node1']>): Partial<Texts> => ({
  node1: { ...texts.node1, ...change },
})
export const node3 = (change: Partial<Texts['node1']>): Partial<Texts> => ({
  node3: { ...texts.node3, ...change },
})
export const pod = (change: Partial<Texts['node1']>): Partial<Texts> => ({
  pod1: { ...texts.pod1, ...change },
})
export const withoutStack = <Facts extends FlowFacts>(facts: Facts, id: string): Facts => ({
  ...facts,
  stacks: new Map([...facts.stacks].filter(([one]) => one !== id)),
})
export const lossy = <Facts extends FlowFacts>(facts: Facts, id: string, lost: number | null): Facts => ({
  ...facts,
  captures: new Map(
    [...facts.captures].flatMap(([one, count]): [string, number][] =>
      one !== id ? [[one, count]] : lost === null ? [] : [[one, lost]],
    ),
  ),
})

export interface Row<Facts> {
  readonly because: string
  readonly facts: Facts
  readonly id: string
  readonly state: 'failed' | 'unknown'
  readonly at: string | null
  readonly reason: string
}

export function expectBroken<Facts>(checks: readonly Check[], row: Row<Facts>): void {
  const check = checks.find((one) => one.id === row.id)
  expect({ state: check?.state, at: check?.at }).toEqual({ state: row.state, at: row.at })
  expect(check?.reason).toContain(row.reason)
}
