/** What an edit does to other flows than the one that was asked for: exact, for the flows that are given. */
import type { CompiledFabric } from '../../forward/compiled/fabric.ts'
import type { Budget } from '../../forward/run/budget.ts'
import { predict, type Flow, type Prediction } from '../../forward/walk/predict.ts'
import { applyEdits } from '../../forward/edit/apply-edits.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { isDelivered } from '../causes/trial.ts'

/** Indexes into the flows. */
export interface Effect {
  /** Lost before, delivered afterwards. */
  readonly opens: readonly number[]
  /** Delivered before, lost or unknown afterwards. */
  readonly closes: readonly number[]
  /** Delivered before and after, by another path, or with other addresses. */
  readonly moves: readonly number[]
  /** How many flows were not looked at, because there were too many. */
  readonly left: number
}

/** A prediction costs some 10 µs where it is a plain one, and a page of them is read by nobody. */
const mostFlows = 5_000

/**
 * @param before the predictions as things are; null: they are not known yet
 * @param allowance the steps that all of it may take
 */
export function effectOf(
  fabric: CompiledFabric,
  edits: readonly Edit[],
  flows: readonly Flow[],
  before: readonly Prediction[] | null,
  allowance: Budget,
): Effect {
  const edited = applyEdits(fabric, edits)
  const found = { opens: [] as number[], closes: [] as number[], moves: [] as number[] }
  let looked = 0
  for (const [index, flow] of flows.slice(0, mostFlows).entries()) {
    const was = before?.[index] ?? predict(fabric, flow, allowance)
    const is = predict(edited, flow, allowance)
    // What was cut short says nothing.
    if (allowance.left <= 0) break
    looked++
    const wasDelivered = was.paths.every(isDelivered)
    const isNow = is.paths.every(isDelivered)
    if (wasDelivered && !isNow) found.closes.push(index)
    else if (!wasDelivered && isNow) found.opens.push(index)
    else if (wasDelivered && pathText(was) !== pathText(is)) found.moves.push(index)
  }
  return { ...found, left: flows.length - looked }
}

/** By what interfaces it goes, with which addresses: what the lines say is not part of it. */
export const pathText = ({ paths }: Prediction): string =>
  paths
    .map((predicted) => {
      const { forward, reply } = predicted.path()
      return [...forward, ...reply]
        .map(({ stack, in: from, out, packetOut }) =>
          [stack, from, out, packetOut?.src, packetOut?.dst, packetOut?.destinationPort].join(' '),
        )
        .join('\n')
    })
    .toSorted()
    .join('\n\n')
