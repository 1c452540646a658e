import { describe, expect, test } from 'vitest'
import { usualPairs } from '../app/usual-pairs.ts'
import type { CompiledFabric } from '../forward/compiled/fabric.ts'
import { applyEdits } from '../forward/edit/apply-edits.ts'
import { flowAllowance } from '../forward/run/budget.ts'
import { predict, type Flow } from '../forward/walk/predict.ts'
import { isStackEdit, type Edit } from '../model/fabric/edit.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import { addedLine, chances } from './added-lines.fixture.ts'
import { isDelivered, isLost } from './causes/trial.ts'
import { diagnoseDetour } from './diagnose-detour.ts'
import { diagnoseFlow } from './diagnose-flow.ts'
import { pathText } from './effect/effect-of.ts'
import { saidEdit } from './findings/say-cause.ts'
import { lineEdits } from './line-edits.fixture.ts'
import { recordedLab, recordedModes } from './recorded.fixture.ts'

/**
 * One line of a healthy lab is removed, changed or added, by chance: a pair that it breaks has a cause that mends it, at that very
 * place; a pair that it does nothing to has none. PODPATH_EDITS=10000 tries as many, PODPATH_SEED another choice.
 */

const edits = Number(process.env['PODPATH_EDITS'] ?? 240)
const seed = Number(process.env['PODPATH_SEED'] ?? '1') || Date.now() % 100_000

const isFine = (compiled: CompiledFabric, flow: Flow): boolean =>
  predict(compiled, flow).paths.every(isDelivered)

/** What an edit is of: a stack, or an object of AWS. */
const placeOf = (edit: Edit): string => (isStackEdit(edit) ? edit.stack : saidEdit(edit).at)

/** Either end of a wire may be told to have the other's address. */
const placesOf = (edit: Edit, { wires }: Fabric): ReadonlySet<string> =>
  new Set([
    placeOf(edit),
    ...wires.flatMap(({ a, b }) =>
      edit.kind !== 'link'
        ? []
        : a.stack === edit.stack
          ? [b.stack]
          : b.stack === edit.stack
            ? [a.stack]
            : [],
    ),
  ])

describe.each(recordedModes)('%s', (mode) => {
  test('an edit by chance that breaks a pair is its cause or an equal of it, and accuses no other pair', async () => {
    const healthy = await recordedLab(mode)
    const chance = chances(seed + recordedModes.indexOf(mode))
    const flows = usualPairs(healthy).map(({ flow }) => flow)
    const ways = flows.map((flow) => pathText(predict(healthy.compiled, flow)))
    const lines = lineEdits(healthy.fabric)
    const wrong: string[] = []
    let broken = 0
    for (let n = 0; n < edits / recordedModes.length; n++) {
      const edit = chance(2) === 0 ? lines[chance(lines.length)] : addedLine(healthy.fabric, chance)
      if (edit == null) continue
      const edited = applyEdits(healthy.compiled, [edit])
      const said = JSON.stringify(saidEdit(edit))
      const lost = flows.find((flow) => predict(edited, flow).paths.some(isLost))
      const untouched = flows.find(
        (flow, index) => isFine(edited, flow) && pathText(predict(edited, flow)) === ways[index],
      )
      if (untouched !== undefined && diagnoseDetour(edited, healthy.objects, untouched) !== null)
        wrong.push(`${said}: accused by a pair that goes as before`)
      if (lost === undefined) continue
      broken++
      const causes = diagnoseFlow(edited, healthy.objects, lost, flowAllowance())?.causes ?? []
      const mends = causes.every((one) => isFine(applyEdits(edited, one.edits), lost))
      const places = placesOf(edit, healthy.fabric)
      const isThere = causes.some((one) => one.edits.some((other) => places.has(placeOf(other))))
      const isFirm = causes.length > 0 && causes.every(({ kind }) => kind !== 'weakening')
      if (!mends || !isThere || !isFirm)
        wrong.push(
          `${said}: ${causes.map(({ code, kind, at, by, missing }) => `${code} (${kind}) at ${at}: ${by ?? missing ?? ''}`).join(' | ') || 'no cause'}`,
        )
    }
    expect(wrong).toEqual([])
    expect(broken).toBeGreaterThan(edits / recordedModes.length / 10)
  })
})
