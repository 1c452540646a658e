import type { Credential } from './cloud-view.ts'
import { checkSignature, type SignatureProblem } from './signature-v4.ts'

/**
 * The bearer token of `aws eks get-token`: `k8s-aws-v1.` and a presigned STS GetCallerIdentity URL in base64url, whose
 * signature covers the header `x-k8s-aws-id` with the cluster's name. Real EKS plays the URL to STS; here the
 * signature is checked against the lab's own credentials.
 * Format and checks: kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go.
 */
export type EksToken =
  | { readonly ok: true; readonly credential: Credential }
  | { readonly ok: false; readonly reason: SignatureProblem | 'not-a-token' | 'not-caller-identity' }

const start = 'k8s-aws-v1.'
/** aws-iam-authenticator's own bound on a token. */
const longest = 1024 * 4

/** The query parameters that a token's URL may have, and no other: a presigned call of anything else is no token. */
const allowed: ReadonlySet<string> = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
  'x-amz-user-agent',
])

/** Tokens are good for fifteen minutes after their date, whatever `X-Amz-Expires` says (60 s, for the URL itself). */
const lifeSeconds = 15 * 60

export function verifyEksToken(
  token: string,
  options: { readonly cluster: string; readonly credentials: readonly Credential[]; readonly now: Date },
): EksToken {
  const no = (reason: Extract<EksToken, { ok: false }>['reason']): EksToken => ({ ok: false, reason })
  if (!token.startsWith(start) || token.length > longest) return no('not-a-token')
  const url = parseUrl(Buffer.from(token.slice(start.length), 'base64url').toString('utf8'))
  if (url === null || (url.pathname !== '/' && url.pathname !== '')) return no('not-a-token')
  const names = [...url.searchParams.keys()].map((name) => name.toLowerCase())
  if (new Set(names).size !== names.length || !names.every((name) => allowed.has(name)))
    return no('not-a-token')
  if (url.searchParams.get('Action') !== 'GetCallerIdentity') return no('not-caller-identity')
  const signed = (url.searchParams.get('X-Amz-SignedHeaders') ?? '').split(';')
  // Without the cluster's name under the signature, a token for one cluster would open another.
  if (!signed.includes('x-k8s-aws-id')) return no('malformed')
  const signature = checkSignature(
    {
      method: 'GET',
      target: `/${url.search}`,
      headers: { host: url.host, 'x-k8s-aws-id': options.cluster },
      body: new Uint8Array(0),
    },
    options.credentials,
    options.now,
    lifeSeconds,
  )
  if (!signature.ok) return no(signature.reason)
  return signature.service === 'sts'
    ? { ok: true, credential: signature.credential }
    : no('not-caller-identity')
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    // Not a URL: not a token.
    return null
  }
}
