import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { ip } from '../../model/address/address.ts'
import { compileObjects } from './compile-objects.ts'
import { readKubernetesObjects } from '../../kubernetes/read-objects.ts'
import { explainService } from './service.ts'

const pod = (
  name: string,
  address: string,
  ready: boolean,
  ports: readonly object[] = [{ containerPort: 8080 }],
) => ({
  metadata: { namespace: 'default', name, labels: { app: 'web' } },
  spec: { nodeName: 'node-1', containers: [{ name: 'c', ports }] },
  status: {
    phase: 'Running',
    podIP: address,
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
})

const service = (spec: object) => ({
  metadata: { namespace: 'default', name: 'web' },
  spec: {
    clusterIP: '10.100.200.50',
    selector: { app: 'web' },
    ports: [{ port: 80, targetPort: 8080 }],
    ...spec,
  },
})

const slice = (endpoints: readonly object[], port = 8080) => ({
  metadata: { namespace: 'default', name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: '', port, protocol: 'TCP' }],
  endpoints,
})
const endpoint = (address: string, conditions: object = { ready: true }) => ({
  addresses: [address],
  conditions,
  targetRef: { kind: 'Pod', name: 'web-1' },
  nodeName: 'node-1',
})

test.each([
  {
    because: 'a service sends to its ready endpoints',
    pods: [pod('web-1', '192.168.1.10', true)],
    services: [service({})],
    slices: [slice([endpoint('192.168.1.10'), endpoint('192.168.1.11', { ready: false })])],
    to: ['192.168.1.10:8080'],
    problems: [],
    effect: 'one of 192.168.1.10:8080',
  },
  {
    because: 'with none ready, to those that terminate and still serve',
    pods: [pod('web-1', '192.168.1.10', false)],
    services: [service({})],
    slices: [slice([endpoint('192.168.1.10', { ready: false, serving: true, terminating: true })])],
    to: ['192.168.1.10:8080'],
    problems: [],
    effect: 'one of 192.168.1.10:8080',
  },
  {
    because: 'pods that are not ready are no endpoints',
    pods: [pod('web-1', '192.168.1.10', false)],
    services: [service({})],
    slices: [slice([endpoint('192.168.1.10', { ready: false })])],
    to: [],
    problems: [{ code: 'not-ready', service: 'default/web', pods: ['web-1'] }],
    effect: 'has no endpoint to send to',
  },
  {
    because: 'a selector that selects nothing',
    pods: [pod('web-1', '192.168.1.10', true)],
    services: [service({ selector: { app: 'wbe' } })],
    slices: [slice([])],
    to: [],
    problems: [{ code: 'selects-no-pod', service: 'default/web', selector: 'app=wbe' }],
    effect: 'has no endpoint to send to',
  },
  {
    because: 'a target port that the pods do not declare is worth a look',
    pods: [pod('web-1', '192.168.1.10', true)],
    services: [service({ ports: [{ port: 80, targetPort: 8000 }] })],
    slices: [slice([endpoint('192.168.1.10')], 8000)],
    to: ['192.168.1.10:8000'],
    problems: [
      {
        code: 'target-port-not-declared',
        service: 'default/web',
        targetPort: 8000,
        pods: ['web-1'],
        declared: [8080],
      },
    ],
    effect: 'one of 192.168.1.10:8000',
  },
  {
    because: 'a target port’s name that no container has leaves the pod out',
    pods: [pod('web-1', '192.168.1.10', true)],
    services: [service({ ports: [{ port: 80, targetPort: 'http' }] })],
    slices: [slice([])],
    to: [],
    problems: [
      { code: 'no-endpoints', service: 'default/web' },
      { code: 'no-such-target-port', service: 'default/web', targetPort: 'http', pods: ['web-1'] },
    ],
    effect: 'has no endpoint to send to',
  },
  {
    because: 'another port than the service’s',
    pods: [],
    services: [service({ ports: [{ port: 8080, targetPort: 80 }] })],
    slices: [],
    to: [],
    problems: [{ code: 'no-such-port', service: 'default/web', ports: ['TCP 8080'] }],
    effect: 'no port 80 of this protocol',
  },
  {
    because: 'endpoint slices that were not recorded leave it open',
    pods: [pod('web-1', '192.168.1.10', true)],
    services: [service({})],
    slices: undefined,
    to: [],
    problems: [{ code: 'endpoints-unknown', service: 'default/web' }],
    effect: 'its endpoints are not recorded',
  },
])('$because', ({ pods, services, slices, to, problems, effect }) => {
  const { seen, gaps } = readKubernetesObjects({
    pods: { items: pods },
    services: { items: services },
    ...(slices === undefined ? {} : { endpointslices: { items: slices } }),
  })
  expect(gaps).toEqual([])
  const told = explainService(compileObjects(seen), ip('10.100.200.50'), 80, 6)
  expect(
    told?.endpoints.map((e) => `${ip('192.168.1.10') === e.address ? '192.168.1.10' : '?'}:${e.port}`),
  ).toEqual(to)
  expect(told?.problems).toEqual(problems)
  expect(told?.decisions.at(-1)?.effect).toBe(effect)
})

test('an address of no service is explained by none', () => {
  const { seen } = readKubernetesObjects({})
  expect(explainService(compileObjects(seen), ip('10.100.0.1'), 443, 6)).toBeNull()
})

test('what does not fit is a gap, and its part is named as missing', () => {
  const { seen, gaps } = readKubernetesObjects({
    pods: { items: [pod('web-1', '192.168.1.10', true), { metadata: { name: 7 } }] },
    services: 'nonsense',
  })
  expect(seen.pods).toHaveLength(1)
  expect(seen.missing).toContain('pods')
  expect(gaps.map((gap) => gap.at)).toEqual(['kubernetes/pods.json', 'kubernetes/services.json'])
})

const parts = ['pods', 'services', 'endpointslices', 'networkpolicies', 'namespaces'] as const
const item = fc.record(
  { metadata: fc.jsonValue(), spec: fc.jsonValue(), status: fc.jsonValue(), endpoints: fc.jsonValue() },
  { requiredKeys: [] },
)
const anyLists = fc.dictionary(
  fc.constantFrom(...parts),
  fc.oneof(fc.jsonValue(), fc.record({ items: fc.array(item) })),
)

test.prop([anyLists])('no input makes the reader throw', (lists) => {
  expect(() => readKubernetesObjects(lists)).not.toThrow()
})
