import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { clean, cleanLines, cleanLinesBut, isClean, jsonText } from './clean.ts'

const hostile = [
  { because: 'a window title (OSC)', text: '\u001b]0;X\u0007', left: ']0;X' },
  { because: 'the same in C1', text: '\u009d0;X\u009c', left: '0;X' },
  { because: 'a cleared screen', text: 'a\u001b[2J\u001b[Hb', left: 'a[2J[Hb' },
  { because: 'a device control string', text: '\u001bP+q544e\u001b\\', left: 'P+q544e\\' },
  { because: 'text that runs the other way', text: 'a\u202egnp.exe', left: 'agnp.exe' },
  { because: 'an isolate', text: 'a\u2067b\u2069', left: 'ab' },
  { because: 'letters that nobody sees', text: 'pod\u200b-1\u{e0041}\ufeff', left: 'pod-1' },
  { because: 'a backspace over what stood there', text: 'drop\b\b\b\bpass', left: 'droppass' },
] as const

test.each(hostile)('$because does not reach anybody', ({ text, left }) => {
  expect(clean(text)).toBe(left)
  expect(cleanLines(text)).toBe(left)
  expect(isClean(text)).toBe(false)
  const json = jsonText({ [text]: [text] }, 2)
  expect(cleanLines(json)).toBe(json)
  expect(JSON.parse(json)).toEqual({ [text]: [text] })
})

test('lines stay lines where they are ours', () => {
  expect(cleanLines('a\tb\nc\n')).toBe('a\tb\nc\n')
  expect(clean('a\tb\nc\n')).toBe('a b c ')
})

describe('our own colours stay', () => {
  const own = /\u001b\[(?:31|39)m/g
  test.each([
    { text: '\u001b[31mred\u001b[39m', left: '\u001b[31mred\u001b[39m' },
    { text: '\u001b[31m\u001b[5mred', left: '\u001b[31m[5mred' },
    { text: '\u001b[31\u0000m', left: '[31m' },
    { text: '\u001b\u001b[31m[31mx', left: '\u001b[31m[31mx' },
    { text: 'a\rb', left: 'ab' },
  ])('$text', ({ text, left }) => {
    expect(cleanLinesBut(text, own)).toBe(left)
  })
})

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\u001b', '[', ']', '3', '1', 'm', '\r', '\n', '\u009b', '\u202e', 'K'),
  }),
)

property.prop([anything])('a clean text is clean, and stays as it is', (text) => {
  const once = clean(text, text.length)
  expect(isClean(once)).toBe(true)
  expect(clean(once, once.length)).toBe(once)
})

property.prop([anything])('what is left of our own lines has nothing else in it', (text) => {
  const left = cleanLinesBut(text, /\u001b\[(?:31|39)m/g)
  expect(left.replaceAll(/\u001b\[(?:31|39)m/g, '')).not.toMatch(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/,
  )
})
