import { expect, test } from 'vitest'
import { dnsZone } from './dns-zone.ts'
import type { EndpointSlice, Service } from './objects/service.ts'

const metadata = (name: string) => ({
  name,
  namespace: 'default',
  uid: '',
  resourceVersion: '',
  creationTimestamp: '',
})
const service = (name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(name),
  spec,
})
const slice: EndpointSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata('db-x'), labels: { 'kubernetes.io/service-name': 'db' } },
  addressType: 'IPv4',
  ports: [{ name: 'sql', protocol: 'TCP', port: 5432 }],
  endpoints: [
    { addresses: ['192.168.1.5'], conditions: { ready: true } },
    { addresses: ['192.168.2.6'], conditions: { ready: false } },
  ],
}

test('a service is its cluster address, a headless one its ready pods, an external one another name', () => {
  const zone = dnsZone(
    [
      service('web', { clusterIP: '10.100.3.4', ports: [{ name: 'http', port: 80 }] }),
      service('db', { clusterIP: 'None' }),
      service('far', { type: 'ExternalName', externalName: 'example.com' }),
    ],
    [slice],
    ['default'],
  )
  const shared = { namespace: 'default', clusterIP: null, externalName: null, ports: [], endpoints: [] }
  expect(zone).toEqual({
    domain: 'cluster.local',
    namespaces: ['default'],
    services: [
      {
        ...shared,
        name: 'web',
        clusterIP: '10.100.3.4',
        ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
      },
      { ...shared, name: 'db', endpoints: [{ address: '192.168.1.5', hostname: null }] },
      { ...shared, name: 'far', externalName: 'example.com' },
    ],
  })
})
