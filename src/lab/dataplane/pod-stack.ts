import { podIntent, type PodIntent } from '../../intent/vpc-cni/pod.ts'
import { atLeast } from '../../intent/vpc-cni/cni-version.ts'
import type { VpcCniSettings } from '../../intent/vpc-cni/settings.ts'
import { ip4Of } from '../../model/address/address.ts'
import type { Prefix } from '../../model/address/prefix.ts'
import type { Act } from './act.ts'

export interface PodWire {
  readonly namespace: string
  readonly name: string
  readonly address: string
  readonly deviceIndex: number
  /** The name under /run/netns that the container runtime gives the pod's namespace. */
  readonly netns: string
  /** Of the host end: the pod's permanent neighbour for its gateway. */
  readonly hostMac: string
}

export const intentOf = (settings: VpcCniSettings, vpcCidrs: readonly Prefix[], pod: PodWire): PodIntent =>
  podIntent({
    settings,
    vpcCidrs,
    pod: {
      namespace: pod.namespace,
      name: pod.name,
      address: ip4Of(pod.address),
      eni: { deviceIndex: pod.deviceIndex },
    },
  })

/**
 * What the runtime and CNI ADD do, for several pods of one node at once: one batch in the node's namespace, one in
 * each pod's.
 */
export function addPods(
  settings: VpcCniSettings,
  vpcCidrs: readonly Prefix[],
  pods: readonly PodWire[],
): readonly Act[] {
  const planned = pods.map((pod) => ({ pod, intent: intentOf(settings, vpcCidrs, pod) }))
  const names = pods.map((pod) => `${pod.namespace}/${pod.name}`).join(', ')
  return [
    { kind: 'ip', why: `namespaces for ${names}`, lines: pods.map((pod) => `netns add ${pod.netns}`) },
    ...planned.map(({ pod, intent }) => podAct(settings, pod, intent)),
    { kind: 'ip', why: `CNI ADD for ${names}`, lines: planned.flatMap(({ intent }) => hostLines(intent)) },
  ]
}

const hostLines = (intent: PodIntent): readonly string[] => [
  `link set ${intent.hostInterface} up`,
  ...intent.host.routes.map((route) => `route replace ${route.line} table ${route.table}`),
  ...intent.host.rules.map((rule) => `rule add pref ${rule.priority} ${rule.line}`),
]

/** In the pod's namespace; process 1 there is the node's first, which stands in the node's own namespace. */
function podAct(settings: VpcCniSettings, pod: PodWire, intent: PodIntent): Act {
  const both = `mtu ${intent.mtu} txqueuelen ${intent.transmitQueueLength}`
  // Before v1.23 the host end was made in the pod as index 2 and moved away, so the pod's own end is index 3.
  const index = atLeast(settings.version, 1, 23, 0) ? 2 : 3
  const lines = [
    `link add name eth0 index ${index} ${both} type veth peer name ${intent.hostInterface} ${both} address ${pod.hostMac} netns 1`,
    'link set lo up',
    'link set eth0 up',
    ...intent.pod.routes.map((route) => `route replace ${route.line} table ${route.table}`),
    `addr add ${intent.pod.address} dev eth0`,
    `neigh replace ${intent.pod.neighbour.address} lladdr ${pod.hostMac} dev eth0 nud permanent`,
  ]
  return { kind: 'ip', why: 'the pod’s own namespace', namespace: pod.netns, lines }
}

/** What CNI DEL and the runtime do. Goes on when a part is gone already. */
export function removePod(
  settings: VpcCniSettings,
  vpcCidrs: readonly Prefix[],
  pod: PodWire,
): readonly Act[] {
  const intent = intentOf(settings, vpcCidrs, pod)
  return [
    {
      kind: 'ip',
      why: `CNI DEL for ${pod.namespace}/${pod.name}`,
      force: true,
      lines: [
        ...intent.host.rules.map((rule) => `rule del pref ${rule.priority} ${rule.line}`),
        `link del ${intent.hostInterface}`,
        `netns del ${pod.netns}`,
      ],
    },
  ]
}
