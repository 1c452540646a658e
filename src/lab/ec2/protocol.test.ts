import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { pageOf } from './describe.ts'
import { zoneId } from './derived.ts'
import { AwsError } from './fault.ts'
import { matchesGlob } from './glob.ts'
import { parseQuery, textOf, textsOf, treesOf } from './query.ts'
import { writeXml } from './xml.ts'

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    if (error instanceof AwsError) return error.fault.fault
    throw error
  }
}

describe('the query protocol', () => {
  test('numbers lists from one, in the order of the numbers', () => {
    const tree = parseQuery('InstanceId.2=b&InstanceId.10=c&InstanceId.1=a&Action=X')
    expect(textsOf(tree, 'InstanceId')).toEqual(['a', 'b', 'c'])
    expect(textOf(tree, 'Action')).toBe('X')
  })

  test('nests structures in lists', () => {
    const [filter] = treesOf(
      parseQuery('Filter.1.Name=vpc-id&Filter.1.Value.1=a&Filter.1.Value.2=b'),
      'Filter',
    )
    expect(filter && textOf(filter, 'Name')).toBe('vpc-id')
    expect(filter && textsOf(filter, 'Value')).toEqual(['a', 'b'])
  })

  test.each([
    { because: 'one name twice', query: 'A=1&A=2', want: 'MalformedQueryString' },
    { because: 'a text and a structure of one name', query: 'A=1&A.1=2', want: 'MalformedQueryString' },
    { because: 'nothing after the dot', query: 'A.=1', want: 'MalformedQueryString' },
    { because: 'too deep', query: `${'a.'.repeat(20)}b=1`, want: 'MalformedQueryString' },
    {
      because: 'too many',
      query: Array.from({ length: 6000 }, (_, i) => `a${i}=1`).join('&'),
      want: 'RequestLimitExceeded',
    },
    { because: 'a parameter named like a prototype is a parameter', query: '__proto__.x=1', want: 'none' },
  ])('refuses or takes: $because', ({ query, want }) => {
    expect(codeOf(() => parseQuery(query))).toBe(want)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test.prop([fc.string({ maxLength: 200 })])('answers any body with a tree or an AWS error', (body) => {
    expect(() => codeOf(() => parseQuery(body))).not.toThrow()
  })
})

describe('a filter value', () => {
  test.each([
    { pattern: 't3.*', text: 't3.medium', want: true },
    { pattern: 't3.*', text: 't3', want: false },
    { pattern: '*-ng1-*', text: 'podpath-ng1-Node', want: true },
    { pattern: 'i-?', text: 'i-1', want: true },
    { pattern: 'i-?', text: 'i-', want: false },
    { pattern: '\\*literal\\?\\\\', text: '*literal?\\', want: true },
    { pattern: '\\*', text: 'x', want: false },
    { pattern: 'Web', text: 'web', want: false },
    { pattern: '', text: '', want: true },
    { pattern: '*a*b*c', text: 'xxaxxbxxc', want: true },
    { pattern: '*a*b*c', text: 'xxaxxcxxb', want: false },
  ])('$pattern on $text: $want', ({ pattern, text, want }) => {
    expect(matchesGlob(pattern, text)).toBe(want)
  })

  test.prop([
    fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }),
    fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }),
  ])('matches as the regular expression of the same meaning', (pattern, text) => {
    const obvious = new RegExp(`^${pattern.join('').replaceAll('*', '.*').replaceAll('?', '.')}$`)
    expect(matchesGlob(pattern.join(''), text.join(''))).toBe(obvious.test(text.join('')))
  })

  test('of many stars does not hang', () => {
    expect(matchesGlob(`${'*a'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false)
  })
})

describe('pages', () => {
  const all = Array.from({ length: 23 }, (_, i) => i)

  test('walked through give everything once', () => {
    const seen: number[] = []
    let token: string | undefined
    do {
      const { page, nextToken } = pageOf('DescribeX', all, 5, token)
      seen.push(...page)
      token = nextToken
    } while (token !== undefined)
    expect(seen).toEqual(all)
  })

  test.each([
    {
      because: 'a token of another action',
      token: Buffer.from('DescribeY:5').toString('base64url'),
      want: 'InvalidPaginationToken',
    },
    { because: 'nonsense', token: '!!', want: 'InvalidPaginationToken' },
    { because: 'too few a page', most: 4, want: 'InvalidParameterValue' },
    { because: 'too many a page', most: 1001, want: 'InvalidParameterValue' },
  ])('$because is refused', ({ token, most, want }) => {
    expect(codeOf(() => pageOf('DescribeX', all, most, token))).toBe(want)
  })
})

describe('XML', () => {
  test('writes lists as items, nothing for undefined, an empty element for null', () => {
    expect(writeXml('a', { list: [1, 'x'], none: [], gone: undefined, empty: null, yes: true })).toBe(
      '<a><list><item>1</item><item>x</item></list><none/><empty/><yes>true</yes></a>',
    )
  })

  test('escapes what is markup and replaces what XML cannot hold', () => {
    expect(writeXml('a', '<b a="1">&\u0000\ud800</b>')).toBe(
      '<a>&lt;b a=&quot;1&quot;&gt;&amp;\ufffd\ufffd&lt;/b&gt;</a>',
    )
  })
})

test.each([
  ['ap-northeast-2a', 'apne2-az1'],
  ['us-east-1c', 'use1-az3'],
  ['eu-west-1b', 'euw1-az2'],
  ['ap-southeast-1a', 'apse1-az1'],
  ['eu-central-1a', 'euc1-az1'],
])('the zone %s has the id %s', (zone, id) => {
  expect(zoneId(zone)).toBe(id)
})
