import { describe, expect, test } from 'vitest'
import { ChangeError } from '../change-error.ts'
import { readDocuments } from './documents.ts'

const codeOf = (text: string): string | null => {
  try {
    readDocuments(text)
    return null
  } catch (error) {
    if (error instanceof ChangeError) return error.problem.code
    throw error
  }
}

describe('YAML from outside', () => {
  test('several documents are several objects, empty ones none, lists what is in them', () => {
    expect(readDocuments('a: 1\n---\n---\nkind: List\nitems: [{b: 2}, {c: 3}]\n')).toEqual([
      { a: 1 },
      { b: 2 },
      { c: 3 },
    ])
  })

  test.each<[what: string, text: string, code: string]>([
    ['no YAML', 'a: [1, 2', 'yaml'],
    ['a name twice: one of the two would be passed over', 'a: 1\na: 2', 'yaml'],
    ['a mebibyte and more', `a: ${'x'.repeat(1024 * 1024)}`, 'too-long'],
    ['more documents than a person writes', '---\na: 1\n'.repeat(600), 'too-long'],
    ['nested without end', `${'{a: '.repeat(60)}1${'}'.repeat(60)}`, 'yaml'],
    [
      'a billion laughs',
      [
        'a: &a [x, x, x, x, x, x, x, x, x, x]',
        ...[...'bcdefgh'].map(
          (name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]!}`).join(', ')}]`,
        ),
      ].join('\n'),
      'yaml',
    ],
  ])('%s is refused', (_, text, code) => {
    expect(codeOf(text)).toBe(code)
  })
})
