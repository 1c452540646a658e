/** Flows that fail, grouped by what mends them: one fault is told once, however many flows it breaks. */
import type { Breath } from '../edge/breath.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import { applyEdits } from '../forward/edit/apply-edits.ts'
import type { Budget } from '../forward/run/budget.ts'
import { predict, type Flow } from '../forward/walk/predict.ts'
import type { Edit } from '../model/fabric/edit.ts'
import type { Cause, Diagnosis, Symptom } from '../model/diagnosis/diagnosis.ts'
import { isDelivered } from './causes/trial.ts'
import { deviations } from './deviations/deviations.ts'
import { detoursOf, diagnoseDetour } from './diagnose-detour.ts'
import { diagnoseRedirect } from './diagnose-redirect.ts'
import { diagnoseFlow } from './diagnose-flow.ts'

/** Whatever fails, and the flow that it is. */
interface Failing {
  readonly flow: Flow
}

/** A cause and what it breaks; of causes that are equals, the first. */
export interface CauseGroup<Item extends Failing> {
  readonly cause: Cause
  /** Others that would mend the first of them as well. */
  readonly equals: readonly Cause[]
  readonly symptom: Symptom
  readonly items: readonly Item[]
}

export interface Grouped<Item extends Failing> {
  /** The one that breaks most comes first. */
  readonly groups: readonly CauseGroup<Item>[]
  /** What no edit mends. */
  readonly unexplained: readonly { readonly item: Item; readonly diagnosis: Diagnosis }[]
  /** Too many to look into. */
  readonly left: readonly Item[]
}

interface Open<Item extends Failing> extends CauseGroup<Item> {
  cause: Cause
  /** The fabric after the edits of the cause; null: it has none. */
  mended: CompiledFabric | null
  readonly items: Item[]
}

/** Searching takes some hundredth of a second: enough different causes are found by then. */
const mostSearches = 200

/**
 * A cause that is known is tried first: most flows that fail do so for the same one. Rejects with the breath's
 * reason.
 * @param allowance the steps that all of it may take
 */
export async function groupCauses<Item extends Failing>(
  { compiled, objects }: Pick<Predictor, 'compiled' | 'objects'>,
  failing: readonly Item[],
  breath: Breath,
  allowance: Budget,
): Promise<Grouped<Item>> {
  const groups: Open<Item>[] = []
  const unexplained: { item: Item; diagnosis: Diagnosis }[] = []
  const left: Item[] = []
  let searches = 0
  for (const item of failing) {
    if (breath.isDue) await breath.take()
    if (allowance.left <= 0) {
      left.push(item)
      continue
    }
    const known = groups.find(
      ({ mended }) => mended !== null && predict(mended, item.flow, allowance).paths.every(isDelivered),
    )
    if (known !== undefined) {
      known.items.push(item)
      continue
    }
    if (searches++ >= mostSearches) {
      left.push(item)
      continue
    }
    const diagnosis = diagnoseFlow(compiled, objects, item.flow, allowance)
    if (diagnosis === null) continue
    const { causes, symptom } = diagnosis
    const [cause, ...equals] = causes
    // What only weakens a protection explains nothing.
    if (cause === undefined || cause.kind === 'weakening') {
      unexplained.push({ item, diagnosis })
      continue
    }
    const same = groups.find((group) => causeKey(group.cause) === causeKey(cause))
    if (same !== undefined) {
      same.items.push(item)
      const edits = unlikeEdits([...same.cause.edits, ...cause.edits])
      // A setting writes lines on every node: each flow shows those of its own.
      if (edits.length > same.cause.edits.length) {
        same.cause = { ...same.cause, edits }
        same.mended = applyEdits(compiled, edits)
      }
    } else {
      const mended = cause.edits.length === 0 ? null : applyEdits(compiled, cause.edits)
      groups.push({ cause, equals, symptom, mended, items: [item] })
    }
  }
  return {
    groups: groups.toSorted((one, other) => other.items.length - one.items.length),
    unexplained,
    left,
  }
}

/** Flows that arrive and not as intended, by what misleads them. */
export const groupDetours = <Item extends Failing>(
  { compiled, objects }: Pick<Predictor, 'compiled' | 'objects'>,
  delivered: readonly Item[],
): readonly CauseGroup<Item>[] => grouping(delivered, ({ flow }) => diagnoseDetour(compiled, objects, flow))

/**
 * The same where nothing was sent, of as many flows as a matrix has; and those that a pod's own rules never let out of it. Rejects
 * with the breath's reason.
 * @param lost what is told already, because it breaks others
 * @param allowance the steps that all of it may take
 */
export async function groupMisled<Item extends Failing>(
  { compiled, objects }: Pick<Predictor, 'compiled' | 'objects'>,
  delivered: readonly Item[],
  lost: readonly CauseGroup<Item>[],
  breath: Breath,
  allowance: Budget,
): Promise<readonly CauseGroup<Item>[]> {
  const detour = detoursOf(compiled, deviations(compiled.fabric, objects))
  const found = new Map<Item, Diagnosis>()
  for (const item of delivered) {
    if (breath.isDue) await breath.take()
    if (allowance.left <= 0) break
    const diagnosis =
      detour(item.flow, predict(compiled, item.flow, allowance)) ??
      diagnoseRedirect(compiled, objects, item.flow)
    if (diagnosis !== null) found.set(item, diagnosis)
  }
  const told = new Set(lost.flatMap(({ cause, equals }) => [cause, ...equals].map(causeKey)))
  return grouping([...found.keys()], (item) => found.get(item) ?? null).filter(
    ({ cause }) => !told.has(causeKey(cause)),
  )
}

/** By the first cause of each; what has none is left out. */
export function grouping<Item extends Failing>(
  items: readonly Item[],
  diagnose: (item: Item) => Diagnosis | null,
): readonly CauseGroup<Item>[] {
  const groups: { cause: Cause; equals: readonly Cause[]; symptom: Symptom; items: Item[] }[] = []
  for (const item of items) {
    const diagnosis = diagnose(item)
    const [cause, ...equals] = diagnosis?.causes ?? []
    if (diagnosis === null || cause === undefined) continue
    const same = groups.find((group) => causeKey(group.cause) === causeKey(cause))
    if (same === undefined) groups.push({ cause, equals, symptom: diagnosis.symptom, items: [item] })
    else same.items.push(item)
  }
  return groups
}

/** The same for the same line at the same place; a setting is the same one on every node. */
export const causeKey = ({ code, at, by, missing }: Cause): string =>
  JSON.stringify(isSetting(missing) ? [code, missing] : [code, at, by, missing])

const isSetting = (missing: string | null): boolean => /^AWS_[A-Z0-9_]+=/.test(missing ?? '')

/** Each once. */
export const unlikeEdits = (edits: readonly Edit[]): readonly Edit[] => [
  ...new Map(edits.map((edit) => [JSON.stringify(edit, plain), edit])).values(),
]

/** Addresses of IPv6 are bigints, which JSON has not. */
const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
