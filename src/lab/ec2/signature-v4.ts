import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Credential } from './cloud-view.ts'

/**
 * Signature Version 4, the checking side.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

/** Fifteen minutes, either way: AWS's own tolerance. */
const skewMs = 15 * 60_000
/** A presigned request lives seven days at most. */
const longestLifeMs = 7 * 86_400_000

export interface SignedRequest {
  readonly method: string
  /** The path and query as sent: `/clusters/lab?x=1`. */
  readonly target: string
  /** Lower-case names; several values of one name joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

export type Signature =
  | { readonly ok: true; readonly credential: Credential; readonly region: string; readonly service: string }
  | { readonly ok: false; readonly reason: SignatureProblem; readonly service: string | null }

export type SignatureProblem = 'missing' | 'malformed' | 'unknown-key' | 'bad-token' | 'expired' | 'mismatch'

interface Claim {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `20261122T235551Z` */
  readonly time: string
  readonly token: string | undefined
  /** Seconds for which a presigned request stays good. */
  readonly expires: number | null
}

/**
 * Checks a request signed in its Authorization header, or presigned in its query. `lifeSeconds` stands in for a
 * presigned request's own `X-Amz-Expires`.
 */
export function checkSignature(
  request: SignedRequest,
  credentials: readonly Credential[],
  now: Date,
  lifeSeconds?: number,
): Signature {
  const claim = readClaim(request)
  const no = (reason: SignatureProblem): Signature => ({
    ok: false,
    reason,
    service: claim === null || claim === 'malformed' ? null : claim.service,
  })
  if (claim === null) return no('missing')
  if (claim === 'malformed') return no('malformed')
  const credential = credentials.find((c) => c.accessKeyId === claim.accessKeyId)
  if (credential === undefined) return no('unknown-key')
  if (!sameText(credential.sessionToken ?? '', claim.token ?? '')) return no('bad-token')
  const sent = parseTime(claim.time)
  if (sent === null || !claim.time.startsWith(claim.date)) return no('malformed')
  const life = lifeSeconds ?? claim.expires
  const late = life === null ? skewMs : Math.min(life * 1000, longestLifeMs)
  if (now.getTime() - sent > late || sent - now.getTime() > skewMs) return no('expired')
  if (!sameText(sign(request, claim, credential.secretAccessKey), claim.signature)) return no('mismatch')
  return { ok: true, credential, region: claim.region, service: claim.service }
}

function readClaim(request: SignedRequest): Claim | 'malformed' | null {
  const header = request.headers['authorization']
  if (header !== undefined) {
    const match =
      /^AWS4-HMAC-SHA256 +Credential=([^,\s]{1,256}), *SignedHeaders=([a-z0-9;_-]{1,2048}), *Signature=([0-9a-f]{64})$/.exec(
        header,
      )
    const time = request.headers['x-amz-date']
    if (!match || time === undefined) return 'malformed'
    return claimOf({
      scope: match[1] ?? '',
      signedHeaders: match[2] ?? '',
      signature: match[3] ?? '',
      time,
      token: request.headers['x-amz-security-token'],
      expires: null,
    })
  }
  const query = new URLSearchParams(queryOf(request.target))
  if (query.get('X-Amz-Algorithm') === null) return null
  const expires = query.get('X-Amz-Expires') ?? ''
  const signature = query.get('X-Amz-Signature') ?? ''
  if (
    query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' ||
    !/^\d{1,6}$/.test(expires) ||
    !/^[0-9a-f]{64}$/.test(signature)
  )
    return 'malformed'
  return claimOf({
    scope: query.get('X-Amz-Credential') ?? '',
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature,
    time: query.get('X-Amz-Date') ?? '',
    token: query.get('X-Amz-Security-Token') ?? undefined,
    expires: Number(expires),
  })
}

function claimOf(raw: {
  readonly scope: string
  readonly signedHeaders: string
  readonly signature: string
  readonly time: string
  readonly token: string | undefined
  readonly expires: number | null
}): Claim | 'malformed' {
  const match = /^([^/]{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/.exec(raw.scope)
  const signedHeaders = raw.signedHeaders.split(';')
  // A signature that does not cover the host could be replayed elsewhere.
  if (!match || !signedHeaders.includes('host')) return 'malformed'
  return {
    accessKeyId: match[1] ?? '',
    date: match[2] ?? '',
    region: match[3] ?? '',
    service: match[4] ?? '',
    signedHeaders,
    signature: raw.signature,
    time: raw.time,
    token: raw.token,
    expires: raw.expires,
  }
}

function sign(request: SignedRequest, claim: Claim, secret: string): string {
  const canonical = [
    request.method,
    canonicalPath(request.target),
    canonicalQuery(queryOf(request.target)),
    ...claim.signedHeaders.map(
      (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ {2,}/g, ' ')}`,
    ),
    '',
    claim.signedHeaders.join(';'),
    hash(request.body),
  ].join('\n')
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', claim.time, scope, hash(canonical)].join('\n')
  const key = [claim.region, claim.service, 'aws4_request'].reduce(
    (before, part) => hmac(before, part),
    hmac(`AWS4${secret}`, claim.date),
  )
  return hmac(key, toSign).toString('hex')
}

const queryOf = (target: string): string => {
  const mark = target.indexOf('?')
  return mark < 0 ? '' : target.slice(mark + 1)
}

/** Every service but S3 encodes the path as it was sent once more. */
function canonicalPath(target: string): string {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return path === '' ? '/' : path.split('/').map(encode).join('/')
}

function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]): readonly [string, string] => [encode(name), encode(value)])
    .sort(([a, av], [b, bv]) => (a < b ? -1 : a > b ? 1 : av < bv ? -1 : av > bv ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** RFC 3986 unreserved characters stay; encodeURIComponent leaves five more. */
const encode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Uint8Array, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest()

/** In constant time for texts of one length; lengths are no secret. */
function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function parseTime(time: string): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time)
  if (!match) return null
  const [, year, month, day, hour, minute, second] = match
  const value = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(value) ? null : value
}
