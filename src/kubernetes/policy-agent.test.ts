import { expect, test } from 'vitest'
import type { Container, Pod } from '../model/fabric/kubernetes.ts'
import { enforcesPolicies } from './policy-agent.ts'

const pod = (...containers: readonly Partial<Container>[]): Pod => ({
  namespace: 'kube-system',
  name: 'x',
  labels: {},
  nodeName: null,
  hostNetwork: true,
  phase: 'Running',
  ready: true,
  addresses: [],
  hostAddresses: [],
  ports: [],
  containers: containers.map((one) => ({ name: '', image: '', environment: null, ...one })),
})
const node = { name: 'aws-node', image: 'amazon-k8s-cni:v1.18.0' }
const agent = { name: 'aws-eks-nodeagent', image: 'aws-network-policy-agent:v1.1.0' }

test.each<[enforced: boolean, because: string, pods: readonly Pod[]]>([
  [false, 'aws-node has no agent', [pod(node)]],
  [
    false,
    'its agent is switched off',
    [pod(node, { ...agent, switches: ['--enable-network-policy=false'] })],
  ],
  [true, 'its agent is switched on', [pod(node, { ...agent, switches: ['--enable-network-policy=true'] })]],
  [true, 'whether its agent is switched on was not recorded', [pod(node, agent)]],
  [true, 'Calico does it', [pod(node), pod({ image: 'docker.io/calico/node:v3.27' })]],
  [true, 'nothing is known of the network plugin', [pod({ name: 'web', image: 'nginx' })]],
  [true, 'no pods were read', []],
])('enforced %s: %s', (enforced, because, pods) => {
  const missing = because === 'no pods were read' ? (['pods'] as const) : []
  expect(enforcesPolicies({ pods, missing })).toBe(enforced)
})
