import { expect, test } from 'vitest'
import { interrupts, leaveAfter } from './interrupts.ts'

const kindsAt = (times: readonly number[]): readonly string[] => {
  const next = interrupts()
  return times.map((time) => {
    const one = next(1_000_000 + time)
    return one.kind === 'wait' && one.tell ? `wait, told ${one.seconds} s` : one.kind
  })
}

test.each([
  { because: 'one asks for an orderly end', times: [0], kinds: ['end'] },
  {
    because: 'a burst of five in 0.15 s is one wish, and is answered once',
    times: [0, 35, 70, 105, 150],
    kinds: ['end', 'wait, told 3 s', 'wait', 'wait', 'wait'],
  },
  {
    because: 'who still asks after three seconds is not kept',
    times: [0, 1_500, leaveAfter],
    kinds: ['end', 'wait, told 2 s', 'leave'],
  },
  {
    because: 'nor who asks for the second time then',
    times: [0, leaveAfter + 5_000],
    kinds: ['end', 'leave'],
  },
])('$because', ({ times, kinds }) => {
  expect(kindsAt(times)).toEqual(kinds)
})
