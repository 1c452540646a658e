/**
 * One change of a configuration: a line of a stack, an object of AWS or of Kubernetes. An edit is data: it says what stands there
 * now and what would stand there, so that it can be applied to a fabric, printed as a command, and undone.
 */
import type { ConntrackEntry } from '../stack/conntrack.ts'
import type { Family } from '../address/address.ts'
import type { IpSetEntry } from '../stack/ipset.ts'
import type { NetworkPolicy } from './kubernetes.ts'
import type { Link } from '../stack/link.ts'
import type { Neighbour } from '../stack/neighbour.ts'
import type { NftRule, NftTable } from '../stack/nft.ts'
import type { Route } from '../stack/route.ts'
import type { PolicyRule } from '../stack/rule.ts'
import type { FilterRule, RuleChain, RulesetBackend } from '../stack/ruleset.ts'
import type { StackId } from '../stack/stack-id.ts'
import type { NetworkAclEntry, SecurityGroupRule, VpcRoute } from '../vpc/vpc.ts'

/** What stands there and what would. Before null: it is added; after null: it is removed; neither: it is replaced. */
export interface Change<T> {
  readonly before: T | null
  readonly after: T | null
}

/** A line of one stack's own tables. Where order decides, `index` is its place among its like as they stand now. */
export type StackEdit = { readonly stack: StackId } & (
  | ({ readonly kind: 'route' } & Change<Route>)
  | ({ readonly kind: 'rule' } & Change<PolicyRule>)
  | ({ readonly kind: 'neighbour' } & Change<Neighbour>)
  | ({ readonly kind: 'link' } & Change<Link>)
  | ({ readonly kind: 'sysctl'; readonly name: string } & Change<string>)
  | ({ readonly kind: 'iptables-rule'; readonly index: number } & ChainPlace & Change<FilterRule>)
  /** A chain's policy, or a whole chain: one that is added comes with its rules. */
  | ({ readonly kind: 'iptables-chain' } & ChainPlace & Change<RuleChain>)
  | ({ readonly kind: 'nft-rule'; readonly index: number } & NftPlace & Change<NftRule>)
  | ({ readonly kind: 'nft-table' } & Change<NftTable>)
  | ({ readonly kind: 'set-member'; readonly set: string } & Change<IpSetEntry>)
  | ({ readonly kind: 'conntrack' } & Change<ConntrackEntry>)
)

/** Where a rule of iptables stands. */
export interface ChainPlace {
  readonly family: Family
  readonly backend: RulesetBackend
  readonly table: string
  readonly chain: string
}

/** Where a rule of nftables stands. */
export interface NftPlace {
  /** `ip`, `inet`, … */
  readonly family: string
  readonly table: string
  readonly chain: string
}

/** An object of AWS. */
export type VpcEdit =
  | ({ readonly kind: 'security-group-rule'; readonly group: string } & Change<SecurityGroupRule>)
  | ({ readonly kind: 'network-acl-entry'; readonly acl: string } & Change<NetworkAclEntry>)
  | ({ readonly kind: 'vpc-route'; readonly table: string } & Change<VpcRoute>)
  | ({ readonly kind: 'source-dest-check'; readonly eni: string } & {
      readonly before: boolean
      readonly after: boolean
    })
  | ({ readonly kind: 'internet-gateway' } & Change<string>)
  | ({ readonly kind: 'subnet-route-table'; readonly subnet: string } & Change<string>)
  /** The table of subnets that name none. */
  | ({ readonly kind: 'main-route-table' } & Change<string>)
  | ({ readonly kind: 'subnet-network-acl'; readonly subnet: string } & Change<string>)
  | ({ readonly kind: 'interface-groups'; readonly eni: string } & {
      readonly before: readonly string[]
      readonly after: readonly string[]
    })

/** An object of Kubernetes that decides by itself. What kube-proxy makes of services and endpoints are edits of stacks. */
export type KubernetesEdit = { readonly kind: 'network-policy' } & Change<NetworkPolicy>

export type Edit = StackEdit | VpcEdit | KubernetesEdit

/** Whether it is of a stack's own tables. */
export const isStackEdit = (edit: Edit): edit is StackEdit => 'stack' in edit

/** What is there afterwards instead of before, and the other way round: applied after `edit` it leaves nothing of it. */
export const inverseOf = (edit: Edit): Edit =>
  // Every kind has the same two members of one type.
  ({ ...edit, before: edit.after, after: edit.before }) as Edit
