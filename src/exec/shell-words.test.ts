import { execFileSync } from 'node:child_process'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { shellWords } from './shell-words.ts'

/** What a shell hands to a program, word by word, for a line of text. */
const readBy = (shell: string, line: string): readonly string[] =>
  execFileSync(shell, ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)

describe.each(['sh', 'bash'])('%s reads back', (shell) => {
  test.each([
    { words: ['a b'], because: 'a space' },
    { words: [''], because: 'nothing' },
    { words: ["it's", "''", "'"], because: 'quotes' },
    { words: ['"$(touch /tmp/x)"', '`id`', '$HOME', '${x:=y}'], because: 'what would be run or replaced' },
    { words: ['a\nb', '\n', '\ta\r'], because: 'lines and tabs' },
    { words: ['*', '?', '[a-z]', '~', '{a,b}', '!!', '#'], because: 'patterns' },
    { words: ['a=b', '-n', '--', '\\', '\\\\n', ';', '|', '&', '>x', '<y'], because: 'what a shell acts on' },
    { words: ['파드 경로', '🜁', '\u200e\u202e'], because: 'other scripts' },
  ])('$because', ({ words }) => {
    expect(readBy(shell, shellWords(words))).toEqual(words)
  })
})

// Lone surrogates have no UTF-8, so no program can be given one.
const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'))

test.prop([fc.array(word, { minLength: 1, maxLength: 6 })], { numRuns: 60 })(
  'a shell reads any words back as they were',
  (words) => {
    expect(readBy('sh', shellWords(words))).toEqual(words)
  },
)

test('a NUL cannot be part of a command', () => {
  expect(() => shellWords(['a\0b'])).toThrow('NUL')
})
