import { describe, expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import type { Packet } from '../../model/packet/packet.ts'
import type { KubernetesPart } from '../../model/fabric/kubernetes.ts'
import { createPolicyForwarder } from './policy-forwarder.ts'
import { readKubernetesObjects } from '../../kubernetes/read-objects.ts'

/* Policies as a user writes them, read as a bundle records them, asked as the engine asks them. */

const pod = (namespace: string, name: string, address: string, labels: object, more: object = {}) => ({
  metadata: { namespace, name, labels },
  spec: {
    nodeName: 'node-1',
    containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }],
    ...more,
  },
  status: {
    phase: 'Running',
    podIPs: [{ ip: address }],
    hostIPs: [{ ip: '192.168.1.138' }],
    conditions: [{ type: 'Ready', status: 'True' }],
  },
})

const pods = [
  pod('default', 'web', '192.168.1.10', { app: 'web' }),
  pod('default', 'front', '192.168.1.11', { app: 'front', tier: 'a' }),
  pod('default', 'other', '192.168.1.12', { app: 'other' }),
  pod('team', 'client', '192.168.2.10', { app: 'front' }),
  pod('default', 'host', '192.168.1.138', { app: 'front' }, { hostNetwork: true }),
]

const services = [
  {
    metadata: { namespace: 'default', name: 'web' },
    spec: { clusterIP: '10.100.200.50', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  },
]

const namespaces = [
  { metadata: { name: 'default', labels: { 'kubernetes.io/metadata.name': 'default' } } },
  { metadata: { name: 'team', labels: { 'kubernetes.io/metadata.name': 'team', stage: 'test' } } },
]

const policy = (name: string, spec: object) => ({ metadata: { namespace: 'default', name }, spec })

const lists = (policies: readonly object[], missing: readonly KubernetesPart[] = []) => {
  const all: Record<KubernetesPart, unknown> = {
    pods: { items: pods },
    services: { items: services },
    endpointslices: { items: [] },
    networkpolicies: { items: policies },
    namespaces: { items: namespaces },
  }
  return Object.fromEntries(Object.entries(all).filter(([part]) => !missing.some((m) => m === part)))
}

const tcp = (src: string, dst: string, destinationPort: number | null): Packet => ({
  src: ip(src),
  dst: ip(dst),
  protocol: 6,
  ttl: 64,
  sourcePort: 40000,
  destinationPort,
  icmpType: null,
  icmpCode: null,
  tcpFlags: 2,
  length: 60,
  dontFragment: true,
  tos: 0,
})
const ping = (src: string, dst: string): Packet => ({
  ...tcp(src, dst, null),
  protocol: 1,
  sourcePort: null,
  icmpType: 8,
  icmpCode: 0,
  tcpFlags: null,
})

const front = '192.168.1.11'
const web = '192.168.1.10'

function ask(
  policies: readonly object[],
  podName: string,
  side: 'ingress' | 'egress',
  packet: Packet,
  missing: readonly KubernetesPart[] = [],
): string {
  const { seen, gaps } = readKubernetesObjects(lists(policies, missing))
  expect(gaps).toEqual([])
  const flow = createPolicyForwarder(seen).newFlow()
  const outcome = flow.cross({
    pod: `pod/default/${podName}`,
    node: 'node/node-1',
    side,
    packet,
    direction: 'forward',
  })
  return outcome.decision === null ? outcome.kind : `${outcome.kind} by ${outcome.decision.by}`
}

const ingress = (...rules: readonly object[]) =>
  policy('p', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: rules })
const egress = (...rules: readonly object[]) =>
  policy('p', { podSelector: {}, policyTypes: ['Egress'], egress: rules })
const from = (...peers: readonly object[]) => ({ from: peers })

