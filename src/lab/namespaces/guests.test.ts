import { expect, test } from 'vitest'
import { guestMap } from './guests.ts'

test.each([
  { ids: 65_536, map: '0 1 65535\n', because: 'a lab that root started: 0 to 65534, nobody among them' },
  { ids: 200_000, map: '0 1 65535\n', because: 'a user with a large range gets no more' },
  {
    ids: 65_535,
    map: '0 1 65533\n65534 65534 1\n',
    because: 'unshare --map-auto keeps one of 65536 for the user: the last is nobody’s',
  },
  { ids: 1_000, map: '0 1 998\n65534 999 1\n', because: 'a small range has nobody as well' },
])('the guests of $ids ids: $because', ({ ids, map }) => {
  expect(guestMap(ids)).toBe(map)
})
