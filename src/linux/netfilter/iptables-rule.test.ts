import { readFileSync } from 'node:fs'
import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { readRule } from './iptables-rule.ts'
import { RulePieces } from '../ip/rule-pieces.ts'

/** Words that a rule may be made of, in any order: right ones, and such as stand where they should not. */
const word = fc.constantFrom(
  ...[
    '-A',
    '-m',
    '-j',
    '-g',
    '-c',
    '-f',
    '-s',
    '-d',
    '-i',
    '-o',
    '-p',
    '!',
    '--source',
    '--dport',
    '--comment',
  ],
  ...[
    'tcp',
    'comment',
    'KUBE-SEP-1',
    '10.0.0.1/32',
    '"a b"',
    '"-j X"',
    '"open',
    'mid"d le"',
    '-1',
    '[1:2]',
    '0x1/0x1',
  ],
)
const line = fc
  .tuple(
    fc.constantFrom('', '[12:840] ', '[x] ', ' '),
    fc.array(word, { maxLength: 14 }),
    fc.constantFrom(' ', '  '),
  )
  .map(([counter, words, between]) => `${counter}-A CHAIN${between}${words.join(between)}`.trimEnd())

describe('a rule whose parts were seen before', () => {
  property.prop([fc.array(line, { minLength: 1, maxLength: 30 })], { numRuns: 3_000 })(
    'is the rule that is read word by word',
    (lines) => {
      const pieces = new RulePieces()
      for (const text of [...lines, ...lines]) expect(readRule(text, pieces)).toEqual(readRule(text))
    },
  )

  test('in every line that iptables printed', () => {
    const pieces = new RulePieces()
    const printed = readFileSync(new URL('../fixtures/iptables-save.txt', import.meta.url), 'utf8')
      .split('\n')
      .filter((text) => text.startsWith('-A'))
    for (const text of [...printed, ...printed]) expect(readRule(text, pieces)).toEqual(readRule(text))
    expect(printed.length).toBeGreaterThan(4)
  })

  test('shares them', () => {
    const pieces = new RulePieces()
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((source) =>
      readRule(`-A KUBE-SEP-1 -s ${source}/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ`, pieces),
    )
    if (typeof one !== 'object' || typeof other !== 'object') throw new Error('not rules')
    expect(one.matches[1]).toBe(other.matches[1])
    expect(one.target).toBe(other.target)
    expect(one.matches[0]).not.toEqual(other.matches[0])
  })
})
