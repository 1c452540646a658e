import { formatIp } from '../../../model/address/address.ts'
import { eniOfNatGateway } from '../../../model/vpc/nat-gateway-eni.ts'
import { formatPrefix, networkOf } from '../../../model/address/prefix.ts'
import type { Eni, Vpc, VpcRoute } from '../../../model/vpc/vpc.ts'
import type { Act } from '../act.ts'
import { gatewayWire, routerRuleset, serviceWire, subnetMark, wireName } from './router-ruleset.ts'

/** Every address of every ENI: the VPC's own knowledge of where an address lives. */
const addressTable = 50
const subnetTable = (mark: number): number => 1000 + mark

/** Rule priorities: AWS's link-local services, which no route table rules; then a subnet's own route table first; its local route throws on to the table of addresses. */
const priority = { services: 50, subnet: 100, addresses: 200, nowhere: 300 } as const

/** What the router's namespace needs once, before any ENI is wired to it. */
export function routerBase(vpc: Vpc): readonly Act[] {
  return [
    {
      kind: 'sysctl',
      why: 'the VPC forwards, answers ARP for what it knows at once, and checks sources by its own table',
      values: [
        ['net.ipv4.ip_forward', '1'],
        ['net.ipv4.conf.all.rp_filter', '0'],
        ['net.ipv4.conf.default.rp_filter', '0'],
        ['net.ipv4.conf.default.proxy_arp', '1'],
        // Also for addresses on the asker's own ENI: in a VPC everybody's ARP is answered by the router.
        ['net.ipv4.conf.default.proxy_arp_pvlan', '1'],
        ['net.ipv4.conf.default.forwarding', '1'],
        ['net.ipv4.conf.all.send_redirects', '0'],
        ['net.ipv4.conf.default.send_redirects', '0'],
        ['net.ipv6.conf.all.disable_ipv6', '1'],
        ['net.ipv6.conf.default.disable_ipv6', '1'],
      ],
    },
    {
      kind: 'ip',
      why: 'the router answers at base + 1 of every subnet, and its rules pick the route table of the sender’s subnet',
      lines: [
        'link set lo up',
        ...vpc.subnets.map(
          (subnet) => `addr add ${gatewayAddress(formatIp(networkOf(subnet.prefix)))}/32 dev lo`,
        ),
        ...vpc.subnets.map((subnet) => {
          const mark = subnetMark(vpc, subnet.id)
          return `rule add pref ${priority.subnet} fwmark ${mark} lookup ${subnetTable(mark)}`
        }),
        `rule add pref ${priority.services} to 169.254.169.0/24 lookup ${addressTable}`,
        `rule add pref ${priority.addresses} lookup ${addressTable}`,
        `rule add pref ${priority.nowhere} blackhole`,
      ],
    },
    {
      kind: 'iptables-restore',
      why: 'the VPC is no hop: it gives back the TTL that forwarding takes, before it is looked at',
      backend: 'legacy',
      family: 4,
      text: '*mangle\n-A PREROUTING -j TTL --ttl-inc 1\nCOMMIT\n',
    },
  ]
}

/** x.y.z.0 → x.y.z.1 */
const gatewayAddress = (network: string): string =>
  network.replace(/\d+$/, (last) => String(Number(last) + 1))

/** The router's side of an ENI's wire: where its addresses live, and the neighbour, so that nothing asks by ARP. */
export function routerWire(eni: Eni): readonly string[] {
  const dev = wireName(eni.id)
  const primary = eni.addresses.find((one) => one.primary)?.address
  if (primary === undefined) throw new Error(`${eni.id} has no primary address`)
  const first = formatIp(primary)
  return [
    `neigh replace ${first} lladdr ${eni.mac} dev ${dev} nud permanent`,
    `route replace ${first}/32 dev ${dev} table ${addressTable}`,
    ...[
      ...eni.addresses.filter((one) => !one.primary).map((one) => `${formatIp(one.address)}/32`),
      ...eni.prefixes.map(formatPrefix),
    ].map(
      (destination) => `route replace ${destination} via ${first} dev ${dev} onlink table ${addressTable}`,
    ),
  ]
}

/** The subnets' route tables, as the kernel reads them. The local route throws on to the table of addresses. */
export function routerTables(vpc: Vpc): readonly string[] {
  return vpc.subnets.flatMap((subnet) => {
    const table = subnetTable(subnetMark(vpc, subnet.id))
    const rtb =
      vpc.routeTables.find((one) => one.subnets.includes(subnet.id)) ??
      vpc.routeTables.find((one) => one.main)
    return (rtb?.routes ?? []).flatMap((route) => {
      const target = kernelTarget(vpc, route)
      return target === undefined
        ? []
        : [`route replace ${target.kind} ${formatPrefix(route.destination)} ${target.rest} table ${table}`]
    })
  })
}

