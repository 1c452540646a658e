import type { Counter } from './ruleset.ts'

/** A JSON value as `nft -j` prints it: expressions stay what they are until somebody evaluates them. */
export type NftValue =
  string | number | boolean | null | readonly NftValue[] | { readonly [key: string]: NftValue }

export interface NftRule {
  readonly handle: number
  readonly expressions: readonly NftValue[]
  /** Null: the rule has no counter. */
  readonly counter: Counter | null
  /** As `nft list ruleset` prints the rule, without its counter. */
  readonly line: string
}

export interface NftChain {
  readonly name: string
  /** Null: a chain that is only jumped to. */
  readonly base: {
    readonly type: string
    readonly hook: string
    readonly priority: number
    readonly policy: string
    /** At these devices alone (netdev; inet ingress); absent: at none of its own. */
    readonly devices?: readonly string[]
  } | null
  readonly rules: readonly NftRule[]
}

export interface NftSet {
  readonly name: string
  readonly kind: 'set' | 'map'
  readonly type: NftValue
  /** What a map gives: a type's name, or `verdict`. */
  readonly maps: NftValue
  readonly flags: readonly string[]
  readonly elements: readonly NftValue[]
}

/** One table of `nft -j list ruleset`. */
export interface NftTable {
  /** `ip`, `ip6`, `inet`, `bridge`, `netdev`, `arp` */
  readonly family: string
  readonly name: string
  /** Counts up with every table made in this stack. */
  readonly handle: number
  /** `dormant`, `owner`, …; absent: none. */
  readonly flags?: readonly string[]
  readonly chains: readonly NftChain[]
  readonly sets: readonly NftSet[]
}
