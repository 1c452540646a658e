import { formatIp4, type Ip4 } from '../../model/address/address.ts'
import { formatPrefix, type Prefix } from '../../model/address/prefix.ts'
import { userChain, type IptablesPart } from '../iptables-table.ts'
import { atLeast } from './cni-version.ts'
import type { VpcCniSettings } from './settings.ts'

export interface CniRulesInput {
  readonly settings: VpcCniSettings
  readonly vpcCidrs: readonly Prefix[]
  /** The primary ENI's device and primary address. */
  readonly primary: { readonly device: string; readonly address: Ip4 }
}

/** `0x80`, as Go's %#x and iptables-save print a mark. */
export const markText = (mark: number): string => `0x${mark.toString(16)}`

/** A destination no SNAT is wanted for, and the comments its rules carry. */
interface Exempt {
  readonly cidr: string
  readonly snatComment: string
  readonly connmarkComment: string
}

/** pkg/networkutils/network.go: VPC CIDRs first, excluded ones after them; nothing is excluded under EXTERNALSNAT. */
function exemptions({ settings, vpcCidrs }: CniRulesInput): readonly Exempt[] {
  // Since v1.23.0 one comment for all (iptables_connmark.go).
  const connmark = (kind: string): string =>
    atLeast(settings.version, 1, 23, 0) ? 'AWS CONNMARK CHAIN' : `AWS CONNMARK CHAIN, ${kind}`
  const excluded = new Set(settings.excludeSnatCidrs.map(formatPrefix))
  return [
    ...vpcCidrs.map(formatPrefix).map((cidr) => ({
      cidr,
      snatComment: 'AWS SNAT CHAIN',
      connmarkComment: connmark(excluded.has(cidr) ? 'EXCLUDED CIDR' : 'VPC CIDR'),
    })),
    ...[...excluded].map((cidr) => ({
      cidr,
      snatComment: 'AWS SNAT CHAIN EXCLUSION',
      connmarkComment: connmark('EXCLUDED CIDR'),
    })),
  ]
}

const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

/** `-d CIDR `; iptables-save leaves out a destination that is everything. */
const destination = (cidr: string): string => (cidr === '0.0.0.0/0' ? '' : `-d ${cidr} `)

/**
 * A decision "not to one of these CIDRs" in either shape. Since v1.16.2 one chain of RETURNs, each CIDR inserted at
 * its head, so that the last comes first; before, a chain per CIDR that leads on to the next.
 */
function exemptChain(
  prefix: string,
  flat: boolean,
  cidrs: readonly { readonly cidr: string; readonly comment: string }[],
  last: string,
): readonly string[] {
  if (flat) {
    const returns = cidrs.map(
      ({ cidr, comment }) => `-A ${prefix}-0 ${destination(cidr)}-m comment --comment "${comment}" -j RETURN`,
    )
    return [...new Set(returns).values()].toReversed().concat(`-A ${prefix}-0 ${last}`)
  }
  return [
    ...cidrs.map(
      ({ cidr, comment }, i) =>
        `-A ${prefix}-${i} ! -d ${cidr} -m comment --comment "${comment}" -j ${prefix}-${i + 1}`,
    ),
    `-A ${prefix}-${cidrs.length} ${last}`,
  ]
}

const randomFlag = { prng: ' --random-fully', hashrandom: ' --random', none: '' } as const

/** What aws-node writes into nat: AWS-SNAT-CHAIN-*, and AWS-CONNMARK-CHAIN-* where marks live in iptables. */
export function natPart(input: CniRulesInput): IptablesPart {
  const { settings, primary } = input
  const flat = atLeast(settings.version, 1, 16, 2)
  const exempt = exemptions(input)
  const snatChains = numbered('AWS-SNAT-CHAIN', flat ? 1 : exempt.length + 1)
  const marksHere = marksInIptables(settings)
  const connmarkChains = marksHere ? numbered('AWS-CONNMARK-CHAIN', flat ? 1 : exempt.length + 1) : []

  if (settings.externalSnat) {
    // v1.23.0 removes its connmark chain; earlier releases leave the empty chains standing.
    const left = atLeast(settings.version, 1, 23, 0) ? [] : connmarkChains
    return { table: 'nat', chains: [...left, ...snatChains].map(userChain), prepended: [], rules: [] }
  }

  const mark = markText(settings.connmark)
  // Dropped in v1.12.1: every packet in nat is the first of its connection.
  const state = atLeast(settings.version, 1, 12, 1) ? '' : ' -m state --state NEW'
  const vlan = atLeast(settings.version, 1, 7, 0) ? '! -o vlan+ ' : ''
  const connmarkRules = [
    `-A PREROUTING -i ${settings.vethPrefix}+ -m comment --comment "AWS, outbound connections"${state} -j AWS-CONNMARK-CHAIN-0`,
    `-A PREROUTING -m comment --comment "AWS, CONNMARK" -j CONNMARK --restore-mark --nfmask ${mark} --ctmask ${mark}`,
    ...exemptChain(
      'AWS-CONNMARK-CHAIN',
      flat,
      exempt.map(({ cidr, connmarkComment }) => ({ cidr, comment: connmarkComment })),
      `-m comment --comment "AWS, CONNMARK" -j CONNMARK --set-xmark ${mark}/${mark}`,
    ),
  ]
  return {
    table: 'nat',
    chains: [...connmarkChains, ...snatChains].map(userChain),
    prepended: [],
    rules: [
      '-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0',
      ...exemptChain(
        'AWS-SNAT-CHAIN',
        flat,
        exempt.map(({ cidr, snatComment }) => ({ cidr, comment: snatComment })),
        `${vlan}-m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source ${formatIp4(primary.address)}${randomFlag[settings.randomizeSnat]}`,
      ),
      ...(marksHere ? connmarkRules : []),
    ],
  }
}

/** What aws-node writes into mangle: marks that bring replies of NodePort connections back over the primary ENI. */
export function manglePart({ settings, primary }: CniRulesInput): IptablesPart {
  const mark = markText(settings.connmark)
  const rule = (device: string, rest: string): string =>
    `-A PREROUTING -i ${device} -m comment --comment "AWS, primary ENI" ${rest}`
  const restore = `-j CONNMARK --restore-mark --nfmask ${mark} --ctmask ${mark}`
  const nodePort = settings.nodePortSupport
  return {
    table: 'mangle',
    chains: [],
    prepended: [],
    rules: [
      ...(nodePort
        ? [
            rule(
              primary.device,
              `-m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark ${mark}/${mark}`,
            ),
          ]
        : []),
      ...(restoresMark(settings) ? [rule(`${settings.vethPrefix}+`, restore)] : []),
      ...(nodePort && atLeast(settings.version, 1, 7, 0) ? [rule('vlan+', restore)] : []),
    ],
  }
}

/**
 * Does a pod's packet get its connection's mark back, and rule 1024 stand? SNAT of pods on secondary ENIs needs it
 * too, which v1.12.1 saw (aws/amazon-vpc-cni-k8s#2026).
 */
export const restoresMark = (settings: VpcCniSettings): boolean =>
  settings.nodePortSupport || (atLeast(settings.version, 1, 12, 1) && !settings.externalSnat)

/** Connection marks are set in iptables' nat from v1.8.0, and from v1.23.0 only by the legacy backend. */
const marksInIptables = ({ version, iptables }: VpcCniSettings): boolean =>
  atLeast(version, 1, 8, 0) && !(atLeast(version, 1, 23, 0) && iptables === 'nft')
