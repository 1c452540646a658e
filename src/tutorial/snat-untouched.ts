import type { Reason } from '../i18n/facts/reason-facts.ts'
import type { RuleChain } from '../model/stack/ruleset.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import type { NatOutcome } from '../forward/explain/nat-walk.ts'
import { natTables } from './tables.ts'

/** What the names of the VPC CNI's chains begin with. */
export const awsChain = 'AWS-SNAT-CHAIN'

/** The CNI's SNAT chains of a node. */
export const chainsOf = (stack: NetworkStack | undefined): readonly RuleChain[] =>
  ((stack && natTables(stack)) ?? [])
    .flatMap((table) => table.chains)
    .filter((chain) => chain.name.startsWith(awsChain))

export type WhyUntouched = Extract<Reason, { readonly code: `snat-${string}` }>

/** Why no SNAT rule of a node's nat table rewrote a packet to this destination. */
export function whyUntouched(
  walk: NatOutcome,
  stack: NetworkStack | undefined,
  node: StackId,
  destination: string,
): WhyUntouched {
  const excluded = walk.matched.find(
    (rule) => rule.chain.startsWith(awsChain) && rule.target?.name === 'RETURN',
  )
  if (excluded) return { code: 'snat-excluded', facts: { line: excluded.line, destination } }
  const aws = chainsOf(stack)
  const [empty] = aws
  if (empty && aws.every((chain) => chain.rules.length === 0))
    return { code: 'snat-chain-empty', facts: { chain: empty.name } }
  const jumped = walk.matched.some((rule) => rule.target?.name.startsWith(awsChain))
  return jumped
    ? { code: 'snat-no-rule', facts: { stack: node, destination } }
    : { code: 'snat-no-chain', facts: { stack: node } }
}
