import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { parseJson } from './json-line.ts'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

test.each([
  { because: 'as deep as is read', text: nested(100), problem: null },
  { because: 'deeper', text: `\n\n${nested(101)}`, problem: { line: 3, problem: /more than 100 deep/ } },
  {
    because: 'a long file of nothing but beginnings',
    text: '['.repeat(1_000_000),
    problem: { line: 1, problem: /more than 100 deep/ },
  },
  {
    because: 'very many empty lists',
    text: `[\n${'[],'.repeat(2_000_000)}[]]`,
    problem: { line: 2, problem: /more than 2000000 lists and objects/ },
  },
  { because: 'brackets in strings are text', text: JSON.stringify(['['.repeat(500)]), problem: null },
  { because: 'a quote in a string is no end', text: String.raw`["\"${'['.repeat(200)}\\"]`, problem: null },
  { because: 'cut in a string', text: '["a', problem: { line: 1, problem: /^not JSON: Unterminated/ } },
  { because: 'cut behind a backslash', text: '["a\\', problem: { line: 1, problem: /^not JSON/ } },
])('$because', ({ text, problem }) => {
  const read = parseJson(text)
  if (problem === null) expect(read).toEqual({ value: JSON.parse(text) as unknown })
  else expect(read).toEqual({ line: problem.line, problem: expect.stringMatching(problem.problem) as string })
})

property.prop([fc.jsonValue({ maxDepth: 20 })])(
  'what JSON can say is read as JSON.parse reads it',
  (value) => {
    const text = JSON.stringify(value)
    expect(parseJson(text)).toEqual({ value: JSON.parse(text) as unknown })
  },
)

property.prop([fc.string({ unit: 'binary' })])('no text makes it throw', (text) => {
  parseJson(text)
})
