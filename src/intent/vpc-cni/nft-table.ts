import { formatPrefix } from '../../model/address/prefix.ts'
import { atLeast } from './cni-version.ts'
import type { CniRulesInput } from './snat-chains.ts'

/**
 * `table ip aws-cni` as `nft list table` prints it, also valid for `nft -f`: since v1.23.0 connection marks live
 * there when the node's iptables is nf_tables (pkg/networkutils/nftables_connmark.go). Null where they do not.
 * aws-node writes the CIDRs in the random order of a Go map; here VPC CIDRs come first, excluded ones after them.
 */
export function nftTable({ settings, vpcCidrs }: CniRulesInput): string | null {
  if (settings.iptables !== 'nft' || settings.externalSnat || !atLeast(settings.version, 1, 23, 0))
    return null
  const mark = `0x${settings.connmark.toString(16).padStart(8, '0')}`
  const cidrs = [...new Set([...vpcCidrs, ...settings.excludeSnatCidrs].map(formatPrefix))]
  return [
    'table ip aws-cni {',
    '\tchain nat-prerouting {',
    '\t\ttype nat hook prerouting priority dstnat + 10; policy accept;',
    '\t\tfib daddr type local return',
    `\t\tiifname "${settings.vethPrefix}*" counter packets 0 bytes 0 jump snat-mark`,
    `\t\tcounter packets 0 bytes 0 meta mark set ct mark & ${mark}`,
    '\t}',
    '',
    '\tchain snat-mark {',
    ...cidrs.map((cidr) => `\t\tcounter packets 0 bytes 0 ip daddr ${cidr} return`),
    `\t\tcounter packets 0 bytes 0 ct mark set ct mark | ${mark}`,
    '\t}',
    '}',
    '',
  ].join('\n')
}
