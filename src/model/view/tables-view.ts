import type { Evaluated } from '../path/evaluated.ts'
import type { Path } from '../path/path.ts'
import type { Counter } from '../stack/ruleset.ts'
import type { StackId } from '../stack/stack-id.ts'

/** The tables of one network stack, line by line, as its own tools print them. Plain data for a page. */
export interface TablesView {
  readonly stack: StackId
  /** IPv4 first. Null: was not read. */
  readonly rules: readonly RuleLine[] | null
  readonly routes: readonly RouteTableView[]
  /** Null: was not read. Empty: there are none. */
  readonly iptables: readonly IptablesView[] | null
  readonly nft: readonly NftTableView[] | null
}

export interface RuleLine {
  readonly family: 4 | 6
  readonly line: string
  /** The table that it looks up; null: it does something else. */
  readonly table: string | null
}

export interface RouteTableView {
  readonly family: 4 | 6
  /** `main`, `local`, `2`, … */
  readonly name: string
  readonly routes: readonly string[]
}

export interface IptablesView {
  readonly family: 4 | 6
  readonly backend: 'legacy' | 'nft'
  /** `nat`, `filter`, … */
  readonly table: string
  readonly chains: readonly ChainView[]
}

export interface NftTableView {
  /** `ip`, `inet`, … */
  readonly family: string
  readonly table: string
  readonly chains: readonly ChainView[]
}

export interface ChainView {
  readonly name: string
  /** The hook of a built-in or base chain; null: it is only jumped to. */
  readonly hook: string | null
  /** What becomes of packets that no rule decides; null: they go back to the calling chain. */
  readonly policy: string | null
  readonly counter: Counter | null
  /** The chain's own line: `:FORWARD ACCEPT [0:0]`. */
  readonly line: string
  readonly rules: readonly ChainRuleView[]
}

export interface ChainRuleView {
  readonly line: string
  readonly counter: Counter | null
  /** The chains that it may lead into. */
  readonly leadsTo: readonly string[]
  /** A packet's way does not depend on it: it counts, logs, or says nothing. */
  readonly inert: boolean
}

/** A predicted flow with every line that was asked on its way. */
export interface FlowReply {
  readonly from: StackId
  readonly to: string
  readonly path: Path
  /** In order. */
  readonly evaluated: readonly Evaluated[]
  /** Of the way shown; below 1 where the kernel draws lots. */
  readonly probability: number
  readonly ways: number
}

/** One stack that can be looked into. */
export interface StackEntry {
  readonly id: StackId
  readonly node: string
  readonly addresses: readonly string[]
}

/** A pod's network namespace, and what of its node concerns it. Lines are verbatim. */
export interface PodNamespaceView {
  readonly stack: StackId
  readonly node: StackId
  /** The node's end of the pod's veth pair; null: which one is not known. */
  readonly hostDevice: string | null
  readonly own: {
    readonly addresses: readonly string[]
    readonly routes: readonly string[]
    readonly neighbours: readonly string[]
    readonly rules: readonly string[]
  }
  readonly ofNode: {
    readonly routes: readonly string[]
    readonly rules: readonly string[]
    /** With the table that each stands in. */
    readonly iptables: readonly { readonly table: string; readonly line: string }[]
  }
  readonly policies: readonly {
    readonly name: string
    readonly types: readonly string[]
    readonly selector: string
  }[]
  readonly services: readonly { readonly name: string; readonly address: string; readonly ready: boolean }[]
}
