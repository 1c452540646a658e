import { expect, test } from 'vitest'
import { quantity } from './quantity.ts'

test.each([
  ['0', 0],
  ['2', 2],
  ['1930m', 1.93],
  ['128Mi', 134_217_728],
  ['1Gi', 1_073_741_824],
  ['1G', 1e9],
  ['1e3', 1000],
  ['0.5', 0.5],
])('%s is %d', (text, expected) => {
  expect(quantity(text)).toBeCloseTo(expected, 9)
})

test.each(['', 'x', '1Zi', 'Mi'])('%j is no quantity', (text) => {
  expect(quantity(text)).toBeNaN()
})
