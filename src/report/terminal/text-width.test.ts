import { fc, test as property } from '@fast-check/vitest'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { columns, shorten } from './text-width.ts'

describe('columns of a text', () => {
  test.each([
    { because: 'letters', text: 'eth0 out', width: 8 },
    { because: 'Hangul is two wide', text: '파드 경로', width: 9 },
    { because: 'colour codes are none', text: '\u001b[1;36m3.1\u001b[39m', width: 3 },
    { because: 'arrows are one', text: 'a → b ⇒ c…', width: 10 },
  ])('$because', ({ text, width }) => {
    expect(columns(text)).toBe(width)
  })

  property.prop([
    fc.string({
      unit: fc.constantFrom(
        ...'aZ 0~→⇒…·파가힣─│╿✓✗é\u1100\u1161\u0301',
        '\u001b[31m',
        '\u001b[39m',
        '\u001b[2J',
        '\t',
        '👩‍💻',
      ),
      maxLength: 20,
    }),
  ])('are those of Unicode’s tables, whichever way they are counted', (text) => {
    expect(columns(text)).toBe(stringWidth(text))
  })

  property.prop([
    fc.string({ unit: fc.constantFrom(...'ab→파'), maxLength: 40 }),
    fc.integer({ min: 1, max: 30 }),
  ])('what is shortened fits', (text, width) => {
    expect(columns(shorten(text, width))).toBeLessThanOrEqual(Math.max(1, width))
  })
})
