import type { Family } from '../address/address.ts'
import type { Prefix } from '../address/prefix.ts'

export type RuleAction =
  | { readonly kind: 'lookup'; readonly table: string }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'nop' }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'prohibit' }
  /** Looks into the table of the packet's VRF device. */
  | { readonly kind: 'l3mdev' }
  | { readonly kind: 'not-understood'; readonly what: string }

export interface NumberRange {
  readonly from: number
  readonly to: number
}

/** One policy rule, as ip-rule(8) describes it. Every selector that is not null must match. */
export interface PolicyRule {
  readonly family: Family
  readonly priority: number
  readonly not: boolean
  readonly from: Prefix | null
  readonly to: Prefix | null
  readonly iif: string | null
  readonly oif: string | null
  /** The named interface does not exist: the rule matches nothing that needs it. */
  readonly iifDetached: boolean
  readonly oifDetached: boolean
  readonly fwmark: { readonly value: number; readonly mask: number } | null
  readonly tos: number | null
  readonly ipProtocol: number | null
  readonly sourcePort: NumberRange | null
  readonly destinationPort: NumberRange | null
  readonly uidRange: NumberRange | null
  /** Answers with a prefix of this length or shorter are ignored. */
  readonly suppressPrefixLength: number | null
  readonly suppressGroup: string | null
  readonly action: RuleAction
  /** Selectors that the model does not know, as printed. Empty: the rule is understood. */
  readonly notUnderstood: readonly string[]
  /** `512: from all to 192.168.1.197 lookup main` */
  readonly line: string
}

/** One of the three rules that the kernel makes itself. */
export function isBuiltIn(rule: PolicyRule): boolean {
  if (rule.from !== null || rule.to !== null || rule.iif !== null || rule.oif !== null) return false
  if (rule.fwmark !== null || rule.not || rule.action.kind !== 'lookup') return false
  const { table } = rule.action
  return (
    (rule.priority === 0 && table === 'local') ||
    (rule.priority === 32766 && table === 'main') ||
    (rule.priority === 32767 && table === 'default')
  )
}

const builtIn = 3

/** Somebody has added a rule, or taken one of the kernel's own away (`fib_has_custom_rules`). */
export const hasCustomRules = (rules: readonly PolicyRule[]): boolean =>
  rules.length !== builtIn || !rules.every(isBuiltIn)
