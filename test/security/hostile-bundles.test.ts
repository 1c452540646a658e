import { mkdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runtimeDirectory } from '../lab/lab.ts'
import { hostileBundle } from './bundles/hostile-bundle.ts'
import { judgeBundle, most } from './bundles/judge.ts'

/**
 * No snapshot of a hundred kilobytes takes more than five seconds of the processor or 500 MB, whatever is in it: the first of the
 * bundles that `npm run fuzz:bundles` makes without an end.
 */

const bundles = 12

const runtime = runtimeDirectory()
beforeAll(() => {
  mkdirSync(runtime, { recursive: true })
})
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

test.each(Array.from({ length: bundles }, (_, i) => 3_000 + i))(
  `seed %i takes no more than ${most.seconds} s and ${most.megabytes} MB, and ends by the contract`,
  async (seed) => {
    const { faults, ended } = await judgeBundle(hostileBundle(seed), runtime)
    expect(faults, ended.stderr).toEqual([])
  },
)
