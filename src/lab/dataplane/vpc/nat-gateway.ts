import { formatIp, formatIp4, type Ip4 } from '../../../model/address/address.ts'
import { eniOfNatGateway } from '../../../model/vpc/nat-gateway-eni.ts'
import { networkOf, type Prefix } from '../../../model/address/prefix.ts'
import type { NatGateway, Vpc } from '../../../model/vpc/vpc.ts'
import type { Act } from '../act.ts'
import { openNetwork, type NetworkNamespace } from '../network-namespace.ts'
import type { VpcNetwork } from './vpc-network.ts'

const device = 'eth0'

/**
 * A NAT gateway as a namespace behind its own ENI: what the route tables send there comes back out of the same ENI with the
 * gateway's address. The kernel's conntrack is its table of connections, which knows no idle timeout of 350 seconds.
 */
export async function openNatGateway(
  network: Pick<VpcNetwork, 'attach'>,
  guest: readonly [string, ...string[]],
  vpc: Vpc,
  gateway: NatGateway,
): Promise<NetworkNamespace> {
  const eni = eniOfNatGateway(vpc, gateway)
  const subnet = vpc.subnets.find((one) => one.id === gateway.subnet)
  if (!eni || !subnet) throw new Error(`the plan has no ENI or no subnet for ${gateway.id}`)
  const own = await openNetwork('NAT gateway', guest)
  await own.apply(forwarding)
  await network.attach(eni, device, own.file)
  await own.apply(natGatewayActs(gateway, subnet.prefix))
  return own
}

const forwarding: readonly Act[] = [
  {
    kind: 'sysctl',
    why: 'the NAT gateway forwards',
    values: [
      ['net.ipv4.ip_forward', '1'],
      ['net.ipv4.conf.all.send_redirects', '0'],
      ['net.ipv4.conf.default.send_redirects', '0'],
      ['net.ipv6.conf.all.disable_ipv6', '1'],
      ['net.ipv6.conf.default.disable_ipv6', '1'],
    ],
  },
  {
    kind: 'iptables-restore',
    why: 'the NAT gateway is no hop',
    backend: 'legacy',
    family: 4,
    text: '*mangle\n-A PREROUTING -j TTL --ttl-inc 1\nCOMMIT\n',
  },
]

function natGatewayActs(gateway: NatGateway, subnet: Prefix): readonly Act[] {
  const address = formatIp(gateway.privateAddress)
  const router = formatIp4(((networkOf(subnet) as Ip4) + 1) as Ip4)
  return [
    {
      kind: 'ip',
      why: 'the ENI of the NAT gateway',
      lines: [
        'link set lo up',
        `link set ${device} up`,
        `addr add ${address}/${subnet.length} brd + dev ${device}`,
        `route replace default via ${router} dev ${device}`,
      ],
    },
    { kind: 'nft', why: 'what the NAT gateway rewrites', text: natGatewayRuleset(address) },
  ]
}

/**
 * TCP, UDP and ICMP get the gateway's address, and a port or an identifier of its choosing; whatever nobody behind it asked
 * for ends here. https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
 */
const natGatewayRuleset = (address: string): string =>
  [
    'table ip nat_gateway {',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    `    ip saddr != ${address} meta l4proto { tcp, udp } snat to ${address}:1024-65535 fully-random`,
    `    ip saddr != ${address} meta l4proto icmp snat to ${address} fully-random`,
    '  }',
    '  chain forward {',
    '    type filter hook forward priority filter; policy drop;',
    '    meta l4proto { tcp, udp, icmp } accept',
    '  }',
    '  chain input { type filter hook input priority filter; policy drop; }',
    '  chain output { type filter hook output priority filter; policy drop; icmp type destination-unreachable accept ; }',
    '}',
    '',
  ].join('\n')
