import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { parseJson } from './json.ts'
import { mistakeIn } from './json-mistake.ts'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const many = (length: number, one: (i: number) => string): string => {
  const parts: string[] = []
  for (let have = 0; have < length; have += (parts.at(-1) ?? '').length + 1) parts.push(one(parts.length))
  return `[\n${parts.join(',')}]`
}
const million = 1_000_000

test.each([
  { because: 'as deep as is read', text: nested(100), problem: null },
  { because: 'deeper', text: `\n\n${nested(101)}`, problem: { line: 3, problem: /more than 100 deep/ } },
  {
    because: 'a long file of nothing but beginnings',
    text: '['.repeat(million),
    problem: { line: 1, problem: /more than 100 deep/ },
  },
  { because: 'brackets in strings are text', text: JSON.stringify(['['.repeat(500)]), problem: null },
  { because: 'a quote in a string is no end', text: String.raw`["\"${'['.repeat(200)}\\"]`, problem: null },
  { because: 'cut in a string', text: '["a', problem: { line: 1, problem: /^not JSON: Unterminated/ } },
  { because: 'cut behind a backslash', text: '["a\\', problem: { line: 1, problem: /^not JSON/ } },
  {
    because: 'V8 tells no place and quotes the text',
    text: '[\n{"a": \u001b]0;X\u0007},\n1\n]',
    problem: { line: 2, problem: /^not JSON: Unexpected token ''$/ },
  },
  {
    because: 'a page',
    text: '\n\n<html>\n</html>',
    problem: { line: 3, problem: /^not JSON: Unexpected token '<'$/ },
  },
])('$because', ({ text, problem }) => {
  const read = parseJson(text)
  if (problem === null) expect(read).toMatchObject({ value: JSON.parse(text) as unknown })
  else
    expect(read).toMatchObject({
      line: problem.line,
      problem: expect.stringMatching(problem.problem) as string,
    })
})

describe('ten megabytes that would take many times as much are refused before they are parsed', () => {
  test.each([
    { because: 'empty lists', one: () => '[]' },
    { because: 'empty objects', one: () => '{}' },
    { because: 'lists ninety deep', one: () => nested(90) },
    { because: 'small lists', one: () => '[1,2]' },
    { because: 'every object with a member of its own', one: (i: number) => `{"${i.toString(36)}":1}` },
    {
      because: 'members in every order',
      one: (i: number) => `{${[...String(i)].map((digit, at) => `"${digit}${at}":1`).join(',')}}`,
    },
  ])('$because', ({ one }) => {
    expect(parseJson(many(10 * million, one))).toMatchObject({
      line: 2,
      excess: 'too-much',
      problem: expect.stringMatching(
        /^its \d+ characters would take more than \d+ MiB as lists and objects$/,
      ) as string,
    })
  })

  test.each([
    { because: 'numbers', one: String },
    { because: 'strings', one: (i: number) => `"${i.toString(36)}"` },
    {
      because: 'what `ip -json` prints',
      one: (i: number) => `{"dst":"10.0.${i % 256}.7","dev":"eni${i}","scope":"link","flags":[],"metric":1}`,
    },
  ])('$because do not', ({ one }) => {
    expect(parseJson(many(million, one))).toHaveProperty('value')
  })
})

property.prop([fc.jsonValue({ maxDepth: 20 })])(
  'what JSON can say is read as JSON.parse reads it',
  (value) => {
    const text = JSON.stringify(value)
    expect(parseJson(text)).toMatchObject({ value: JSON.parse(text) as unknown })
  },
)

property.prop([fc.string({ unit: 'binary' })])('no text makes it throw', (text) => {
  parseJson(text)
})

/** JSON with something cut out, put in or put in another place. */
const damaged = fc
  .record({
    value: fc.jsonValue({ maxDepth: 4 }),
    at: fc.nat(),
    out: fc.nat({ max: 3 }),
    put: fc.string({ unit: fc.constantFrom(...'[]{},:"\\ \n\u0001tru0-1.eE+/x'), maxLength: 4 }),
  })
  .map(({ value, at, out, put }) => {
    const text = JSON.stringify(value, null, 1)
    const from = at % (text.length + 1)
    return text.slice(0, from) + put + text.slice(from + out)
  })

property.prop([damaged], { numRuns: 2_000 })(
  'the mistake stands where V8 finds it, wherever V8 tells',
  (text) => {
    try {
      JSON.parse(text)
    } catch (error) {
      const told = /at position (\d+)/.exec((error as Error).message)?.[1]
      const found = mistakeIn(text)
      expect(found).toBeLessThanOrEqual(text.length)
      if (told !== undefined) expect(Math.abs(found - Number(told))).toBeLessThanOrEqual(5)
    }
  },
)
