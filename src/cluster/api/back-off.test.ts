import { expect, test } from 'vitest'
import { backOff, retryAfter } from './back-off.ts'

test.each([
  { tried: 1, least: 100, most: 200 },
  { tried: 2, least: 300, most: 600 },
  { tried: 3, least: 900, most: 1800 },
])('after $tried tries: from $least to $most ms', ({ tried, least, most }) => {
  expect(backOff(tried, () => 0)).toBe(least)
  expect(backOff(tried, () => 1)).toBe(most)
})

const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT')
test.each([
  { header: undefined, ms: null, because: 'it says nothing' },
  { header: '', ms: null, because: 'it says nothing' },
  { header: '0', ms: 0, because: 'at once' },
  { header: '2', ms: 2000, because: 'seconds' },
  { header: 'Wed, 21 Oct 2026 07:28:05 GMT', ms: 5000, because: 'a date' },
  { header: 'Wed, 21 Oct 2026 07:27:00 GMT', ms: 0, because: 'a date that is past' },
  { header: 'soon', ms: null, because: 'neither' },
])('Retry-After $header: $because', ({ header, ms }) => {
  expect(retryAfter(header, now)).toBe(ms)
})
