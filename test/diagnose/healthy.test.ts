import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { usualPairs } from '../../src/app/usual-pairs.ts'
import { isDelivered, isLost } from '../../src/diagnose/causes/trial.ts'
import { deviations } from '../../src/diagnose/deviations/deviations.ts'
import { objectFaults } from '../../src/diagnose/deviations/objects.ts'
import { diagnoseFlow } from '../../src/diagnose/diagnose-flow.ts'
import type { CompiledFabric } from '../../src/forward/compiled/fabric.ts'
import { applyEdits } from '../../src/forward/edit/apply-edits.ts'
import { flowAllowance } from '../../src/forward/run/budget.ts'
import { predict, type Flow } from '../../src/forward/walk/predict.ts'
import type { Predictor } from '../../src/forward/walk/predictor.ts'
import { labUp, type TestLab } from '../lab/lab.ts'
import { lineEdits } from '../../src/diagnose/line-edits.fixture.ts'
import { snapshotOf } from './snapshot-of.ts'

/** Labs in which nothing is wrong, in every mode; then with one line of them edited, whichever it is. Needs namespaces and kubectl. */

const modes = [
  { name: 'dh-al2', options: [], because: 'the tutorial’s time: chained source NAT, legacy iptables' },
  { name: 'dh-al2023', options: ['--ami=al2023'], because: 'connection marks in nftables' },
  { name: 'dh-private', options: ['--subnets=private'], because: 'a NAT gateway' },
  { name: 'dh-prefixes', options: ['--ami=al2023', '--prefix-delegation'], because: 'addresses of prefixes' },
] as const

const deviating = (predictor: Predictor) => deviations(predictor.fabric, predictor.objects)

describe.each(modes)('$name: $because', ({ name, options }) => {
  let lab: TestLab
  let healthy: Predictor
  beforeAll(async () => {
    lab = await labUp([`--name=${name}`, ...options])
    healthy = await snapshotOf(lab, name)
  }, 240_000)
  afterAll(async () => {
    await lab.down()
  })

  const isFine = (compiled: CompiledFabric, flow: Flow): boolean =>
    predict(compiled, flow).paths.every(isDelivered)

  test('every line is as intended, and all of it was judged', () => {
    expect(deviating(healthy)).toMatchObject({ found: [], notJudged: [] })
  })

  test('no object is such that it cannot work', () => {
    const { nodes } = deviating(healthy)
    expect(objectFaults(healthy.fabric, healthy.objects, nodes)).toEqual([])
  })

  test('no pair has a cause to fail', () => {
    for (const { flow } of usualPairs(healthy))
      expect(diagnoseFlow(healthy.compiled, healthy.objects, flow, flowAllowance())).toBeNull()
  })

  test('an edit of any one line that breaks a pair is named as its cause, or an equal of it', () => {
    const flows = usualPairs(healthy).map(({ flow }) => flow)
    const unexplained: string[] = []
    let broken = 0
    for (const edit of lineEdits(healthy.fabric)) {
      const edited = applyEdits(healthy.compiled, [edit])
      const lost = flows.find((flow) => !isFine(edited, flow) && predict(edited, flow).paths.some(isLost))
      if (lost === undefined) continue
      broken++
      const causes = diagnoseFlow(edited, healthy.objects, lost, flowAllowance())?.causes ?? []
      const named = causes.filter(({ kind }) => kind !== 'weakening')
      const mended = named.every(({ edits }) => isFine(applyEdits(edited, edits), lost))
      if (named.length === 0 || named.length !== causes.length || !mended)
        unexplained.push(JSON.stringify({ edit: edit.kind, before: edit.before, causes }, plain))
    }
    expect(unexplained).toEqual([])
    expect(broken).toBeGreaterThan(50)
  }, 240_000)

  test('after other settings and a new start of aws-node nothing deviates either', async () => {
    await lab.awsNodeWith('AWS_VPC_K8S_CNI_EXTERNALSNAT=true')
    expect(deviating(await snapshotOf(lab, name)).found).toEqual([])
    await lab.awsNodeWith('AWS_VPC_K8S_CNI_EXTERNALSNAT=false')
    expect(deviating(await snapshotOf(lab, name)).found).toEqual([])
  }, 240_000)
})

/** Addresses of IPv6 are bigints, which JSON has not. */
const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
