import type { Check } from '../../model/result/result.ts'
import { stackKind, type StackKind } from '../../model/stack/stack-id.ts'
import type { Box } from '../drawing.ts'
import { numberOf } from '../summary.ts'

/** One number of the tutorial with all its parts (`4`, `4a`, `4b`). */
export interface Step {
  readonly number: string
  /** Of the worst of its parts. */
  readonly state: Check['state']
  readonly parts: readonly Check[]
}

/** Where in a drawing a statement belongs: the first or the last place of a kind. */
type Spot = readonly ['first' | 'last', StackKind]

const spots: Readonly<Record<string, readonly Spot[]>> = {
  'pod-to-pod.1': [
    ['first', 'pod'],
    ['last', 'pod'],
  ],
  'pod-to-pod.2': [['first', 'pod']],
  'pod-to-pod.3': [['first', 'pod']],
  'pod-to-pod.4': [['first', 'pod']],
  'pod-to-pod.5': [['first', 'node']],
  'pod-to-pod.6': [['first', 'vpc']],
  'pod-to-pod.7': [['last', 'node']],
  'pod-to-internet.1': [['first', 'pod']],
  'pod-to-internet.2': [['first', 'pod']],
  'pod-to-internet.3': [['first', 'node']],
  'pod-to-internet.4': [['first', 'node']],
  'pod-to-internet.5': [
    ['first', 'vpc'],
    ['first', 'nat'],
    ['first', 'igw'],
  ],
  'pod-to-internet.6': [['last', 'internet']],
}

/** The checks by number, in the order of the tutorial. */
export function stepsOf(checks: readonly Check[]): readonly Step[] {
  const numbers = new Map<string, readonly Check[]>()
  for (const check of checks) {
    const number = numberOf(check).replace(/[a-z]+$/, '')
    numbers.set(number, [...(numbers.get(number) ?? []), check])
  }
  return [...numbers].map(([number, parts]) => ({ number, state: worst(parts), parts }))
}

const worst = (parts: readonly Check[]): Check['state'] =>
  parts.some((part) => part.state === 'failed')
    ? 'failed'
    : parts.some((part) => part.state === 'unknown')
      ? 'unknown'
      : 'passed'

/** The steps that speak of the place at `index`. */
export const stepsAt = (steps: readonly Step[], boxes: readonly Box[], index: number): readonly Step[] =>
  steps.filter((step) =>
    (spots[step.parts[0]?.id.replace(/[a-z]+$/, '') ?? ''] ?? []).some(([end, kind]) => {
      const isKind = (box: Box): boolean => stackKind(box.stack) === kind
      return (end === 'first' ? boxes.findIndex(isKind) : boxes.findLastIndex(isKind)) === index
    }),
  )
