import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { refusal } from './refusal.ts'

/** Who may speak to the server: the browser that was given the printed address, and no page but ours inside it. */
export interface Guard {
  readonly middleware: MiddlewareHandler
}

/**
 * The first request brings the token that the printed address carries and takes a cookie home; the token is then worth
 * nothing. A request is refused whose Host is not ours (DNS rebinding), whose Origin or Sec-Fetch-Site is another's, or that
 * brings neither.
 */
export function createGuard(port: () => number, token: string): Guard {
  const key = randomBytes(24).toString('base64url')
  let spent = false
  return {
    async middleware(context, next) {
      // Cookies are shared by all ports of a host (RFC 6265, section 8.5): two podpaths must not share one.
      const name = `podpath-${port()}`
      const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`]
      const host = context.req.header('host') ?? ''
      if (!hosts.includes(host))
        return refusal(context, 403, 'host', 'this server answers to its own address alone')
      if (!sameOrigin(context, host))
        return refusal(context, 403, 'origin', 'another page asked; only the page of this server may')
      const known = same(getCookie(context, name) ?? '', key)
      const brought = context.req.query('token')
      if (brought !== undefined && context.req.method === 'GET' && context.req.path === '/') {
        if (!known) {
          if (spent || !same(brought, token))
            return refusal(
              context,
              403,
              'token',
              'this address was used already: start podpath ui again for a new one',
            )
          spent = true
          setCookie(context, name, key, { httpOnly: true, sameSite: 'Strict', path: '/' })
        }
        // Nobody led here: the browser was given the address itself, and brings the cookie with all that the page asks.
        return context.req.header('sec-fetch-site') === 'none' ? next() : context.html(enter)
      }
      if (known) return next()
      if (getCookie(context, name) !== undefined) deleteCookie(context, name, { path: '/' })
      return refusal(context, 403, 'token', 'open the address that podpath ui printed: it carries a key')
    },
  }
}

/** Not a redirection: whoever followed a link from elsewhere has a Strict cookie sent only on the next step. */
const enter =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>podpath</title><link rel="icon" href="/icon.svg">'

/** No Origin comes with a plain navigation; where one comes, and where the browser says who asks, it must be us. */
function sameOrigin(context: Context, host: string): boolean {
  const origin = context.req.header('origin')
  if (origin !== undefined && origin !== `http://${host}`) return false
  const method = context.req.method
  if (origin === undefined && method !== 'GET' && method !== 'HEAD') return false
  const site = context.req.header('sec-fetch-site') ?? 'none'
  if (site === 'same-origin' || site === 'none') return true
  // A link in a chat or on another page may open the printed address; nothing else may come from there.
  return context.req.path === '/' && context.req.header('sec-fetch-mode') === 'navigate'
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const same = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
