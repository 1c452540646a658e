import { expect, test } from 'vitest'
import { createPki } from './pki.ts'
import { AccountTokens, administrator, fixedTokens } from './tokens.ts'

const { tokenKey } = createPki({ now: Date.now() })
let now = 1_000_000_000_000
const seconds = () => now / 1000
let valid = true
const accounts = new AccountTokens(
  tokenKey,
  () => now,
  () => valid,
)
const issue = () =>
  accounts.issue({
    namespace: 'default',
    account: 'bob',
    accountUid: 'u',
    audiences: [],
    issuedAt: seconds(),
    expiresAt: seconds() + 60,
  })

test('a service account is known by its token, with its groups', () => {
  expect(accounts.identify(issue())).toEqual({
    username: 'system:serviceaccount:default:bob',
    uid: 'u',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
  })
})

test('a token is worth nothing when it is over, its account is gone, or one bit of it was changed', () => {
  const token = issue()
  now += 61_000
  expect(accounts.identify(token)).toBeUndefined()
  now -= 61_000
  valid = false
  expect(accounts.identify(token)).toBeUndefined()
  valid = true
  const [head, claims, signature] = token.split('.') as [string, string, string]
  const forged = Buffer.from(Buffer.from(claims, 'base64url').toString().replaceAll('bob', 'eve')).toString(
    'base64url',
  )
  expect(accounts.identify(`${head}.${forged}.${signature}`)).toBeUndefined()
  expect(accounts.identify(`${head}.${claims}.`)).toBeUndefined()
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  expect(accounts.identify(`${none}.${claims}.`)).toBeUndefined()
})

test.each(['', 'x', '..', 'a.b.c', 'a.b.c.d'])('%j is no token', (text) => {
  expect(accounts.identify(text)).toBeUndefined()
})

test('a fixed token is known whole and not in part', () => {
  const fixed = fixedTokens([{ token: 'secret', user: administrator }])
  expect(fixed.identify('secret')).toBe(administrator)
  for (const other of ['', 'secre', 'secretx', 'Secret']) expect(fixed.identify(other)).toBeUndefined()
})
