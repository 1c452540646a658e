import { formatIp4, type Ip4 } from '../../model/address/address.ts'
import { formatPrefix, type Prefix } from '../../model/address/prefix.ts'
import type { IntendedRoute, IntendedRule, Sysctl } from '../routing.ts'
import { atLeast } from './cni-version.ts'
import type { VpcCniSettings } from './settings.ts'
import { tableNumber, type EniSlot } from './table-number.ts'
import { vethName } from './veth-name.ts'

export interface PodAttachment {
  readonly namespace: string
  readonly name: string
  readonly address: Ip4
  /** The ENI whose secondary address the pod was given. */
  readonly eni: EniSlot
}

/** Everything CNI ADD makes for one pod, each list in the order the plugin makes it. */
export interface PodIntent {
  /** The name of the host end of the veth pair. */
  readonly hostInterface: string
  /** Of both ends, octets. */
  readonly mtu: number
  /** Of both ends: the plugin's netlink request says 0, so `ip link` prints no qlen. */
  readonly transmitQueueLength: 0
  /** The pod's own namespace. */
  readonly pod: {
    readonly interface: 'eth0'
    /** Made before the address is. */
    readonly routes: readonly IntendedRoute[]
    /** `192.168.1.197/32` */
    readonly address: string
    /** The gateway exists nowhere; its link-layer address is that of the host end. */
    readonly neighbour: { readonly address: '169.254.1.1'; readonly dev: 'eth0'; readonly state: 'permanent' }
  }
  /** The node's namespace. */
  readonly host: {
    readonly routes: readonly IntendedRoute[]
    readonly rules: readonly IntendedRule[]
    readonly sysctls: readonly Sysctl[]
  }
}

export interface PodIntentInput {
  readonly settings: VpcCniSettings
  readonly pod: PodAttachment
  /** Needed before CNI v1.8 only, whose from-rules named the VPC's prefixes. */
  readonly vpcCidrs?: readonly Prefix[]
}

/**
 * What the CNI plugin does for one IPv4 pod (cmd/routed-eni-cni-plugin/driver/driver.go). The pod's default
 * route leads to 169.254.1.1 over eth0; on the host a /32 route and the 512 rule lead to the pod, and, for a pod
 * on a secondary ENI, the 1536 rule leads its packets to that ENI's table.
 */
export function podIntent({ settings, pod, vpcCidrs = [] }: PodIntentInput): PodIntent {
  const hostInterface = vethName(settings.vethPrefix, pod.namespace, pod.name)
  const address = formatIp4(pod.address)
  return {
    hostInterface,
    mtu: settings.podMtu,
    transmitQueueLength: 0,
    pod: {
      interface: 'eth0',
      routes: [
        { table: 'main', line: '169.254.1.1 dev eth0 scope link' },
        { table: 'main', line: 'default via 169.254.1.1 dev eth0' },
      ],
      address: `${address}/32`,
      neighbour: { address: '169.254.1.1', dev: 'eth0', state: 'permanent' },
    },
    host: {
      routes: [{ table: 'main', line: `${address} dev ${hostInterface} scope link` }],
      rules: [
        { priority: 512, line: `from all to ${address} lookup main` },
        ...fromRules(settings, pod, vpcCidrs),
      ],
      sysctls: [
        { key: `net.ipv6.conf.${hostInterface}.accept_ra`, value: '0' },
        { key: `net.ipv6.conf.${hostInterface}.accept_redirects`, value: '1' },
        { key: `net.ipv6.conf.${hostInterface}.forwarding`, value: '0' },
      ],
    },
  }
}

/** None for the primary ENI: main is where its packets go anyway. */
function fromRules(
  settings: VpcCniSettings,
  pod: PodAttachment,
  vpcCidrs: readonly Prefix[],
): readonly IntendedRule[] {
  const table = tableNumber(pod.eni)
  if (table === 'main') return []
  const from = `from ${formatIp4(pod.address)}`
  if (atLeast(settings.version, 1, 8, 0) || settings.externalSnat)
    return [{ priority: 1536, line: `${from} lookup ${table}` }]
  return vpcCidrs.map((cidr) => ({
    priority: 1536,
    line: `${from} to ${formatPrefix(cidr)} lookup ${table}`,
  }))
}
