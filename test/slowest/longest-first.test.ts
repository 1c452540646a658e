import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkout } from '../lab/podpath.ts'
import { long, placeOf } from './longest-first.ts'

test.each(long)('%s is there, and comes before every file that is not long', (file) => {
  expect(existsSync(join(checkout, file))).toBe(true)
  expect(placeOf(join(checkout, file))).toBeLessThan(placeOf(join(checkout, 'test/docs/docs.test.ts')))
})

test('the longest is the first', () => {
  const [first, second] = long.map((file) => placeOf(join(checkout, file)))
  expect([first, second]).toEqual([0, 1])
})
