import { parseIp } from '../../model/address/address.ts'
import { contains, parsePrefix } from '../../model/address/prefix.ts'

/**
 * The proxy that the environment names for a server, as kubectl reads it (golang.org/x/net/http/httpproxy): HTTPS_PROXY or
 * HTTP_PROXY by the server's scheme, in either case of letters, unless NO_PROXY names the server. This machine is
 * never reached by a proxy. Null: none.
 */
export function proxyFromEnvironment(
  server: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const { protocol, hostname, port } = new URL(server)
  const said = (name: string): string => env[name] || env[name.toLowerCase()] || ''
  const proxy = said(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (proxy === '' || host === 'localhost' || /^127\./.test(host) || host === '::1') return null
  const toPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  const spared = said('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && spares(entry, host, toPort))
  if (spared) return null
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

/** One entry of NO_PROXY: `*`, an address, a prefix, a domain (and what is below it), each but `*` with a port or without. */
function spares(entry: string, host: string, toPort: string): boolean {
  if (entry === '*') return true
  const address = parseIp(host)
  const prefix = parsePrefix(entry)
  if (entry.includes('/')) return prefix !== undefined && address !== undefined && contains(prefix, address)
  const port = /^(.*[^:]):(\d+)$/.exec(entry)
  const name = (port?.[1] ?? entry).replace(/^\*?\./, '.')
  if (port?.[2] !== undefined && port[2] !== toPort) return false
  return host === name || host.endsWith(name.startsWith('.') ? name : `.${name}`)
}
