import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { LineCutter, type CutLine } from './lines.ts'

const linesOf = (pieces: readonly string[], most: number): readonly CutLine[] => {
  const cutter = new LineCutter(most)
  return [...pieces.flatMap((piece) => cutter.cut(piece)), ...cutter.end()]
}

test.each([
  { pieces: ['a\nb\n'], lines: [{ text: 'a' }, { text: 'b' }] },
  { pieces: ['a', 'b\n', 'c'], lines: [{ text: 'ab' }, { text: 'c' }] },
  { pieces: ['\n\n'], lines: [{ text: '' }, { text: '' }] },
  { pieces: ['123', '456', '\n1\n'], lines: [{ tooLong: true }, { text: '1' }] },
  { pieces: ['123456'], lines: [{ tooLong: true }] },
  { pieces: ['12345\n'], lines: [{ text: '12345' }] },
])('$pieces', ({ pieces, lines }) => {
  expect(linesOf(pieces, 5)).toEqual(lines)
})

const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 12 }))

property.prop([pieces])('however it arrives, its lines are those of the whole', (all) => {
  const whole = all.join('').split('\n')
  if (whole.at(-1) === '') whole.pop()
  expect(linesOf(all, 5)).toEqual(whole.map((text) => (text.length > 5 ? { tooLong: true } : { text })))
})
