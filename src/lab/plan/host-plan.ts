import type { Prefix } from '../../model/address/prefix.ts'

/** An ENI that a node has or may come to have; the n-th is attached as device n. */
export interface EniPlan {
  readonly id: string
  readonly mac: string
  readonly deviceIndex: number
  readonly address: string
  /** Those that pods get: its secondary addresses, or those of its prefixes. */
  readonly podAddresses: readonly string[]
  /** Delegated to it; empty: it has secondary addresses instead. */
  readonly prefixes: readonly Prefix[]
}

export interface NodePlan {
  readonly name: string
  readonly instance: string
  readonly zone: string
  readonly subnet: string
  readonly subnetPrefix: Prefix
  /** The VPC router's address in the subnet: base + 1. */
  readonly gateway: string
  readonly address: string
  /** Null: in a private subnet. */
  readonly publicAddress: string | null
  readonly enis: readonly EniPlan[]
}

export interface HostPlan {
  readonly eni: string
  readonly mac: string
  readonly address: string
  readonly publicAddress: string | null
  readonly subnet: string
  readonly gateway: string
}

/** Where what leaves private subnets for the internet gets the public address that all of it has. */
export interface NatGatewayPlan extends HostPlan {
  readonly id: string
  readonly publicAddress: string
}