describe('into a pod', () => {
  test.each([
    {
      because: 'without a policy everything is allowed, and nothing is said',
      policies: [],
      packet: tcp(front, web, 8080),
      want: 'allowed',
    },
    {
      because: 'a policy for other pods does not matter',
      policies: [policy('p', { podSelector: { matchLabels: { app: 'db' } } })],
      packet: tcp(front, web, 8080),
      want: 'allowed',
    },
    {
      because: 'an egress policy says nothing of ingress',
      policies: [egress()],
      packet: tcp(front, web, 8080),
      want: 'allowed',
    },
    {
      because: 'a policy without rules denies everything',
      policies: [policy('deny', { podSelector: {} })],
      packet: tcp(front, web, 8080),
      want: `dropped by NetworkPolicy default/deny: no ingress rule allows tcp 8080 from ${front}`,
    },
    {
      because: 'the pod’s own node is always allowed',
      policies: [policy('deny', { podSelector: {} })],
      packet: tcp('192.168.1.138', web, 8080),
      want: "allowed by 192.168.1.138 is the address of the pod's own node",
    },
    {
      because: 'an empty rule allows everyone everything',
      policies: [ingress({})],
      packet: ping('8.8.8.8', web),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: everyone; every port',
    },
    {
      because: 'policies add up: one that allows is enough',
      policies: [
        policy('deny', { podSelector: {} }),
        ingress(from({ podSelector: { matchLabels: { app: 'front' } } })),
      ],
      packet: tcp(front, web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: pods app=front; every port',
    },
    {
      because: 'a podSelector alone speaks of the policy’s own namespace',
      policies: [ingress(from({ podSelector: { matchLabels: { app: 'front' } } }))],
      packet: tcp('192.168.2.10', web, 8080),
      want: 'dropped by NetworkPolicy default/p: no ingress rule allows tcp 8080 from 192.168.2.10',
    },
    {
      because: 'with a namespaceSelector it speaks of pods there',
      policies: [
        ingress(
          from({
            podSelector: { matchLabels: { app: 'front' } },
            namespaceSelector: { matchLabels: { stage: 'test' } },
          }),
        ),
      ],
      packet: tcp('192.168.2.10', web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: pods app=front of namespaces stage=test; every port',
    },
    {
      because: 'two peers are an or, one peer with both selectors is an and',
      policies: [
        ingress(
          from(
            { namespaceSelector: { matchLabels: { stage: 'test' } } },
            { podSelector: { matchLabels: { app: 'other' } } },
          ),
        ),
      ],
      packet: tcp('192.168.1.12', web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: every pod of namespaces stage=test, pods app=other; every port',
    },
    {
      because: 'matchExpressions must all hold',
      policies: [
        ingress(
          from({
            podSelector: {
              matchExpressions: [
                { key: 'app', operator: 'In', values: ['front', 'web'] },
                { key: 'tier', operator: 'Exists' },
                { key: 'canary', operator: 'DoesNotExist' },
                { key: 'tier', operator: 'NotIn', values: ['b'] },
              ],
            },
          }),
        ),
      ],
      packet: tcp(front, web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: pods app in (front,web),tier,!canary,tier notin (b); every port',
    },
    {
      because: 'an ipBlock admits what it covers',
      policies: [ingress(from({ ipBlock: { cidr: '192.168.0.0/16', except: ['192.168.1.12/32'] } }))],
      packet: tcp(front, web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: 192.168.0.0/16 except 192.168.1.12/32; every port',
    },
    {
      because: 'and not what it excepts',
      policies: [ingress(from({ ipBlock: { cidr: '192.168.0.0/16', except: ['192.168.1.12/32'] } }))],
      packet: tcp('192.168.1.12', web, 8080),
      want: 'dropped by NetworkPolicy default/p: no ingress rule allows tcp 8080 from 192.168.1.12',
    },
    {
      because: 'a named port is the container’s number',
      policies: [ingress({ ports: [{ port: 'http' }] })],
      packet: tcp(front, web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: everyone; TCP http',
    },
    {
      because: 'the service’s port is not the pod’s',
      policies: [ingress({ ports: [{ port: 80 }] })],
      packet: tcp(front, web, 8080),
      want: `dropped by NetworkPolicy default/p: no ingress rule allows tcp 8080 from ${front}`,
    },
    {
      because: 'endPort makes it a range, both ends included',
      policies: [ingress({ ports: [{ port: 8000, endPort: 8080 }] })],
      packet: tcp(front, web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: everyone; TCP 8000-8080',
    },
    {
      because: 'a ping needs a rule without ports',
      policies: [ingress({ ports: [{ port: 8080 }] })],
      packet: ping(front, web),
      want: `dropped by NetworkPolicy default/p: no ingress rule allows icmp from ${front}`,
    },
    {
      because: 'a hostNetwork pod’s address is its node’s, so its labels do not speak',
      pod: 'web',
      policies: [ingress(from({ podSelector: { matchLabels: { app: 'other' } } }))],
      packet: tcp('192.168.2.20', web, 8080),
      want: 'dropped by NetworkPolicy default/p: no ingress rule allows tcp 8080 from 192.168.2.20',
    },
  ])('$because', ({ policies, packet, want }) => {
    expect(ask(policies, 'web', 'ingress', packet)).toBe(want)
  })
})

describe('out of a pod', () => {
  const toWeb = { to: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 8080 }] }
  test.each([
    {
      because: 'the ClusterIP of a service whose selector the rule selects is admitted, by its target port',
      policies: [egress(toWeb)],
      packet: tcp(front, '10.100.200.50', 80),
      want: 'allowed by NetworkPolicy default/p: egress rule 1: pods app=web; TCP 8080',
    },
    {
      because: 'another port of that address is not',
      policies: [egress(toWeb)],
      packet: tcp(front, '10.100.200.50', 8080),
      want: 'dropped by NetworkPolicy default/p: no egress rule allows tcp 8080 to 10.100.200.50',
    },
    {
      because: 'the pod itself is admitted by its own port',
      policies: [egress(toWeb)],
      packet: tcp(front, web, 8080),
      want: 'allowed by NetworkPolicy default/p: egress rule 1: pods app=web; TCP 8080',
    },
    {
      because: 'an ipBlock of ClusterIPs looks at the service’s port',
      policies: [egress({ to: [{ ipBlock: { cidr: '10.100.0.0/16' } }], ports: [{ port: 80 }] })],
      packet: tcp(front, '10.100.200.50', 80),
      want: 'allowed by NetworkPolicy default/p: egress rule 1: 10.100.0.0/16; TCP 80',
    },
    {
      because: 'the internet is nobody’s pod',
      policies: [egress(toWeb)],
      packet: tcp(front, '198.51.100.100', 443),
      want: 'dropped by NetworkPolicy default/p: no egress rule allows tcp 443 to 198.51.100.100',
    },
    {
      because: 'a name in an ipBlock rule resolves to nothing',
      policies: [egress({ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 'http' }] })],
      packet: tcp(front, '198.51.100.100', 8080),
      want: 'dropped by NetworkPolicy default/p: no egress rule allows tcp 8080 to 198.51.100.100',
    },
  ])('$because', ({ policies, packet, want }) => {
    expect(ask(policies, 'front', 'egress', packet)).toBe(want)
  })
})

describe('what was not recorded', () => {
  const stage = ingress(from({ namespaceSelector: { matchLabels: { stage: 'test' } } }))
  test.each([
    {
      because: 'no list of policies: one may select the pod',
      missing: ['networkpolicies'] as const,
      policies: [],
      packet: tcp(front, web, 8080),
      want: 'unknown by kubernetes/networkpolicies.json: not completely recorded',
    },
    {
      because: 'no namespaces: their labels decide',
      missing: ['namespaces'] as const,
      policies: [stage],
      packet: tcp('192.168.2.10', web, 8080),
      want: 'unknown by NetworkPolicy default/p: ingress rule 1: every pod of namespaces stage=test; every port',
    },
    {
      because: 'a namespace’s name is a label that is known without it',
      missing: ['namespaces'] as const,
      policies: [
        ingress(from({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'team' } } })),
      ],
      packet: tcp('192.168.2.10', web, 8080),
      want: 'allowed by NetworkPolicy default/p: ingress rule 1: every pod of namespaces kubernetes.io/metadata.name=team; every port',
    },
    {
      because: 'the port of the packet is not known, and the peer is not selected anyway',
      missing: [] as const,
      policies: [
        ingress({ from: [{ podSelector: { matchLabels: { app: 'other' } } }], ports: [{ port: 8080 }] }),
      ],
      packet: tcp(front, web, null),
      want: `dropped by NetworkPolicy default/p: no ingress rule allows tcp from ${front}`,
    },
  ])('$because', ({ missing, policies, packet, want }) => {
    expect(ask(policies, 'web', 'ingress', packet, missing)).toBe(want)
  })
})

test('replies to what was allowed are allowed, and name what allowed it', () => {
  const { seen } = readKubernetesObjects(
    lists([policy('deny', { podSelector: {}, policyTypes: ['Egress'] }), ingress({})]),
  )
  const flow = createPolicyForwarder(seen).newFlow()
  const at = { pod: 'pod/default/web', node: 'node/node-1' }
  const request = { ...at, side: 'ingress', packet: tcp(front, web, 8080), direction: 'forward' } as const
  expect(flow.cross(request).kind).toBe('allowed')
  const reply = { ...at, side: 'egress', packet: tcp(web, front, 40000), direction: 'reply' } as const
  expect(flow.cross(reply)).toEqual({
    kind: 'allowed',
    decision: {
      stage: 'network-policy',
      by: 'NetworkPolicy default/p: ingress rule 1: everyone; every port',
      effect: 'allowed: a reply to what this allowed',
    },
  })
  expect(flow.cross({ ...reply, direction: 'forward' }).kind).toBe('dropped')
})
