import { expect, test } from 'vitest'
import { slowestLines } from './slowest.ts'

const timed = Array.from({ length: 12 }, (_, index) => ({
  file: `test/${index}.test.ts`,
  duration: index * 1500,
}))

test('the ten slowest files are told, the slowest first', () => {
  const lines = slowestLines(timed)
  expect(lines).toHaveLength(10)
  expect([lines[0], lines[9]]).toEqual(['   16.5 s  test/11.test.ts', '    3.0 s  test/2.test.ts'])
})

test('of a few files nothing is told', () => {
  expect(slowestLines(timed.slice(0, 10))).toEqual([])
})
