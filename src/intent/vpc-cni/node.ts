import { formatIp4 } from '../../model/address/address.ts'
import { formatPrefix, type Prefix } from '../../model/address/prefix.ts'
import type { IptablesBackend, IptablesPart } from '../iptables-table.ts'
import type { IntendedRoute, IntendedRule, Sysctl } from '../routing.ts'
import { atLeast } from './cni-version.ts'
import { nftTable } from './nft-table.ts'
import { addressText, broadcastOf, gatewayOf, primaryOf, subnetText, type NodeEni } from './node-eni.ts'
import type { VpcCniSettings } from './settings.ts'
import { manglePart, markText, natPart, restoresMark } from './snat-chains.ts'
import { tableNumber } from './table-number.ts'

export interface LinkIntent {
  readonly device: string
  readonly mac: string
  /** Octets. */
  readonly mtu: number
  /**
   * What aws-node puts on a secondary ENI, as `ip addr add` takes it and `ip addr` prints it:
   * `192.168.1.55/24 brd 192.168.1.255`. Null for the primary ENI, whose address is DHCP's.
   */
  readonly address: string | null
}

/** Everything aws-node makes on a node, each list in its order; what pods add is `podIntent`'s. */
export interface NodeIntent {
  readonly links: readonly LinkIntent[]
  readonly routes: readonly IntendedRoute[]
  /** Routes the kernel makes with an address and aws-node takes away. */
  readonly removedRoutes: readonly IntendedRoute[]
  readonly rules: readonly IntendedRule[]
  readonly sysctls: readonly Sysctl[]
  readonly iptables: {
    readonly backend: IptablesBackend
    readonly mangle: IptablesPart
    readonly nat: IptablesPart
  }
  /** `table ip aws-cni`, or null where connection marks live in iptables or nowhere. */
  readonly nft: string | null
}

export interface NodeIntentInput {
  readonly settings: VpcCniSettings
  /** Of this node, the primary one among them. */
  readonly enis: readonly NodeEni[]
  /** Of the VPC, in EC2's order: the first is the VPC's own, the others were associated later. */
  readonly vpcCidrs: readonly Prefix[]
}

/** What aws-node and its init container set up on an IPv4 node (SetupHostNetwork, setupENINetwork). */
export function nodeIntent({ settings, enis, vpcCidrs }: NodeIntentInput): NodeIntent {
  const primary = primaryOf(enis)
  const secondary = enis.filter((eni) => eni !== primary)
  const input = { settings, vpcCidrs, primary }
  return {
    links: enis.map((eni) => ({
      device: eni.device,
      mac: eni.mac,
      mtu: settings.eniMtu,
      address: eni === primary ? null : `${addressText(eni)} brd ${broadcastOf(eni)}`,
    })),
    routes: secondary.flatMap(eniRoutes),
    removedRoutes: secondary.map((eni) => ({
      table: 'main',
      line: `${subnetText(eni)} dev ${eni.device} proto kernel scope link src ${formatIp4(eni.address)}`,
    })),
    rules: [
      ...(restoresMark(settings) ? [markRule(settings)] : []),
      ...secondary.flatMap((eni) => eniRules(settings, eni)),
      ...settings.externalServiceCidrs.map((cidr) => ({
        priority: 1535,
        line: `from all to ${formatPrefix(cidr)} lookup main`,
      })),
    ],
    sysctls: [
      { key: `net.ipv4.conf.${primary.device}.rp_filter`, value: '2' },
      { key: 'net.ipv4.tcp_early_demux', value: '1' },
    ],
    iptables: { backend: settings.iptables, mangle: manglePart(input), nat: natPart(input) },
    nft: nftTable(input),
  }
}

/** A connection that came in or was translated on the primary ENI leaves by it, whatever its pod's ENI. */
function markRule({ connmark }: VpcCniSettings): IntendedRule {
  const mark = markText(connmark)
  return { priority: 1024, line: `from all fwmark ${mark}/${mark} lookup main` }
}

/** No subnet route: pods of a secondary ENI send even to their own subnet through the router. */
function eniRoutes(eni: NodeEni): readonly IntendedRoute[] {
  const table = tableNumber(eni)
  const gateway = formatIp4(gatewayOf(eni))
  return [
    { table, line: `${gateway} dev ${eni.device} scope link` },
    { table, line: `default via ${gateway} dev ${eni.device}` },
  ]
}

const eniRules = ({ version }: VpcCniSettings, eni: NodeEni): readonly IntendedRule[] =>
  atLeast(version, 1, 20, 0)
    ? [{ priority: 32765, line: `from ${formatIp4(eni.address)} lookup ${tableNumber(eni)}` }]
    : []
