import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { firstFreeId, idCount } from './id-range.ts'

const first = 0x7000 * idCount
const none = (): number => 0

describe('a range of ids that is nobody’s', () => {
  test.each([
    { files: [], free: first, because: 'nobody has any' },
    { files: ['root:x:0:0:root:/root:/bin/bash\n'], free: first, because: 'users are far below' },
    {
      files: [`lab:x:${first + 5}:${first + 5}::/:/bin/sh\n`],
      free: first + idCount,
      because: 'a user has an id in the first range',
    },
    {
      files: ['', '', `podman:${first}:${2 * idCount + 1}\n`],
      free: first + 3 * idCount,
      because: 'a subordinate range reaches into the third',
    },
    { files: ['nonsense\nx:y:z\n:::\n'], free: first, because: 'what is no entry takes nothing' },
  ])('$because', ({ files, free }) => {
    expect(firstFreeId(files, none)).toBe(free)
  })

  test.prop([
    fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        count: fc.integer({ min: 1, max: 2 ** 24 }),
      }),
    ),
    fc.nat(),
  ])('meets no subordinate range', (ranges, chance) => {
    const text = ranges.map(({ at, count }, index) => `u${index}:${at}:${count}`).join('\n')
    const found = firstFreeId([text], (limit) => chance % limit)
    for (const { at, count } of ranges) expect(found + idCount <= at || at + count <= found).toBe(true)
    expect(found % idCount).toBe(0)
  })

  test('when all are taken that is an error', () => {
    expect(() => firstFreeId([`all:0:${2 ** 32}`], none)).toThrow('belongs to somebody')
  })
})
