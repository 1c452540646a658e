import type { Ip } from '../address/address.ts'
import type { Prefix } from '../address/prefix.ts'

/**
 * The VPC around the nodes, as the EC2 API describes it. Field names follow EC2's nouns; ids are EC2's ids.
 * `line` is the verbatim description of the object, so that a decision can quote what decided it.
 */
export interface Vpc {
  readonly id: string
  readonly region: string
  /** The primary IPv4 range first, where it was read: the resolver stands in it. */
  readonly prefixes: readonly Prefix[]
  readonly subnets: readonly Subnet[]
  readonly interfaces: readonly Eni[]
  readonly routeTables: readonly VpcRouteTable[]
  readonly securityGroups: readonly SecurityGroup[]
  readonly networkAcls: readonly NetworkAcl[]
  readonly internetGateways: readonly string[]
  readonly natGateways: readonly NatGateway[]
  readonly instances: readonly Instance[]
  /** Managed prefix lists whose entries are known. */
  readonly prefixLists?: readonly PrefixList[]
  readonly peerings?: readonly VpcPeering[]
  readonly endpoints?: readonly VpcEndpoint[]
  /**
   * Kinds of objects that nobody could read (`network-acls`, `interfaces`…): an empty list above then says nothing.
   * Absent: everything was read.
   */
  readonly missing?: readonly VpcPart[]
}

/** The parts of a VPC that a recording may lack; each is one `aws ec2 describe-…`. */
export type VpcPart =
  | 'vpcs'
  | 'instances'
  | 'network-interfaces'
  | 'subnets'
  | 'route-tables'
  | 'security-groups'
  | 'network-acls'
  | 'internet-gateways'
  | 'nat-gateways'
  | 'managed-prefix-lists'
  | 'vpc-peering-connections'
  | 'vpc-endpoints'

/** A managed prefix list with its entries: AWS's own (`com.amazonaws.REGION.s3`) or a customer's. */
export interface PrefixList {
  readonly id: string
  readonly name: string
  readonly prefixes: readonly Prefix[]
}

/** A peering connection, as this VPC sees it. */
export interface VpcPeering {
  readonly id: string
  /** EC2's status code: only `active` carries packets. */
  readonly status: string
  readonly peerVpc: string
  /** The address ranges on the far side; null: not told. */
  readonly peerPrefixes: readonly Prefix[] | null
}

export interface VpcEndpoint {
  readonly id: string
  readonly service: string
  readonly type: 'Gateway' | 'Interface' | 'GatewayLoadBalancer' | 'other'
  /** EC2's state; `available` carries packets. */
  readonly state: string
}

export interface Subnet {
  readonly id: string
  readonly prefix: Prefix
  /** The IPv6 ranges, where the subnet has any. */
  readonly ipv6Prefixes?: readonly Prefix[]
  readonly zone: string
  readonly mapPublicIp: boolean
}

export interface Instance {
  readonly id: string
  readonly type: string
  /** `ip-192-168-1-138.ap-northeast-2.compute.internal`: the Kubernetes node's name on EKS. */
  readonly privateDnsName: string
  readonly zone: string
  readonly tags: Readonly<Record<string, string>>
  readonly metadataOptions?: MetadataOptions
}

/** How an instance's metadata service (169.254.169.254) answers: EC2's `MetadataOptions`. */
export interface MetadataOptions {
  /** `required`: version 2 alone, which asks for a session token first. */
  readonly tokens: 'optional' | 'required'
  /** The TTL of the packets that carry a token: with 1 they do not reach a pod. */
  readonly hopLimit: number
  readonly endpoint: 'enabled' | 'disabled'
}

/** An elastic network interface. */
export interface Eni {
  readonly id: string
  readonly subnet: string
  readonly mac: string
  /** The primary private address first. */
  readonly addresses: readonly EniAddress[]
  /** Delegated prefixes (/28), with prefix delegation. */
  readonly prefixes: readonly Prefix[]
  readonly securityGroups: readonly string[]
  readonly sourceDestCheck: boolean
  readonly attachment: { readonly instance: string; readonly deviceIndex: number } | null
  readonly description: string
  /** What of AWS's answers behind it; absent: an instance of the account's, or nobody can tell. */
  readonly managed?: ManagedService
}

/** Services of AWS that answer TCP at an ENI in the account's VPC, from machines that the account cannot look into. */
export type ManagedService = 'eks-control-plane' | 'vpc-endpoint'