function kernelTarget(
  vpc: Vpc,
  route: VpcRoute,
): { readonly kind: string; readonly rest: string } | undefined {
  if (route.state === 'blackhole') return { kind: 'blackhole', rest: '' }
  switch (route.target.kind) {
    case 'local':
      return { kind: 'throw', rest: '' }
    case 'internet-gateway':
      return { kind: 'unicast', rest: `via 169.254.100.2 dev ${gatewayWire} onlink` }
    case 'interface': {
      const target = route.target
      const eni = vpc.interfaces.find((one) => one.id === target.id)
      const address = eni?.addresses.find((one) => one.primary)?.address
      return eni && address !== undefined
        ? { kind: 'unicast', rest: `via ${formatIp(address)} dev ${wireName(eni.id)} onlink` }
        : { kind: 'blackhole', rest: '' }
    }
    case 'nat-gateway': {
      const target = route.target
      const gateway = vpc.natGateways.find((one) => one.id === target.id)
      const eni = gateway && eniOfNatGateway(vpc, gateway)
      return gateway && eni
        ? {
            kind: 'unicast',
            rest: `via ${formatIp(gateway.privateAddress)} dev ${wireName(eni.id)} onlink`,
          }
        : { kind: 'blackhole', rest: '' }
    }
    case 'peering':
    case 'transit-gateway':
    case 'vpc-endpoint':
    case 'egress-only-internet-gateway':
    case 'other':
      // The lab has no such thing to send it to; AWS calls a route whose target is gone a blackhole.
      return { kind: 'blackhole', rest: '' }
  }
}

/** Everything of the router that follows from the Vpc alone, replaced as a whole and atomically per table. */
export function routerPolicy(vpc: Vpc): readonly Act[] {
  return [
    {
      kind: 'ip',
      why: 'the subnets’ route tables',
      lines: [
        ...vpc.subnets.map((subnet) => `route flush table ${subnetTable(subnetMark(vpc, subnet.id))}`),
        ...routerTables(vpc),
      ],
      force: true,
    },
    {
      kind: 'nft',
      why: 'source/destination check, network ACLs and security groups',
      text: routerRuleset(vpc),
    },
  ]
}

/** The link to the internet gateway: 1500 octets from here on. */
export function gatewayLink(
  gatewayMac: string,
  services: { readonly mac: string; readonly addresses: readonly string[] },
): readonly string[] {
  return [
    `neigh replace 169.254.100.2 lladdr ${gatewayMac} dev ${gatewayWire} nud permanent`,
    ...services.addresses.map(
      (address) => `neigh replace ${address} lladdr ${services.mac} dev ${serviceWire} nud permanent`,
    ),
    ...services.addresses.map(
      (address) => `route replace ${address}/32 dev ${serviceWire} table ${addressTable}`,
    ),
  ]
}

/**
 * The internet gateway: one public address for the one private address that it belongs to, and nothing for anybody
 * else. It counts as no hop.
 */
export function internetGatewayRuleset(vpc: Vpc): string {
  const pairs = vpc.interfaces.flatMap((eni) =>
    eni.addresses.flatMap((one) =>
      one.publicAddress === null
        ? []
        : [{ inside: formatIp(one.address), outside: formatIp(one.publicAddress) }],
    ),
  )
  const elements = (text: string): string => (text === '' ? '' : `\n    elements = { ${text} }`)
  return [
    'table ip gateway',
    'flush table ip gateway',
    'delete table ip gateway',
    'table ip gateway {',
    `  map outside { type ipv4_addr : ipv4_addr;${elements(pairs.map((pair) => `${pair.inside} : ${pair.outside}`).join(', '))} ; }`,
    `  map inside { type ipv4_addr : ipv4_addr;${elements(pairs.map((pair) => `${pair.outside} : ${pair.inside}`).join(', '))} ; }`,
    `  set mapped { type ipv4_addr;${elements(pairs.map((pair) => pair.inside).join(', '))} ; }`,
    '  chain prerouting { type nat hook prerouting priority dstnat; policy accept; iifname { "internet", "vpc" } dnat to ip daddr map @inside ; }',
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    '    iifname "vpc" ip saddr != @mapped counter drop comment "no public address belongs to it"',
    '    iifname "internet" ip daddr != @mapped counter drop',
    '  }',
    '  chain postrouting { type nat hook postrouting priority srcnat; policy accept; oifname "internet" snat to ip saddr map @outside ; oifname "vpc" iifname "vpc" snat to ip saddr map @outside ; }',
    '  chain input { type filter hook input priority filter; policy drop; }',
    '  chain output { type filter hook output priority filter; policy drop; icmp type destination-unreachable accept ; }',
    '}',
    '',
  ].join('\n')
}
