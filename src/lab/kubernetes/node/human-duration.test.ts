import { expect, test } from 'vitest'
import { humanDuration } from './human-duration.ts'

const hour = 3600
test.each([
  { seconds: 0.4, says: 'Less than a second' },
  { seconds: 1, says: '1 second' },
  { seconds: 59, says: '59 seconds' },
  { seconds: 60, says: 'About a minute' },
  { seconds: 119, says: 'About a minute' },
  { seconds: 120, says: '2 minutes' },
  { seconds: hour, says: 'About an hour' },
  { seconds: 2 * hour, says: '2 hours' },
  { seconds: 48 * hour, says: '2 days' },
  { seconds: 24 * 14 * hour, says: '2 weeks' },
  { seconds: 24 * 60 * hour, says: '2 months' },
  { seconds: 24 * 800 * hour, says: '2 years' },
])('$seconds s: $says', ({ seconds, says }) => {
  expect(humanDuration(seconds * 1000)).toBe(says)
})
