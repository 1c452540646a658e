import type { faultRooms } from '../../../model/lab/fault.ts'
import type { KubernetesFault } from '../fault.ts'
import type { KubernetesChange } from '../kubernetes-change.ts'
import { toDns } from './flows.ts'

const dnsService = '/api/v1/namespaces/kube-system/services/kube-dns'

interface Port {
  readonly port: number
  readonly targetPort?: number | string
}

/** The ports of the service that answer on 53, as `change` wants them; the others stay. */
const onDnsPorts =
  (change: (port: Port) => Port) =>
  (was: unknown): unknown =>
    Array.isArray(was)
      ? (was as readonly Port[]).map((port) => (port.port === 53 ? change(port) : port))
      : was

const inSpec = (path: string, name: string, change: (was: unknown) => unknown): KubernetesChange => ({
  kind: 'field',
  path,
  field: ['spec', name],
  change,
})

const noEndpoints = `iptables-save -t filter | grep -q 'kube-system/kube-dns:dns has no endpoints'`

/** The port of the service that `node-port-local` makes. */
const nodePort = 30053

export const kubernetesFaults: {
  readonly [Code in (typeof faultRooms)['kubernetes'][number]]: KubernetesFault
} = {
  'service-selector-wrong': {
    at: 'kubernetes',
    pod: 'any',
    trial: toDns,
    change: inSpec(dnsService, 'selector', () => ({ 'k8s-app': 'coredns' })),
    inForce: noEndpoints,
  },
  'service-target-port-wrong': {
    at: 'kubernetes',
    pod: 'any',
    trial: toDns,
    change: inSpec(
      dnsService,
      'ports',
      onDnsPorts((port) => ({ ...port, targetPort: 5353 })),
    ),
    inForce: `iptables-save -t nat | grep -q -e '-p udp .*--to-destination .*:5353'`,
  },
  'service-port-changed': {
    at: 'kubernetes',
    pod: 'any',
    trial: { ...toDns, to: 'dns-address' },
    change: inSpec(
      dnsService,
      'ports',
      onDnsPorts((port) => ({ ...port, port: 5353 })),
    ),
    inForce: `iptables-save -t nat | grep -q -e 'kube-dns:dns cluster IP.*--dport 5353'`,
  },
  'dns-scaled-to-zero': {
    at: 'kubernetes',
    pod: 'any',
    trial: toDns,
    change: inSpec('/apis/apps/v1/namespaces/kube-system/deployments/coredns', 'replicas', () => 0),
    inForce: noEndpoints,
  },
  'node-port-local': {
    at: 'kubernetes',
    pod: 'far-from-dns',
    trial: { from: 'peer', to: 'node', with: ['--protocol', 'tcp', '--port', String(nodePort)] },
    change: {
      kind: 'object',
      path: '/api/v1/namespaces/kube-system/services',
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'dns-outside' },
        spec: {
          type: 'NodePort',
          externalTrafficPolicy: 'Local',
          selector: { 'k8s-app': 'kube-dns' },
          ports: [{ name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 53, nodePort }],
        },
      } as { readonly metadata: { readonly name: string } },
    },
    inForce: `iptables-save -t nat | grep -q -e 'kube-system/dns-outside'`,
  },
}
