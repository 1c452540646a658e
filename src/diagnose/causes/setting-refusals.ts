/** What the VPC CNI does as its settings say, and would do otherwise with others: no line is wrong, a setting may be. */
import { iptablesDeviations } from '../deviations/iptables.ts'
import { intendedChains } from '../deviations/intended-chains.ts'
import { cniTable, nftDeviations } from '../deviations/nft.ts'
import type { NodeFacts } from '../deviations/node-facts.ts'
import { ruleDeviations } from '../deviations/rules.ts'
import type { VpcCniSettings } from '../../intent/vpc-cni/settings.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import type { CauseCode } from '../../model/diagnosis/diagnosis.ts'
import type { Deviation } from '../../model/diagnosis/deviation.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import type { Candidate } from './candidate.ts'

/** The variable of aws-node by which a node leaves source NAT to a NAT gateway. */
export const externalSnatOff = 'AWS_VPC_K8S_CNI_EXTERNALSNAT=false'
/** The variables of aws-node that are lists of prefixes: towards them a node leaves the source alone, or routes by its main table. */
export const listedCidrs = {
  excludeSnatCidrs: 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS',
  externalServiceCidrs: 'AWS_EXTERNAL_SERVICE_CIDRS',
} as const
type Listed = keyof typeof listedCidrs

interface OtherSettings {
  readonly code: CauseCode
  /** The assignment that makes them. */
  readonly assignment: string
  /** What a line of the setting has in it, where it writes any. */
  readonly mark: string | null
  readonly change: (settings: VpcCniSettings) => VpcCniSettings
}

/** Of the nodes that a flow goes by: a variable is the same on all of them. */
export function settingRefusals(nodes: readonly NodeFacts[]): readonly Candidate[] {
  const known = nodes.filter(({ environmentKnown }) => environmentKnown)
  const [first] = known
  if (first === undefined) return []
  const others = othersThan(first.settings)
  if (others.length === 0) return []
  const asTheyAre = new Map(known.map((node) => [node, new Set(deviationsUnder(node).map(keyOf))]))
  return others.flatMap((other): readonly Candidate[] => {
    const differing = known.flatMap((node) => {
      const now = asTheyAre.get(node)
      return deviationsUnder({ ...node, settings: other.change(node.settings) }).filter(
        (deviation) => now?.has(keyOf(deviation)) !== true,
      )
    })
    if (differing.length === 0) return []
    const { mark } = other
    const marked = mark === null ? [] : differing.filter((one) => one.line?.includes(mark) === true)
    // The line that lets the packet go as it is, before one that only marks its connection.
    const line = marked.find((one) => one.line?.includes('CONNMARK') === false) ?? marked[0]
    return [
      {
        code: other.code,
        kind: 'policy',
        at: line?.stack ?? first.stack.id,
        by: line?.line ?? null,
        missing: other.assignment,
        author: 'vpc-cni',
        edits: differing.flatMap(({ edits }) => edits),
      },
    ]
  })
}

function othersThan(settings: VpcCniSettings): readonly OtherSettings[] {
  const without = (code: CauseCode, list: Listed): readonly OtherSettings[] =>
    settings[list].map((taken) => {
      const others = settings[list].filter((one) => one !== taken)
      return {
        code,
        assignment: `${listedCidrs[list]}=${others.map(formatPrefix).join(',')}`,
        mark: formatPrefix(taken),
        change: (was) => ({ ...was, [list]: others }),
      }
    })
  return [
    ...(settings.externalSnat
      ? [
          {
            code: 'SNAT_MISSING',
            assignment: externalSnatOff,
            mark: null,
            change: (was: VpcCniSettings) => ({ ...was, externalSnat: false }),
          } as const,
        ]
      : without('SNAT_MISSING', 'excludeSnatCidrs')),
    ...without('SERVICE_CIDR_TOO_BROAD', 'externalServiceCidrs'),
  ]
}

/** What aws-node would have otherwise if these were its settings: a line of nftables has no mark of whose it is, and the table is aws-node's own. */
const deviationsUnder = (facts: NodeFacts): readonly Deviation[] =>
  [
    ...iptablesDeviations(facts, intendedChains(facts, 'they do not depend on it')),
    ...nftDeviations(facts),
    ...ruleDeviations(facts),
  ].filter(
    ({ author, what, edits }) =>
      author === 'vpc-cni' ||
      author === 'earlier-vpc-cni' ||
      what === 'service-cidr-rule' ||
      edits.some(isInOwnTable),
  )

const isInOwnTable = (edit: Edit): boolean =>
  edit.kind === 'nft-rule' && edit.family === 'ip' && edit.table === cniTable

const keyOf = ({ stack, line, expected }: Deviation): string => JSON.stringify([stack, line, expected])
