import { describe, expect, test } from 'vitest'
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { ClusterFacts, PodFacts } from '../kubernetes/facts.ts'
import { nearest, resolveEndpoint } from './resolve.ts'

const pod = (name: string, address: string, more: Partial<PodFacts> = {}): PodFacts => ({
  namespace: 'default',
  name,
  uid: '',
  labels: { app: 'netshoot-pod' },
  node: 'n1',
  addresses: address === '' ? [] : [address],
  hostNetwork: false,
  phase: 'Running',
  ready: true,
  ...more,
})
const facts: ClusterFacts = {
  nodes: [
    {
      name: 'n1',
      ready: true,
      alive: true,
      unreadyBecause: null,
      internalAddresses: ['192.168.1.138'],
      externalAddresses: [],
      providerId: null,
      labels: {},
    },
  ],
  pods: [
    pod('netshoot-pod-79b47d6c48-4xk2p', '192.168.1.239'),
    pod('netshoot-pod-79b47d6c48-8hcvw', '192.168.3.143'),
    pod('waiting', '', { node: null, phase: 'Pending', labels: {} }),
    pod('done', '192.168.1.9', { phase: 'Succeeded' }),
    pod('aws-node-abcde', '192.168.1.138', { namespace: 'kube-system', hostNetwork: true }),
    pod('web.example', '192.168.1.77'),
  ],
  services: [
    {
      namespace: 'default',
      name: 'web',
      addresses: ['10.100.7.7'],
      externalName: null,
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    },
    {
      namespace: 'kube-system',
      name: 'kube-dns',
      addresses: ['10.100.0.10'],
      externalName: null,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'metrics', port: 9153, protocol: 'TCP' },
      ],
    },
    { namespace: 'default', name: 'headless', addresses: [], externalName: null, ports: [] },
  ],
  raw: new Map(),
  gaps: [],
}
const resolve = (typed: string) =>
  resolveEndpoint(typed, facts, {
    namespace: 'default',
    deployment: (_namespace, name) =>
      name === 'netshoot-pod'
        ? Promise.resolve({ spec: { selector: { matchLabels: { app: 'netshoot-pod' } } } })
        : Promise.reject(new ClusterError('not-found', 'no')),
  })

describe('what the user typed becomes endpoints', () => {
  test.each([
    {
      typed: 'netshoot-pod-79b47d6c48-4xk2p',
      ends: ['pod default/netshoot-pod-79b47d6c48-4xk2p 192.168.1.239 n1'],
    },
    {
      typed: 'default/netshoot-pod-79b47d6c48-4xk2p',
      ends: ['pod default/netshoot-pod-79b47d6c48-4xk2p 192.168.1.239 n1'],
    },
    {
      typed: 'pod/netshoot-pod-79b47d6c48-4xk2p',
      ends: ['pod default/netshoot-pod-79b47d6c48-4xk2p 192.168.1.239 n1'],
    },
    {
      typed: 'deploy/netshoot-pod',
      ends: [
        'pod default/netshoot-pod-79b47d6c48-4xk2p 192.168.1.239 n1',
        'pod default/netshoot-pod-79b47d6c48-8hcvw 192.168.3.143 n1',
        'pod default/web.example 192.168.1.77 n1',
      ],
    },
    { typed: 'node/n1', ends: ['node n1 192.168.1.138 n1'] },
    { typed: 'svc/web', ends: ['service default/web:80 10.100.7.7'] },
    { typed: 'svc/web:http', ends: ['service default/web:80 10.100.7.7'] },
    { typed: 'svc/kube-system/kube-dns', ends: ['service kube-system/kube-dns 10.100.0.10'] },
    { typed: 'svc/kube-system/kube-dns:53', ends: ['service kube-system/kube-dns:53 10.100.0.10'] },
    { typed: '192.168.3.143', ends: ['pod default/netshoot-pod-79b47d6c48-8hcvw 192.168.3.143 n1'] },
    { typed: '192.168.1.138', ends: ['node n1 192.168.1.138 n1'] },
    { typed: '192.168.1.9', ends: ['address 192.168.1.9 192.168.1.9'] },
    { typed: '8.8.8.8', ends: ['address 8.8.8.8 8.8.8.8'] },
    { typed: '2001:db8::1', ends: ['address 2001:db8::1 2001:db8::1'] },
    { typed: 'www.google.com', ends: ['host www.google.com'] },
    { typed: 'web.example', ends: ['pod default/web.example 192.168.1.77 n1'] },
  ])('$typed', async ({ typed, ends }) => {
    const found = await resolve(typed)
    expect(
      found.map(({ endpoint: { kind, name, address, node } }) =>
        [kind, name, address, node].filter(Boolean).join(' '),
      ),
    ).toEqual(ends)
  })
})

describe('what cannot be found is one line with what is near', () => {
  test.each([
    {
      typed: 'netshoot-pod-79b47d6c48-4xk2q',
      says: 'there is no pod "netshoot-pod-79b47d6c48-4xk2q" in namespace "default"; near it: netshoot-pod-79b47d6c48-4xk2p, netshoot-pod-79b47d6c48-8hcvw',
    },
    {
      typed: 'aws-node-abcde',
      says: 'there is no pod "aws-node-abcde" in namespace "default"; near it: kube-system/aws-node-abcde',
    },
    {
      typed: 'waiting',
      says: 'pod default/waiting has no address yet (it is Pending): kubectl describe pod tells why',
    },
    { typed: 'done', says: 'pod default/done has ended (it is Succeeded)' },
    { typed: 'node/n2', says: 'there is no node "n2"; near it: n1' },
    { typed: 'svc/wen', says: 'there is no service "wen" in namespace "default"; near it: web' },
    { typed: 'svc/web:81', says: 'service default/web has no port "81"; near it: 80' },
    {
      typed: 'svc/headless',
      says: 'service default/headless has no cluster address (it is headless or external): name one of its pods',
    },
    { typed: 'deploy/nothing', says: 'there is no deployment "nothing" in namespace "default"' },
    { typed: 'deploy/../nodes', says: '"../nodes" names no deployment' },
    { typed: '', says: '"" is no endpoint: [NAMESPACE/]POD, deploy/NAME' },
    { typed: 'a b', says: '"a b" is no endpoint' },
    { typed: 'x\u001b[31m', says: 'is no endpoint' },
  ])('$typed', async ({ typed, says }) => {
    const error: unknown = await resolve(typed).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ClusterError)
    expect((error as Error).message).toContain(says)
    expect((error as Error).message).not.toMatch(/[\u0000-\u001f]/)
  })

  test('nothing is near to everything', () => {
    expect(nearest('completely-different', ['a', 'web'])).toEqual([])
  })
})
