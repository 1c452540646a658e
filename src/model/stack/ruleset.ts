import type { Family } from '../address/address.ts'

/** Who made the hooks: xtables (`iptables-legacy`) or nf_tables (`iptables-nft`). Both may be loaded at once. */
export type RulesetBackend = 'legacy' | 'nft'

/** What a rule or a policy has seen since it was loaded. */
export interface Counter {
  readonly packets: number
  readonly octets: number
}

/** One option with its values, each as written: quotes kept. */
export interface RuleOption {
  /** A `!` stands before it. */
  readonly not: boolean
  /** `--dport`, `-s`, … */
  readonly name: string
  readonly values: readonly string[]
}

/** The options of one `-m MODULE`; module is `''` for the packet header's own: -s -d -i -o -p -f. */
export interface RuleMatch {
  readonly module: string
  readonly options: readonly RuleOption[]
}

export interface RuleTarget {
  /** `goto`: does not come back to the calling chain. */
  readonly kind: 'jump' | 'goto'
  /** A built-in target, an extension or a chain. */
  readonly name: string
  readonly options: readonly RuleOption[]
}

/** One `-A` line. */
export interface FilterRule {
  readonly chain: string
  readonly matches: readonly RuleMatch[]
  /** Null: the rule only counts. */
  readonly target: RuleTarget | null
  /** Why the line could not be read to its end; null: it was. */
  readonly problem: string | null
  /** Null: it was not read (iptables-save without -c). */
  readonly counter: Counter | null
  /** Without its counter. */
  readonly line: string
}

export interface RuleChain {
  readonly name: string
  /** Null: a user chain. */
  readonly policy: string | null
  readonly rules: readonly FilterRule[]
  /** Of the packets that met the policy. Null: a user chain, or it was not read. */
  readonly counter: Counter | null
  /** `:FORWARD DROP [0:0]`: as iptables-save prints it without counting. */
  readonly line: string
}

export interface RuleTable {
  /** `raw`, `mangle`, `nat`, `filter`, `security` */
  readonly name: string
  readonly chains: readonly RuleChain[]
}

/** What iptables-save (ip6tables-save) of one backend printed. */
export interface Ruleset {
  readonly family: Family
  readonly backend: RulesetBackend
  readonly tables: readonly RuleTable[]
}
