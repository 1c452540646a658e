/** What the VPC CNI does as its settings say, and would do otherwise with others: no line is wrong, a setting may be. */
import { iptablesDeviations } from '../deviations/iptables.ts'
import { intendedChains } from '../deviations/intended-chains.ts'
import { nftDeviations } from '../deviations/nft.ts'
import type { NodeFacts } from '../deviations/node-facts.ts'
import { ruleDeviations } from '../deviations/rules.ts'
import type { Candidate } from './candidate.ts'

/** The variable of aws-node by which a node leaves source NAT to a NAT gateway. */
export const externalSnatOff = 'AWS_VPC_K8S_CNI_EXTERNALSNAT=false'

/** Of a node whose settings leave source NAT to somebody else: that it does it itself. */
export function settingRefusals(node: NodeFacts): readonly Candidate[] {
  if (!node.environmentKnown || !node.settings.externalSnat) return []
  const facts: NodeFacts = { ...node, settings: { ...node.settings, externalSnat: false } }
  const intended = intendedChains(facts, 'they do not depend on it')
  const edits = [...iptablesDeviations(facts, intended), ...nftDeviations(facts), ...ruleDeviations(facts)]
    .filter(({ kind, author }) => kind !== 'foreign' && author === 'vpc-cni')
    .flatMap((deviation) => deviation.edits)
  return edits.length === 0
    ? []
    : [
        {
          code: 'SNAT_MISSING',
          kind: 'policy',
          at: node.stack.id,
          by: null,
          missing: externalSnatOff,
          author: 'vpc-cni',
          edits,
        },
      ]
}
