import { isIp4 } from '../../model/address/address.ts'
import { networkOf, parsePrefix, type Prefix } from '../../model/address/prefix.ts'
import type { IptablesBackend } from '../iptables-table.ts'
import type { CniVersion } from './cni-version.ts'

/** The node images whose looks we know. */
export type Ami = 'al2' | 'al2023'

/** What decides the CNI's output beside pods and ENIs: its release, its environment, the node's iptables. */
export interface VpcCniSettings {
  readonly version: CniVersion
  /** AWS_VPC_K8S_CNI_EXTERNALSNAT: leave source NAT to a NAT gateway. */
  readonly externalSnat: boolean
  /** AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS, network addresses. Without effect under externalSnat. */
  readonly excludeSnatCidrs: readonly Prefix[]
  /** AWS_VPC_K8S_CNI_RANDOMIZESNAT: `prng` is --random-fully, `hashrandom` is --random. */
  readonly randomizeSnat: 'prng' | 'hashrandom' | 'none'
  /** AWS_VPC_K8S_CNI_CONNMARK, a bit of the packet mark. */
  readonly connmark: number
  /** AWS_VPC_CNI_NODE_PORT_SUPPORT */
  readonly nodePortSupport: boolean
  /** AWS_VPC_K8S_CNI_VETHPREFIX, at most four characters. */
  readonly vethPrefix: string
  /** AWS_VPC_ENI_MTU, octets. */
  readonly eniMtu: number
  /** POD_MTU, octets; the ENI's where that is not set. */
  readonly podMtu: number
  /** AWS_EXTERNAL_SERVICE_CIDRS: destinations that always leave by the main table. */
  readonly externalServiceCidrs: readonly Prefix[]
  /** What `iptables --version` says on the node. */
  readonly iptables: IptablesBackend
}

/** Every variable left alone (config/master/aws-k8s-cni.yaml, pkg/networkutils/network.go). */
const defaults = {
  externalSnat: false,
  excludeSnatCidrs: [],
  randomizeSnat: 'prng',
  connmark: 0x80,
  nodePortSupport: true,
  vethPrefix: 'eni',
  eniMtu: 9001,
  podMtu: 9001,
  externalServiceCidrs: [],
} as const satisfies Omit<VpcCniSettings, 'version' | 'iptables'>

/**
 * A node of the time of each image: AL2 with CNI v1.12.6 and legacy iptables (chained AWS-SNAT-CHAIN-0, -1),
 * AL2023 with v1.23.1 and nf_tables (connection marks in `table ip aws-cni`).
 */
export const settingsFor = (ami: Ami): VpcCniSettings =>
  ami === 'al2'
    ? { ...defaults, version: [1, 12, 6], iptables: 'legacy' }
    : { ...defaults, version: [1, 23, 1], iptables: 'nft' }

/** A variable that aws-node did not take as it stands. */
export interface SettingProblem {
  readonly variable: string
  readonly value: string
  readonly because:
    | 'not-a-boolean'
    | 'not-a-cidr'
    | 'not-ipv4'
    | 'not-a-mark'
    | 'not-an-mtu'
    | 'not-a-choice'
    | 'not-a-prefix'
}

/**
 * The settings that the aws-node container's environment gives, read with aws-node's own leniency: what it
 * cannot parse it replaces by the default. `problems` names every such variable.
 */
export function settingsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  version: CniVersion,
  iptables: IptablesBackend,
): { readonly settings: VpcCniSettings; readonly problems: readonly SettingProblem[] } {
  const problems: SettingProblem[] = []
  const read = <T>(
    variable: string,
    fallback: T,
    because: SettingProblem['because'],
    parse: (text: string) => T | undefined,
  ): T => {
    const value = environment[variable]
    if (value === undefined || value === '') return fallback
    const parsed = parse(value)
    if (parsed !== undefined) return parsed
    problems.push({ variable, value, because })
    return fallback
  }
  const cidrs = (variable: string): readonly Prefix[] =>
    (environment[variable] ?? '')
      .split(',')
      .filter((item) => item !== '')
      .flatMap((item) => {
        const parsed = item.includes('/') ? parsePrefix(item.trim()) : undefined
        if (parsed && isIp4(parsed.address)) return [{ address: networkOf(parsed), length: parsed.length }]
        problems.push({ variable, value: item, because: parsed ? 'not-ipv4' : 'not-a-cidr' })
        return []
      })
  const eniMtu = read('AWS_VPC_ENI_MTU', defaults.eniMtu, 'not-an-mtu', parseMtu)
  return {
    settings: {
      version,
      iptables,
      externalSnat: read('AWS_VPC_K8S_CNI_EXTERNALSNAT', false, 'not-a-boolean', parseGoBoolean),
      excludeSnatCidrs: cidrs('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS'),
      randomizeSnat: read('AWS_VPC_K8S_CNI_RANDOMIZESNAT', 'prng', 'not-a-choice', parseRandomize),
      connmark: read('AWS_VPC_K8S_CNI_CONNMARK', defaults.connmark, 'not-a-mark', parseMark),
      nodePortSupport: read('AWS_VPC_CNI_NODE_PORT_SUPPORT', true, 'not-a-boolean', parseGoBoolean),
      vethPrefix: read('AWS_VPC_K8S_CNI_VETHPREFIX', defaults.vethPrefix, 'not-a-prefix', parseVethPrefix),
      eniMtu,
      podMtu: read('POD_MTU', eniMtu, 'not-an-mtu', parseMtu),
      externalServiceCidrs: cidrs('AWS_EXTERNAL_SERVICE_CIDRS'),
    },
    problems,
  }
}

/** What this one variable says, with aws-node's own leniency. */
export const externalSnatOf = (text: string | undefined): boolean => parseGoBoolean(text ?? '') ?? false

/** strconv.ParseBool's spellings. */
function parseGoBoolean(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined
}

const parseRandomize = (text: string): VpcCniSettings['randomizeSnat'] | undefined =>
  text === 'prng' || text === 'hashrandom' || text === 'none' ? text : undefined

/** A 32-bit mark other than 0, decimal, octal or hexadecimal, as strconv.ParseInt with base 0 reads it. */
function parseMark(text: string): number | undefined {
  const value = /^0[xX][0-9a-fA-F]{1,8}$/.test(text)
    ? parseInt(text.slice(2), 16)
    : /^0[oO]?[0-7]{1,11}$/.test(text)
      ? parseInt(text.replace(/^0[oO]?/, ''), 8)
      : /^[1-9]\d{0,9}$/.test(text)
        ? Number(text)
        : 0
  return value > 0 && value <= 0xffffffff ? value : undefined
}

/** 576 (RFC 791's smallest) to 9001 octets; GetPodMTU of pkg/networkutils/network.go. */
function parseMtu(text: string): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return value >= 576 && value <= 9001 ? value : undefined
}

/** cmd/aws-vpc-cni/main.go refuses longer names and those that other interfaces carry. */
const parseVethPrefix = (text: string): string | undefined =>
  /^[\w-]{1,4}$/.test(text) && !['eth', 'lo', 'vlan'].includes(text) ? text : undefined
