import { expect, test } from 'vitest'
import { given } from './given.ts'

test.each([
  { because: 'nothing was given', members: { port: undefined, mark: undefined }, want: [] },
  { because: 'one of two was given', members: { port: 80, mark: undefined }, want: ['port'] },
  {
    because: 'zero, false, null and no text are values',
    members: { a: 0, b: false, c: null, d: '' },
    want: ['a', 'b', 'c', 'd'],
  },
])('only what is undefined is left out, in its order: $because', ({ members, want }) => {
  expect(Object.keys(given(members))).toEqual(want)
})
