import type { faultRooms } from '../../../model/lab/fault.ts'
import type { KubernetesFault } from '../fault.ts'
import type { KubernetesChange } from '../kubernetes-change.ts'
import { toInternet, toPeer } from './flows.ts'

interface Container {
  readonly name: string
  readonly env?: readonly { readonly name: string }[]
}

/** As `kubectl set env daemonset/aws-node NAME=VALUE` does. */
const withEnvironment = (name: string, value: string): KubernetesChange => ({
  kind: 'field',
  path: '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node',
  field: ['spec', 'template', 'spec', 'containers'],
  change: (was) =>
    Array.isArray(was)
      ? (was as readonly Container[]).map((container) =>
          container.name === 'aws-node'
            ? {
                ...container,
                env: (container.env ?? []).some((one) => one.name === name)
                  ? (container.env ?? []).map((one) => (one.name === name ? { name, value } : one))
                  : [...(container.env ?? []), { name, value }],
              }
            : container,
        )
      : was,
})

/** aws-node reads its environment as it starts; so each of these is in force a while after it is set. */
export const settingsFaults: {
  readonly [Code in (typeof faultRooms)['settings'][number]]: KubernetesFault
} = {
  'external-snat': {
    at: 'kubernetes',
    pod: 'any',
    trial: toInternet,
    only: 'public-subnets',
    change: withEnvironment('AWS_VPC_K8S_CNI_EXTERNALSNAT', 'true'),
    inForce: `! iptables-save -t nat | grep -q -e '--to-source'`,
  },
  // The lab's internet is in the ranges that RFC 5737 keeps for examples.
  'snat-excludes-internet': {
    at: 'kubernetes',
    pod: 'any',
    trial: toInternet,
    only: 'public-subnets',
    change: withEnvironment('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS', '198.0.0.0/8'),
    inForce: `iptables-save -t nat | grep -q -e '^-A AWS-SNAT-CHAIN-.*198.0.0.0/8'`,
  },
  'external-service-cidr-too-broad': {
    at: 'kubernetes',
    pod: 'later-eni',
    trial: toPeer,
    change: withEnvironment('AWS_EXTERNAL_SERVICE_CIDRS', '192.168.0.0/16'),
    inForce: `ip rule show pref 1535 | grep -q .`,
  },
}
