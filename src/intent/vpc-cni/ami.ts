import { formatIp4, type Ip4 } from '../../model/address/address.ts'
import { contains, networkOf } from '../../model/address/prefix.ts'
import { userChain, type IptablesPart } from '../iptables-table.ts'
import type { IntendedRoute, Sysctl } from '../routing.ts'
import { addressText, broadcastOf, gatewayOf, subnetText, type NodeEni } from './node-eni.ts'
import type { Ami } from './settings.ts'

/** What a node has before aws-node starts: the image's sysctls, DHCP's routes, the kubelet's chains. */
export interface AmiIntent {
  readonly primary: {
    readonly device: string
    /** Octets. */
    readonly mtu: number
    /** As `ip addr` prints it after `inet`: `192.168.1.138/24 brd 192.168.1.255 scope global dynamic eth0`. */
    readonly addressLine: string
    /** As `ip addr add` takes it. */
    readonly address: string
    /** Of the routes that come with the address; null is none. AL2023's networkd sets 512. */
    readonly metric: number | null
  }
  /** Main table, sorted as `ip route` prints it. */
  readonly routes: readonly IntendedRoute[]
  readonly sysctls: readonly Sysctl[]
  /** The kubelet's: canary chains, KUBE-FIREWALL, KUBE-IPTABLES-HINT. */
  readonly iptables: readonly IptablesPart[]
}

export interface AmiIntentInput {
  readonly ami: Ami
  readonly primary: NodeEni
  /** The VPC's resolver, VPC base + 2; AL2023 gets a route to it. */
  readonly resolver: Ip4
}

/** `eth1` on AL2, `ens6` on AL2023. */
export const deviceName = (ami: Ami, deviceIndex: number): string =>
  ami === 'al2' ? `eth${deviceIndex}` : `ens${deviceIndex + 5}`

/**
 * The network of a fresh EKS node (awslabs/amazon-eks-ami; DHCP by dhclient on AL2, systemd-networkd on AL2023).
 */
export function amiIntent({ ami, primary, resolver }: AmiIntentInput): AmiIntent {
  const address = `${addressText(primary)} brd ${broadcastOf(primary)}`
  const al2023 = ami === 'al2023'
  return {
    primary: {
      device: primary.device,
      mtu: 9001,
      addressLine: `${addressText(primary)} ${al2023 ? 'metric 512 ' : ''}brd ${broadcastOf(primary)} scope global dynamic ${primary.device}`,
      address,
      metric: al2023 ? 512 : null,
    },
    routes: (al2023 ? al2023Routes(primary, resolver) : al2Routes(primary)).map((line) => ({
      table: 'main',
      line,
    })),
    sysctls: [
      { key: 'net.ipv4.ip_forward', value: '1' },
      // Effective is the greater of `all` and the interface's; what exists later inherits `default`.
      { key: 'net.ipv4.conf.all.rp_filter', value: al2023 ? '0' : '1' },
      { key: 'net.ipv4.conf.default.rp_filter', value: al2023 ? '2' : '1' },
    ],
    iptables: kubeletParts,
  }
}

function al2Routes(eni: NodeEni): readonly string[] {
  return [
    `default via ${formatIp4(gatewayOf(eni))} dev ${eni.device}`,
    `169.254.169.254 dev ${eni.device}`,
    `${subnetText(eni)} dev ${eni.device} proto kernel scope link src ${formatIp4(eni.address)}`,
  ]
}

/** systemd-networkd: the resolver gets a route of its own, over the router unless it stands in the node's subnet. */
function al2023Routes(eni: NodeEni, resolver: Ip4): readonly string[] {
  const gateway = formatIp4(gatewayOf(eni))
  const end = `src ${formatIp4(eni.address)} metric 512`
  const onLink = contains(eni.subnet, resolver)
  const routes = [
    {
      to: networkOf(eni.subnet),
      line: `${subnetText(eni)} dev ${eni.device} proto kernel scope link ${end}`,
    },
    { to: gatewayOf(eni), line: `${gateway} dev ${eni.device} proto dhcp scope link ${end}` },
    {
      to: resolver,
      line: onLink
        ? `${formatIp4(resolver)} dev ${eni.device} proto dhcp scope link ${end}`
        : `${formatIp4(resolver)} via ${gateway} dev ${eni.device} proto dhcp ${end}`,
    },
  ]
  return [
    `default via ${gateway} dev ${eni.device} proto dhcp ${end}`,
    ...routes.toSorted((a, b) => Number(a.to) - Number(b.to)).map(({ line }) => line),
  ]
}

/** pkg/kubelet/kubelet_network_linux.go. */
const kubeletParts: readonly IptablesPart[] = [
  {
    table: 'mangle',
    chains: [userChain('KUBE-IPTABLES-HINT'), userChain('KUBE-KUBELET-CANARY')],
    prepended: [],
    rules: [],
  },
  {
    table: 'filter',
    chains: [userChain('KUBE-FIREWALL'), userChain('KUBE-KUBELET-CANARY')],
    prepended: ['-A INPUT -j KUBE-FIREWALL', '-A OUTPUT -j KUBE-FIREWALL'],
    rules: [
      '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    ],
  },
  { table: 'nat', chains: [userChain('KUBE-KUBELET-CANARY')], prepended: [], rules: [] },
]
