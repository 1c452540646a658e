import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What a request brings that tells who asks. */
export interface Asked {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** In the query: what the printed address carries; null: nothing. */
  readonly token: string | null
  /** By their lower-case names, as Node gives them. */
  readonly headers: IncomingMessage['headers']
}

/** `lead`: the answer is a page that leads to itself. */
export type Admission = { readonly kind: 'pass' | 'lead'; readonly cookie: Kept } | Refusal

export interface Refusal {
  readonly kind: 'refused'
  readonly code: string
  readonly message: string
  readonly cookie: Kept
}

/** What the browser shall keep, as `Set-Cookie` has it (RFC 6265, section 4.1); null: what it has. */
type Kept = string | null

/** Who may speak to the server: the browser that was given the printed address, and no page but ours inside it. */
export type Guard = (asked: Asked) => Admission

/**
 * The first request brings the token that the printed address carries and takes a cookie home; the token is then worth
 * nothing. A request is refused whose Host is not ours (DNS rebinding), whose Origin or Sec-Fetch-Site is another's, or that
 * brings neither.
 * @param onSpent told when the token is worth nothing any more
 */
export function createGuard(port: () => number, token: string, onSpent: () => void = () => undefined): Guard {
  const key = randomBytes(24).toString('base64url')
  let spent = false
  return (asked) => {
    // Cookies are shared by all ports of a host (RFC 6265, section 8.5): two podpaths must not share one.
    const name = `podpath-${port()}`
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`]
    const host = asked.headers.host ?? ''
    if (!hosts.includes(host)) return refused('host', 'this server answers to its own address alone')
    if (!sameOrigin(asked, host))
      return refused('origin', 'another page asked; only the page of this server may')
    const brought = cookieOf(asked.headers.cookie ?? '', name)
    const known = brought !== null && same(brought, key)
    if (asked.token !== null && asked.method === 'GET' && asked.path === '/') {
      if (!known && (spent || !same(asked.token, token)))
        return refused('token', 'this address was used already: start podpath ui again for a new one')
      const cookie = known ? null : `${name}=${key}; Path=/; HttpOnly; SameSite=Strict`
      if (!known) {
        spent = true
        onSpent()
      }
      // Nobody led here: the browser was given the address itself, and brings the cookie with all that the page asks.
      return { kind: asked.headers['sec-fetch-site'] === 'none' ? 'pass' : 'lead', cookie }
    }
    if (known) return { kind: 'pass', cookie: null }
    const forget = brought === null ? null : `${name}=; Path=/; Max-Age=0`
    return refused('token', 'open the address that podpath ui printed: it carries a key', forget)
  }
}

const refused = (code: string, message: string, cookie: Kept = null): Refusal => ({
  kind: 'refused',
  code,
  message,
  cookie,
})

/** No Origin comes with a plain navigation; where one comes, and where the browser says who asks, it must be us. */
function sameOrigin({ method, path, headers }: Asked, host: string): boolean {
  const { origin } = headers
  if (origin !== undefined && origin !== `http://${host}`) return false
  if (origin === undefined && method !== 'GET' && method !== 'HEAD') return false
  const site = headers['sec-fetch-site'] ?? 'none'
  if (site === 'same-origin' || site === 'none') return true
  // A link in a chat or on another page may open the printed address; nothing else may come from there.
  return path === '/' && headers['sec-fetch-mode'] === 'navigate'
}

/** The value of one cookie of a `Cookie` header (RFC 6265, section 4.2.1); null: it is not there. */
function cookieOf(header: string, name: string): string | null {
  const start = `${name}=`
  const pair = header
    .split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(start))
  return pair?.slice(start.length) ?? null
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const same = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
