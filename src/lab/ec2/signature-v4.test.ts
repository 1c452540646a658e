import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Credential } from './cloud-view.ts'
import { checkSignature, type SignedRequest } from './signature-v4.ts'

/*
 * The example that AWS publishes for Signature Version 4 (IAM, "Create a signed AWS API request" and its test suite,
 * `get-vanilla`): credential AKIDEXAMPLE, 2015-08-30T12:36:00Z, us-east-1, service "service".
 */
const example: Credential = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  arn: 'arn:aws:iam::111122223333:user/example',
  userId: 'AIDAEXAMPLE',
}
const then = new Date('2015-08-30T12:36:00Z')
const vanilla: SignedRequest = {
  method: 'GET',
  target: '/',
  headers: {
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  body: new Uint8Array(0),
}

const minutesLater = (minutes: number) => new Date(then.getTime() + minutes * 60_000)
const withHeaders = (headers: Record<string, string>): SignedRequest => ({
  ...vanilla,
  headers: { ...vanilla.headers, ...headers },
})

test('the published example is accepted', () => {
  expect(checkSignature(vanilla, [example], then)).toEqual({
    ok: true,
    credential: example,
    region: 'us-east-1',
    service: 'service',
  })
})

describe('is refused', () => {
  const authorization = vanilla.headers['authorization'] ?? ''
  test.each([
    { because: 'no signature at all', request: { ...vanilla, headers: { host: 'x' } }, want: 'missing' },
    { because: 'another method', request: { ...vanilla, method: 'POST' }, want: 'mismatch' },
    { because: 'another path', request: { ...vanilla, target: '/x' }, want: 'mismatch' },
    { because: 'one more parameter', request: { ...vanilla, target: '/?a=b' }, want: 'mismatch' },
    { because: 'another body', request: { ...vanilla, body: Buffer.from('x') }, want: 'mismatch' },
    { because: 'another host', request: withHeaders({ host: 'evil.example' }), want: 'mismatch' },
    {
      because: 'an unknown key',
      request: withHeaders({ authorization: authorization.replace('AKIDEXAMPLE', 'AKIDOTHER') }),
      want: 'unknown-key',
    },
    {
      because: 'a signature that does not cover the host',
      request: withHeaders({ authorization: authorization.replace('host;', '') }),
      want: 'malformed',
    },
    {
      because: 'a date outside the credential’s scope',
      request: withHeaders({ 'x-amz-date': '20150831T123600Z' }),
      now: new Date('2015-08-31T12:36:00Z'),
      want: 'malformed',
    },
    {
      because: 'a session token nobody gave out',
      request: withHeaders({ 'x-amz-security-token': 'token' }),
      want: 'bad-token',
    },
    { because: 'sixteen minutes late', request: vanilla, now: minutesLater(16), want: 'expired' },
    { because: 'sixteen minutes early', request: vanilla, now: minutesLater(-16), want: 'expired' },
    {
      because: 'nonsense in the header',
      request: withHeaders({ authorization: `AWS4-HMAC-SHA256 ${'A'.repeat(100_000)}` }),
      want: 'malformed',
    },
  ])('$because', ({ request, now, want }) => {
    expect(checkSignature(request, [example], now ?? then)).toMatchObject({ ok: false, reason: want })
  })

  test('fourteen minutes late is not', () => {
    expect(checkSignature(vanilla, [example], minutesLater(14)).ok).toBe(true)
  })
})

describe('a presigned request', () => {
  const scope = '20150830/us-east-1/sts/aws4_request'
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const sha = (text: string) => createHash('sha256').update(text).digest('hex')

  /** Signed by hand, step by step as AWS describes it. */
  function presigned(expires: number): SignedRequest {
    const query = [
      'Action=GetCallerIdentity',
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      `X-Amz-Credential=AKIDEXAMPLE%2F${scope.replaceAll('/', '%2F')}`,
      'X-Amz-Date=20150830T123600Z',
      `X-Amz-Expires=${expires}`,
      'X-Amz-SignedHeaders=host',
    ].join('&')
    const canonical = ['GET', '/', query, 'host:sts', '', 'host', sha('')].join('\n')
    const toSign = ['AWS4-HMAC-SHA256', '20150830T123600Z', scope, sha(canonical)].join('\n')
    const key = ['20150830', 'us-east-1', 'sts', 'aws4_request'].reduce<string | Buffer>(
      hmac,
      `AWS4${example.secretAccessKey}`,
    )
    const signature = hmac(key, toSign).toString('hex')
    return {
      method: 'GET',
      target: `/?${query}&X-Amz-Signature=${signature}`,
      headers: { host: 'sts' },
      body: new Uint8Array(0),
    }
  }

  test.each([
    { because: 'is good at once', expires: 60, minutes: 0, ok: true },
    { because: 'is good until it says', expires: 3600, minutes: 59, ok: true },
    { because: 'and not after', expires: 60, minutes: 2, ok: false },
    { because: 'no longer than seven days', expires: 999_999, minutes: 7 * 24 * 60 + 1, ok: false },
  ])('$because', ({ expires, minutes, ok }) => {
    expect(checkSignature(presigned(expires), [example], minutesLater(minutes)).ok).toBe(ok)
  })

  test('fails when a parameter is added', () => {
    const request = presigned(60)
    expect(checkSignature({ ...request, target: `${request.target}&x=1` }, [example], then).ok).toBe(false)
  })
})
