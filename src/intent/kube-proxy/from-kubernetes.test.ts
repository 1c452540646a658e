import { describe, expect, test } from 'vitest'
import { ip4Of } from '../../model/address/address.ts'
import { servicePorts, type KubernetesEndpointSlice, type KubernetesService } from './from-kubernetes.ts'

const dns: KubernetesService = {
  metadata: { namespace: 'kube-system', name: 'kube-dns' },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.100.0.10',
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'dns-tcp', protocol: 'TCP', port: 53 },
    ],
  },
}
const slice: KubernetesEndpointSlice = {
  metadata: {
    namespace: 'kube-system',
    name: 'kube-dns-abcde',
    labels: { 'kubernetes.io/service-name': 'kube-dns' },
  },
  addressType: 'IPv4',
  ports: [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  ],
  endpoints: [
    {
      addresses: ['192.168.1.10'],
      nodeName: 'node1',
      conditions: { ready: true, serving: true, terminating: false },
    },
    { addresses: ['192.168.2.10'], conditions: {} },
  ],
}

test('each port of a service, with the endpoints of its slices', () => {
  const { ports, problems } = servicePorts([dns], [slice])
  expect(problems).toEqual([])
  expect(ports.map(({ portName, protocol, endpoints }) => [portName, protocol, endpoints.length])).toEqual([
    ['dns', 'UDP', 2],
    ['dns-tcp', 'TCP', 2],
  ])
  expect(ports[0]?.endpoints).toEqual([
    {
      address: ip4Of('192.168.1.10'),
      port: 53,
      node: 'node1',
      ready: true,
      serving: true,
      terminating: false,
    },
    { address: ip4Of('192.168.2.10'), port: 53, node: null, ready: true, serving: true, terminating: false },
  ])
})

describe('left out in silence, as kube-proxy does', () => {
  test.each([
    ['headless', { ...dns, spec: { ...dns.spec, clusterIP: 'None' } }],
    ['without an address', { ...dns, spec: { ...dns.spec, clusterIP: '' } }],
    ['ExternalName', { ...dns, spec: { ...dns.spec, type: 'ExternalName' } }],
    [
      'handed to another proxy',
      { ...dns, metadata: { ...dns.metadata, labels: { 'service.kubernetes.io/service-proxy-name': 'x' } } },
    ],
  ])('a service %s', (_, service) => {
    expect(servicePorts([service], [])).toEqual({ ports: [], problems: [] })
  })

  test.each([
    ['of another family', { ...slice, addressType: 'IPv6' }],
    ['of no service', { ...slice, metadata: { ...slice.metadata, labels: {} } }],
  ])('a slice %s', (_, other) => {
    expect(servicePorts([dns], [other]).ports[0]?.endpoints).toEqual([])
  })
})

describe('hostile or broken, left out and named', () => {
  test.each([
    ['bad-name', { ...dns, metadata: { namespace: 'default', name: 'x" -j ACCEPT\n-A INPUT' } }],
    ['bad-address', { ...dns, spec: { ...dns.spec, clusterIP: '10.100.0.256' } }],
    ['bad-port', { ...dns, spec: { ...dns.spec, ports: [{ port: 70000 }] } }],
    ['bad-protocol', { ...dns, spec: { ...dns.spec, ports: [{ port: 80, protocol: 'tcp -j' }] } }],
    ['bad-name', { ...dns, spec: { ...dns.spec, ports: [{ port: 80, name: 'a b' }] } }],
  ])('%s', (because, service) => {
    const { ports, problems } = servicePorts([service], [])
    expect(ports).toEqual([])
    expect(problems.map((problem) => problem.because)).toEqual([because])
  })

  test('a bad endpoint does not take the others with it', () => {
    const bad = { ...slice, endpoints: [{ addresses: ['nowhere'] }, ...slice.endpoints] }
    const { ports, problems } = servicePorts([dns], [bad])
    expect(ports[0]?.endpoints).toHaveLength(2)
    expect(problems[0]).toEqual({
      where: 'EndpointSlice kube-system/kube-dns-abcde',
      because: 'bad-address',
      value: 'nowhere',
    })
  })
})

test('what only some types of service have', () => {
  const spec = {
    ...dns.spec,
    ports: [{ port: 80, nodePort: 30080 }],
    sessionAffinity: 'ClientIP',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31000,
    loadBalancerSourceRanges: ['10.0.0.0/8'],
  }
  const status = {
    loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { ip: '203.0.113.10', ipMode: 'Proxy' }] },
  }
  const read = (type: string): unknown =>
    servicePorts([{ ...dns, spec: { ...spec, type }, status }], []).ports[0]
  expect(read('LoadBalancer')).toMatchObject({
    nodePort: 30080,
    loadBalancerIPs: [ip4Of('203.0.113.9')],
    healthCheckNodePort: 31000,
    sessionAffinitySeconds: 10800,
  })
  expect(read('ClusterIP')).toMatchObject({ nodePort: null, loadBalancerIPs: [] })
})
