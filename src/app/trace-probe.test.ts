import { describe, expect, test } from 'vitest'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { Resolved } from '../endpoints/resolve.ts'
import type { ServicePort } from '../endpoints/service-port.ts'
import { probeOf } from './trace-probe.ts'

const usual = { count: 1, timeoutMs: 1_000 }

const service = (...offers: readonly ServicePort[]): Resolved => ({
  kind: 'service',
  endpoint: { kind: 'service', name: 'shop/cart', address: '10.100.0.9' },
  service: { namespace: 'shop', name: 'cart', addresses: ['10.100.0.9'], externalName: null, ports: offers },
  port: offers.length === 1 ? (offers[0]?.port ?? null) : null,
  offers,
})
const pod: Resolved = {
  kind: 'address',
  endpoint: { kind: 'address', name: '192.0.2.1', address: '192.0.2.1' },
}
const http: ServicePort = { name: 'http', port: 8080, protocol: 'TCP' }
const log: ServicePort = { name: 'log', port: 514, protocol: 'UDP' }
const dns: ServicePort = { name: 'dns', port: 53, protocol: 'UDP' }

describe('what is sent', () => {
  test.each([
    { because: 'nobody but a service has a protocol of its own', to: pod, wish: {}, sent: 'icmp' },
    { because: 'the service has one port', to: service(http), wish: {}, sent: 'tcp 8080' },
    { because: 'nothing is known of what answers there', to: service(log), wish: {}, sent: 'udp 514' },
    { because: 'a question for a name is answered', to: service(dns), wish: {}, sent: 'dns 53' },
    { because: 'the port is named', to: service(http, log), wish: { port: 514 }, sent: 'udp 514' },
    { because: 'the service offers no such port', to: service(http, log), wish: { port: 1 }, sent: 'icmp' },
    {
      because: 'the user knows better',
      to: service(http),
      wish: { protocol: 'http' as const },
      sent: 'http 8080',
    },
    {
      because: 'a ping has no port',
      to: service(http),
      wish: { protocol: 'icmp' as const },
      sent: 'icmp',
    },
    {
      because: 'the usual one, where there are several',
      to: service(http, dns),
      wish: { protocol: 'dns' as const },
      sent: 'dns 53',
    },
  ])('$sent: $because', ({ to, wish, sent }) => {
    const { protocol, port, request } = probeOf({ ...usual, ...wish }, to)
    expect([protocol, port].filter((one) => one !== undefined).join(' ')).toBe(sent)
    expect(request).toMatchObject({ protocol, ...(port === undefined ? {} : { port }) })
  })

  test.each([
    {
      because: 'none of several ports is chosen',
      to: service(http, dns),
      says: 'name one, as svc/shop/cart:8080, or a protocol; it has 8080 (tcp, http), 53 (udp, dns)',
    },
    {
      because: 'SCTP is not sent',
      to: service({ name: '', port: 9, protocol: 'SCTP' }),
      says: 'shop/cart speaks SCTP, which no trace sends',
    },
  ])('is refused: $because', ({ to, says }) => {
    expect(() => probeOf(usual, to)).toThrow(ClusterError)
    expect(() => probeOf(usual, to)).toThrow(says)
  })
})
