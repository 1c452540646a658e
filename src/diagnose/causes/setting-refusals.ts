/** What the VPC CNI does as its settings say, and would do otherwise with others: no line is wrong, a setting may be. */
import { iptablesDeviations } from '../deviations/iptables.ts'
import { intendedChains } from '../deviations/intended-chains.ts'
import { nftDeviations } from '../deviations/nft.ts'
import type { NodeFacts } from '../deviations/node-facts.ts'
import { ruleDeviations } from '../deviations/rules.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import type { Deviation } from '../../model/diagnosis/deviation.ts'
import type { Candidate } from './candidate.ts'

/** The variable of aws-node by which a node leaves source NAT to a NAT gateway. */
export const externalSnatOff = 'AWS_VPC_K8S_CNI_EXTERNALSNAT=false'
/** The variable of aws-node that names destinations towards which a node leaves the source alone. */
export const excludedCidrs = 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS'

/** Of a node whose settings leave source NAT to somebody else, or leave it out towards some destinations: that it does it itself. */
export function settingRefusals(node: NodeFacts): readonly Candidate[] {
  const { environmentKnown, settings } = node
  if (!environmentKnown) return []
  if (settings.externalSnat) {
    const edits = deviationsUnder({ ...node, settings: { ...settings, externalSnat: false } })
      .filter(({ kind }) => kind !== 'foreign')
      .flatMap((deviation) => deviation.edits)
    return edits.length === 0 ? [] : [candidate(node, null, externalSnatOff, edits)]
  }
  const now = new Set(deviationsUnder(node).map(keyOf))
  return settings.excludeSnatCidrs.flatMap((excluded) => {
    const text = formatPrefix(excluded)
    const others = settings.excludeSnatCidrs.filter((one) => one !== excluded)
    const found = deviationsUnder({ ...node, settings: { ...settings, excludeSnatCidrs: others } }).filter(
      (deviation) => !now.has(keyOf(deviation)),
    )
    const line = found.find(
      (one) => one.line?.startsWith('-A AWS-SNAT-CHAIN') === true && one.line.includes(text),
    )
    return found.length === 0
      ? []
      : [
          candidate(
            node,
            line?.line ?? null,
            `${excludedCidrs}=${others.map(formatPrefix).join(',')}`,
            found.flatMap(({ edits }) => edits),
          ),
        ]
  })
}

/** What aws-node would have otherwise if these were its settings. Its exclusions in nftables have no mark of whose they are. */
const deviationsUnder = (facts: NodeFacts): readonly Deviation[] =>
  [
    ...iptablesDeviations(facts, intendedChains(facts, 'they do not depend on it')),
    ...nftDeviations(facts),
    ...ruleDeviations(facts),
  ].filter(
    ({ author, line }) =>
      author === 'vpc-cni' || (author === 'unknown' && line?.endsWith(' return') === true),
  )

const keyOf = ({ line, expected }: Deviation): string => JSON.stringify([line, expected])

const candidate = (
  { stack }: NodeFacts,
  by: string | null,
  missing: string,
  edits: Candidate['edits'],
): Candidate => ({
  code: 'SNAT_MISSING',
  kind: 'policy',
  at: stack.id,
  by,
  missing,
  author: 'vpc-cni',
  edits,
})
