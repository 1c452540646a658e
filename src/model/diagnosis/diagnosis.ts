import type { Author, NotJudged } from './deviation.ts'
import type { Edit } from '../fabric/edit.ts'
import type { Path } from '../path/path.ts'
import type { StackId } from '../stack/stack-id.ts'

/** What is wrong, one code for each kind of edit that mends it. Stable: programs go by them. */
export const causeCodes = [
  'POD_ROUTE_MISSING',
  'POD_ROUTE_WRONG',
  'POD_RULE_MISSING',
  'POD_RULE_WRONG',
  'POD_LINK_DOWN',
  'POD_ADDRESS_ON_NODE',
  'DEFAULT_ROUTE_MISSING',
  'DEFAULT_ROUTE_WRONG',
  'GATEWAY_ROUTE_MISSING',
  'GATEWAY_NEIGHBOUR_WRONG',
  'ROUTER_NEIGHBOUR_WRONG',
  'SOURCE_RULE_MISSING',
  'SOURCE_RULE_WRONG',
  'SOURCE_RULE_STALE',
  'POD_RULE_STALE',
  'MARK_RULE_MISSING',
  'MARK_RULE_WRONG',
  'ENI_RULE_MISSING',
  'ENI_RULE_WRONG',
  'ENI_ROUTE_MISSING',
  'ENI_ROUTE_WRONG',
  'SERVICE_CIDR_RULE_MISSING',
  'SERVICE_CIDR_TOO_BROAD',
  'KERNEL_RULE_MISSING',
  'ROUTE_FOREIGN',
  'RULE_FOREIGN',
  'LINK_DOWN',
  'IP_FORWARD_OFF',
  'RP_FILTER_STRICT',
  'SNAT_MISSING',
  'SNAT_WRONG',
  'CONNECTION_MARK_WRONG',
  'KUBE_PROXY_RULE_MISSING',
  'KUBE_PROXY_RULE_WRONG',
  'CHAIN_POLICY_DROP',
  'IPTABLES_RULE_FOREIGN',
  'NFT_TABLE_FOREIGN',
  'FILTER_RULE_DROPS',
  'CONNECTION_STALE',
  'REDIRECT_TO_NOBODY',
  'ECHO_IGNORED',
  'MTU_TOO_SMALL',
  'SECURITY_GROUP_CLOSED',
  'NETWORK_ACL_DENIES',
  'VPC_ROUTE_MISSING',
  'VPC_ROUTE_WRONG',
  'VPC_ROUTE_BLACKHOLE',
  'NAT_SUBNET_WITHOUT_EXIT',
  'METADATA_HOP_LIMIT',
  'SOURCE_DEST_CHECK',
  'NETWORK_POLICY_DENIES',
  'SERVICE_PORT_MISSING',
  'SERVICE_WITHOUT_ENDPOINTS',
  'SERVICE_WITHOUT_LOCAL_ENDPOINTS',
  'ADDRESS_OF_NOBODY',
  'ADDRESS_NOT_ON_NODE',
  'IPV6_MISSING',
  'TARGET_PORT_WRONG',
  'ADDRESS_TWICE',
  'SUBNET_FULL',
  'CONNTRACK_FULL',
  'IPTABLES_MIXED',
  'POLICY_NOT_ENFORCED',
  'CNI_FAULT_KNOWN',
  'SEVERAL_LINES',
] as const
export type CauseCode = (typeof causeCodes)[number]

/**
 * Why an edit is held for the cause, the better ones first: it brings a stack to what its owners write; it takes a stranger's line
 * away; it changes what somebody decided on purpose; it only weakens a protection.
 */
export const causeKinds = ['intention', 'foreign', 'policy', 'weakening'] as const
export type CauseKind = (typeof causeKinds)[number]

/** A smallest edit after which the flow is delivered, there and back. */
export interface Cause {
  readonly code: CauseCode
  readonly kind: CauseKind
  readonly at: StackId
  /** The line that is there and should not be, or not so; null: it is missing. */
  readonly by: string | null
  /** The line that should be there; null: none should. */
  readonly missing: string | null
  readonly author: Author
  /** More than one: neither would do without the other. None: an object says by itself why nothing can be delivered. */
  readonly edits: readonly Edit[]
  /** The path of the flow after the edit; null where there is no edit to be tried. */
  readonly proof: Path | null
}

/** What fails, as the tables predict it. */
export interface Symptom {
  readonly direction: 'forward' | 'reply'
  /** `misled`: it arrives, and not by the way or with the addresses that are intended. */
  readonly verdict: 'dropped' | 'unknown' | 'misled'
  /** Where the packet ends, or is misled. */
  readonly at: StackId
  /** The line there; null: none. */
  readonly by: string | null
  readonly effect: string
  /** How much of the flow it is, by chance: 1 is all of it. */
  readonly share: number
}

export interface Diagnosis {
  readonly symptom: Symptom
  /** Equals, where there are several: any of them alone mends it. Empty: none was found. */
  readonly causes: readonly Cause[]
  /** Lines that differ from intention, or that drop, and do not mend it when they are changed. */
  readonly ruledOut: readonly string[]
  /** How many edits were tried. */
  readonly tried: number
  readonly notRead: readonly NotJudged[]
}