export interface EniAddress {
  readonly address: Ip
  readonly primary: boolean
  /** The public address that the internet gateway maps to it. */
  readonly publicAddress: Ip | null
  /** EC2's association id, when it is an Elastic IP. */
  readonly associationId: string | null
}

export type VpcRouteTarget =
  | { readonly kind: 'local' }
  | { readonly kind: 'internet-gateway'; readonly id: string }
  | { readonly kind: 'egress-only-internet-gateway'; readonly id: string }
  | { readonly kind: 'nat-gateway'; readonly id: string }
  | { readonly kind: 'interface'; readonly id: string }
  | { readonly kind: 'peering'; readonly id: string }
  | { readonly kind: 'transit-gateway'; readonly id: string }
  | { readonly kind: 'vpc-endpoint'; readonly id: string }
  | { readonly kind: 'other'; readonly id: string }

export interface VpcRoute {
  /** A managed prefix list appears as one route for each of its entries. */
  readonly destination: Prefix
  readonly target: VpcRouteTarget
  readonly state: 'active' | 'blackhole'
  /** The managed prefix list that this route is an entry of. */
  readonly prefixList?: string
  /** Learned from a virtual private gateway (EC2's origin `EnableVgwRoutePropagation`): loses against a static route. */
  readonly propagated?: boolean
  /** Learned from a route server (EC2's origin `Advertisement`). */
  readonly advertised?: boolean
  readonly line: string
}

/**
 * A route of which something is not known: the entries of its prefix list, its state (`filtered`), a member that could not be
 * read. Null: that is not known.
 */
export interface UnresolvedVpcRoute {
  readonly destination: Prefix | null
  readonly prefixList: string | null
  readonly target: VpcRouteTarget | null
  readonly state: 'active' | 'blackhole' | null
  readonly line: string
  /** Why nobody can tell, for people. */
  readonly because: string
}

export interface VpcRouteTable {
  readonly id: string
  readonly main: boolean
  readonly subnets: readonly string[]
  /** Internet and virtual private gateways that route what enters the VPC by this table (ingress routing). */
  readonly gateways?: readonly string[]
  /** By EC2's id, which subnet an association is of; null: it is the one that makes the table the main one. */
  readonly associations?: Readonly<Record<string, string | null>>
  readonly routes: readonly VpcRoute[]
  readonly unresolved?: readonly UnresolvedVpcRoute[]
  /** Subnets and gateways whose association with this table is under way (`associating`, `disassociating`). */
  readonly unsettled?: readonly string[]
}

/** Who a security-group rule speaks of. */
export type SecurityGroupPeer =
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | { readonly kind: 'group'; readonly id: string }
  | { readonly kind: 'prefix-list'; readonly id: string; readonly prefixes: readonly Prefix[] | null }

export interface SecurityGroupRule {
  readonly id: string
  readonly direction: 'ingress' | 'egress'
  /** IANA protocol number; null is every protocol (EC2's -1). */
  readonly protocol: number | null
  /** Ports for TCP and UDP; for ICMP `from` is the type and `to` the code, -1 for every code. Null is all. */
  readonly ports: { readonly from: number; readonly to: number } | null
  readonly peer: SecurityGroupPeer
  readonly line: string
}

export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly rules: readonly SecurityGroupRule[]
}

export interface NetworkAclEntry {
  /** Entries are read in this order; 32767 is the final deny. */
  readonly number: number
  readonly direction: 'ingress' | 'egress'
  readonly action: 'allow' | 'deny'
  /** IANA protocol number; null is every protocol (EC2's -1). */
  readonly protocol: number | null
  readonly prefix: Prefix
  /** Ports for TCP and UDP; for ICMP `from` is the type and `to` the code, -1 for every one. Null is all. */
  readonly ports: { readonly from: number; readonly to: number } | null
  readonly line: string
}

export interface NetworkAcl {
  readonly id: string
  readonly default: boolean
  readonly subnets: readonly string[]
  /** By EC2's id, which subnet an association is of. */
  readonly associations?: Readonly<Record<string, string>>
  readonly entries: readonly NetworkAclEntry[]
}

export interface NatGateway {
  readonly id: string
  readonly subnet: string
  readonly privateAddress: Ip
  /** Null: a private NAT gateway, or the address is not told. */
  readonly publicAddress: Ip | null
  /** Absent: `public`. */
  readonly connectivity?: 'public' | 'private'
  /** EC2's state; absent: `available`. Only `available` carries packets. */
  readonly state?: string
}
