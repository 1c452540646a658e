/**
 * The lab's CoreDNS: `node coredns.js ZONE.json [DNS-PORT]`, started inside a pod's namespaces. It reads the zone again when
 * the file changes (looked at five times a second, which also works across mounts) and on SIGHUP.
 */
import { readFileSync, watchFile } from 'node:fs'
import { createServer } from 'node:http'
import { boundConnections } from '../../edge/bound-connections.ts'
import { clusterDns, type DnsCounts } from './cluster-dns.ts'
import { clusterZone } from './cluster-zone.ts'
import { serveDns } from './dns-server.ts'
import { askUpstream } from './upstream.ts'
import type { Zone } from './zone.ts'

const [path, port = '53'] = process.argv.slice(2)
if (path === undefined || !/^\d{1,5}$/.test(port)) {
  console.error('usage: coredns ZONE.json [PORT]')
  process.exit(2)
}

let zone: Zone | undefined
let serial = Math.floor(Date.now() / 1000)

function readZone(file: string): void {
  try {
    zone = clusterZone(readFileSync(file, 'utf8'), serial++)
  } catch (error) {
    // The zone at hand goes on being served; a half-written file is read again when it changes.
    console.error(`[ERROR] plugin/kubernetes: ${file}: ${String(error)}`)
  }
}

/** The nameservers of the pod's resolv.conf (dnsPolicy Default: the node's), read anew for each question. */
function nameservers(): readonly { address: string; port: number }[] {
  const found = readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver[ \t]+(\d+\.\d+\.\d+\.\d+)/gm)
  return Array.from(found, (line) => ({ address: line[1] ?? '', port: 53 })).slice(0, 3)
}

readZone(path)
watchFile(path, { interval: 200 }, () => {
  readZone(path)
})
process.on('SIGHUP', () => {
  readZone(path)
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0))

const dns = clusterDns({
  zone: () => zone,
  forward: async (query) => askUpstream(query, nameservers()),
  now: () => performance.now(),
})
await serveDns({
  address: '0.0.0.0',
  port: Number(port),
  handle: dns.handle,
  onError: (error) => {
    console.error(`[ERROR] ${String(error)}`)
  },
}).catch((error: unknown) => {
  console.error(`[FATAL] ${String(error)}`)
  process.exit(1)
})

/** Connections to one of its pages at one time. */
const mostConnections = 64

/** One page on one port, for GET and HEAD. */
function servePage(at: number, where: string, page: () => { status: number; body: string }): void {
  const server = createServer((request, response) => {
    const { status, body } = request.url === where ? page() : { status: 404, body: '404 page not found\n' }
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(body)
  })
  boundConnections(server, mostConnections)
  server
    .on('error', (error) => {
      console.error(`[ERROR] port ${at}: ${error.message}`)
      process.exit(1)
    })
    .listen(at, '0.0.0.0')
}

servePage(8080, '/health', () => ({ status: 200, body: 'OK' }))
servePage(8181, '/ready', () => (zone ? { status: 200, body: 'OK' } : { status: 503, body: 'kubernetes' }))
servePage(9153, '/metrics', () => ({ status: 200, body: metrics(dns.counts) }))

function metrics({ requests, forwarded, cacheHits, responses }: Readonly<DnsCounts>): string {
  const names = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
  const counter = (name: string, help: string, samples: readonly string[]): string =>
    [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...samples].join('\n')
  return [
    counter('coredns_dns_requests_total', 'Counter of DNS requests made.', [
      `coredns_dns_requests_total ${requests}`,
    ]),
    counter(
      'coredns_dns_responses_total',
      'Counter of response status codes.',
      [...responses].map(([code, n]) => `coredns_dns_responses_total{rcode="${names[code] ?? code}"} ${n}`),
    ),
    counter('coredns_forward_requests_total', 'Counter of requests made to the resolver.', [
      `coredns_forward_requests_total ${forwarded}`,
    ]),
    counter('coredns_cache_hits_total', 'The count of cache hits.', [
      `coredns_cache_hits_total ${cacheHits}`,
    ]),
    '',
  ].join('\n')
}

console.log(`.:${port}`)
