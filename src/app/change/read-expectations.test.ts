import { describe, expect, test } from 'vitest'
import { ChangeError } from '../../change/change-error.ts'
import { readExpectations } from './read-expectations.ts'

describe('a table of who may reach whom', () => {
  test('is read as the contract writes it', () => {
    expect(
      readExpectations(
        `version: 1
expect:
  - from: deploy/web
    to: [svc/api:8080/tcp, www.example.com:443/tcp]
    reach: true
  - from: {namespace: batch}
    to: svc/db:5432/tcp
    reach: false
    because: "NETWORK_POLICY_DENIES"
`,
      ),
    ).toEqual([
      { from: 'deploy/web', to: ['svc/api:8080/tcp', 'www.example.com:443/tcp'], reach: true, because: null },
      {
        from: { namespace: 'batch' },
        to: ['svc/db:5432/tcp'],
        reach: false,
        because: 'NETWORK_POLICY_DENIES',
      },
    ])
  })

  test.each<[because: string, text: string]>([
    ['another version', 'version: 2\nexpect: []'],
    ['a name that is none of the table’s', 'version: 1\nexpect: [{from: a, to: b, reach: true, reachs: 1}]'],
    ['no word of what is expected', 'version: 1\nexpect: [{from: a, to: b}]'],
    ['a cause that there is not', 'version: 1\nexpect: [{from: a, to: b, reach: false, because: NOTHING}]'],
    ['nobody is meant', 'version: 1\nexpect: [{from: {}, to: b, reach: false}]'],
    ['two tables', 'version: 1\nexpect: []\n---\nversion: 1\nexpect: []'],
  ])('%s is refused', (_, text) => {
    expect(() => readExpectations(text)).toThrow(ChangeError)
  })
})
