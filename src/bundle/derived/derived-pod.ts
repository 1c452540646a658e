/** A pod's own network, which nobody collected: as the VPC CNI makes every pod's (intent/vpc-cni/pod.ts). */
import { podIntent } from '../../intent/vpc-cni/pod.ts'
import { settingsFor } from '../../intent/vpc-cni/settings.ts'
import { formatIp4, type Ip4 } from '../../model/address/address.ts'

export interface PodName {
  readonly namespace: string
  readonly name: string
}

export interface PodOnNode {
  readonly address: Ip4
  /** Null: nobody told it. */
  readonly name: PodName | null
  /** The host end of its veth. */
  readonly device: string
  readonly mtu: number
  /** Of the host end; null where it was not read. */
  readonly mac: string | null
  /** `net.ipv4.ip_default_ttl` of the node, which its pods have as well; null: not read. */
  readonly ttl: number | null
}

const kernelRules =
  '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n'

/**
 * The files of the pod's stack. Two routes, its address, and a permanent neighbour with the hardware address of the
 * node's end; no iptables, no nftables, no IPv6 (a service mesh's sidecar would have put some: the caller says so).
 */
export function derivedPodFiles({
  address,
  name,
  device,
  mtu,
  mac,
  ttl,
}: PodOnNode): ReadonlyMap<string, string> {
  const { pod } = podIntent({
    settings: settingsFor('al2023'),
    pod: { namespace: name?.namespace ?? '', name: name?.name ?? '', address, eni: { deviceIndex: 0 } },
  })
  const own = formatIp4(address)
  const interfaces = [
    { ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP', 'LOWER_UP'], mtu: 65536, link_type: 'loopback' },
    {
      ifindex: 2,
      ifname: pod.interface,
      flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
      mtu,
      operstate: 'UP',
      link_type: 'ether',
      linkinfo: { info_kind: 'veth' },
    },
  ]
  const addresses = [
    {
      ifname: 'lo',
      ifindex: 1,
      mtu: 65536,
      addr_info: [{ local: '127.0.0.1', prefixlen: 8, scope: 'host' }],
    },
    { ifname: pod.interface, ifindex: 2, mtu, addr_info: [{ local: own, prefixlen: 32, scope: 'global' }] },
  ]
  const neighbour = {
    dst: pod.neighbour.address,
    dev: pod.neighbour.dev,
    // Whether the pod's entry has the right address is one of the things that an archive cannot tell.
    lladdr: mac ?? `of ${device}`,
    state: ['PERMANENT'],
  }
  return new Map([
    ['link.json', JSON.stringify(interfaces)],
    ['addr.json', JSON.stringify(addresses)],
    ['rule.txt', kernelRules],
    [
      'route.txt',
      [
        ...pod.routes.map((route) => route.line),
        'local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1',
        `local ${own} dev ${pod.interface} table local proto kernel scope host src ${own}`,
        '',
      ].join('\n'),
    ],
    ['neigh.json', JSON.stringify([neighbour])],
    ...['rule6.txt', 'route6.txt', 'iptables-save.txt', 'ip6tables-save.txt', 'ipset-save.txt'].map(
      (file) => [file, ''] as const,
    ),
    ['nft.json', ''],
    ['sysctl.txt', ttl === null ? '' : `net.ipv4.ip_default_ttl = ${ttl}\n`],
    ['conntrack.txt', ''],
  ])
}
