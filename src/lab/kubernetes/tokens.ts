import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { isJsonObject, type Json } from './objects/meta.ts'

/** Who a request comes from. */
export interface User {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Says who holds a bearer token. */
export interface TokenAuthenticator {
  identify(token: string): User | undefined
}

export const administrator: User = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
}

/** Who gives no credentials (apiserver, pkg/authentication/request/anonymous). */
export const anonymous: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] }

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Fixed tokens and their users. Compared by digest and in constant time: an answer's time tells nothing. */
export function fixedTokens(
  users: readonly { readonly token: string; readonly user: User }[],
): TokenAuthenticator {
  const known = users.map(({ token, user }) => ({ digest: digest(token), user }))
  return {
    identify(token) {
      const given = digest(token)
      let found: User | undefined
      for (const one of known) if (timingSafeEqual(one.digest, given)) found = one.user
      return found
    },
  }
}

/** Asks one after the other. */
export const firstOf = (...authenticators: readonly TokenAuthenticator[]): TokenAuthenticator => ({
  identify(token) {
    for (const one of authenticators) {
      const user = one.identify(token)
      if (user !== undefined) return user
    }
    return undefined
  },
})

export interface AccountToken {
  readonly namespace: string
  readonly account: string
  readonly accountUid: string
  readonly pod?: { readonly name: string; readonly uid: string }
  readonly audiences: readonly string[]
  /** Seconds since 1970-01-01. */
  readonly issuedAt: number
  readonly expiresAt: number
}

const issuer = 'https://kubernetes.default.svc'

/** Signs and reads service account tokens: JSON web tokens, ES256 (RFC 7518), with the lab's own key. */
export class AccountTokens implements TokenAuthenticator {
  readonly #key: KeyObject
  readonly #public: KeyObject
  readonly #now: () => number
  readonly #isValid: (token: { namespace: string; account: string; uid: string }) => boolean

  /** `isValid` says whether the account is still there: a deleted account's tokens are worth nothing. */
  constructor(
    privateKeyPem: string,
    now: () => number,
    isValid: (token: { namespace: string; account: string; uid: string }) => boolean,
  ) {
    this.#key = createPrivateKey(privateKeyPem)
    this.#public = createPublicKey(this.#key)
    this.#now = now
    this.#isValid = isValid
  }

  issue(token: AccountToken): string {
    const claims = {
      aud: token.audiences.length > 0 ? token.audiences : [issuer],
      exp: token.expiresAt,
      iat: token.issuedAt,
      iss: issuer,
      'kubernetes.io': {
        namespace: token.namespace,
        ...(token.pod === undefined ? {} : { pod: token.pod }),
        serviceaccount: { name: token.account, uid: token.accountUid },
      },
      nbf: token.issuedAt,
      sub: `system:serviceaccount:${token.namespace}:${token.account}`,
    }
    const head = encode({ alg: 'ES256', typ: 'JWT' })
    const signed = `${head}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${signature.toString('base64url')}`
  }

  identify(token: string): User | undefined {
    const [head, claims, signature, ...more] = token.split('.')
    if (head === undefined || claims === undefined || signature === undefined || more.length > 0)
      return undefined
    const genuine = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      { key: this.#public, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    if (!genuine) return undefined
    const read = decode(claims)
    const kubernetes = isJsonObject(read) ? read['kubernetes.io'] : undefined
    if (!isJsonObject(read) || !isJsonObject(kubernetes)) return undefined
    const account = kubernetes['serviceaccount']
    if (!isJsonObject(account) || Number(read['exp']) * 1000 < this.#now()) return undefined
    const namespace = String(kubernetes['namespace'])
    const name = String(account['name'])
    const uid = String(account['uid'])
    if (!this.#isValid({ namespace, account: name, uid })) return undefined
    return {
      username: `system:serviceaccount:${namespace}:${name}`,
      uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    }
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function decode(text: string): Json | undefined {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Json
  } catch {
    return undefined
  }
}
