/** An answer over HTTP. */
export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

export interface PageRequest {
  /** The Host header, port and all; undefined without one. */
  readonly host: string | undefined
  /** The address that was called: it says which site is meant when the Host header does not. */
  readonly localAddress: string
  readonly remoteAddress: string
  readonly method: string
  readonly path: string
}

/** Which site stands at which address. */
export type Sites = Readonly<Record<string, string>>

const html = (body: string): string =>
  `<!doctype html><html><head><title>Google</title></head><body>${body}</body></html>\n`

/**
 * The two sites of the lab's internet, pure. `ipinfo.io/ip` answers with the caller's address and, as the real one,
 * without a newline: that is why people write `curl -s ipinfo.io/ip ; echo`.
 */
export function internetPage(request: PageRequest, sites: Sites): Page {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, type: 'text/plain; charset=utf-8', body: 'Method Not Allowed\n' }
  const path = request.path.split('?')[0]
  const caller = request.remoteAddress.replace(/^::ffff:/, '')
  switch (siteOf(request, sites)) {
    case 'www.google.com':
    case 'google.com':
      return path === '/'
        ? {
            status: 200,
            type: 'text/html; charset=UTF-8',
            body: html('podpath lab: this is not the real www.google.com.'),
          }
        : { status: 404, type: 'text/html; charset=UTF-8', body: html('404. That page is not here.') }
    case 'ipinfo.io':
      if (path === '/ip') return { status: 200, type: 'text/plain; charset=utf-8', body: caller }
      return path === '/' || path === '/json'
        ? {
            status: 200,
            type: 'application/json; charset=utf-8',
            body: `${JSON.stringify({ ip: caller }, null, 2)}\n`,
          }
        : { status: 404, type: 'text/plain; charset=utf-8', body: 'Not Found\n' }
    default:
      return { status: 404, type: 'text/plain; charset=utf-8', body: 'no such site in this internet\n' }
  }
}

/** By name where the site is known, else by the address that was called. */
function siteOf({ host, localAddress }: PageRequest, sites: Sites): string | undefined {
  const named = host?.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  const known = ['www.google.com', 'google.com', 'ipinfo.io']
  if (named !== undefined && known.includes(named)) return named
  const address = localAddress.replace(/^::ffff:/, '')
  return Object.hasOwn(sites, address) ? sites[address] : undefined
}
