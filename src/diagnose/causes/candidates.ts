/** Every edit that may be the cause of a lost flow: what is not as intended on its path, and every line that had a hand in it. */
import type { CompiledFabric } from '../../forward/compiled/fabric.ts'
import type { PredictedPath } from '../../forward/walk/predict.ts'
import type { Deviation } from '../../model/diagnosis/deviation.ts'
import type { Hop } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { codeOfDeviation } from '../catalogue/code-of-deviation.ts'
import type { Candidate } from './candidate.ts'
import type { NodeFacts } from '../deviations/node-facts.ts'
import { policyRefusals } from './policy-refusals.ts'
import { settingRefusals } from './setting-refusals.ts'
import { touchedBy } from './touched-lines.ts'
import { refusalsOf } from './vpc-refusals.ts'

/** More than this differ only where nothing is as it should be. */
const mostCandidates = 600

export function candidatesFor(
  fabric: CompiledFabric,
  lost: readonly PredictedPath[],
  deviations: readonly Deviation[],
  judged: ReadonlySet<StackId>,
  to: StackId | null,
  nodes: readonly NodeFacts[],
): readonly Candidate[] {
  const found: Candidate[] = deviations.map(causeOfDeviation)
  for (const predicted of lost.slice(0, 8)) {
    const path = predicted.path()
    const hops = path.verdict === 'delivered' ? path.reply : path.forward
    for (const hop of [...path.forward, ...path.reply]) {
      const stack = fabric.stacks.get(hop.stack)?.stack
      if (stack !== undefined) found.push(...touchedBy(hop, stack, judged.has(stack.id)))
    }
    const { vpc } = fabric.fabric
    const last: Hop | undefined = hops.at(-1)
    if (vpc !== null && last !== undefined) found.push(...refusalsOf(last, vpc), ...beforeGateway(hops, vpc))
    found.push(...policyRefusals(hops, fabric.surroundings.policy?.policies ?? [], to))
  }
  found.push(...settingRefusals(nodes))
  return unlike(found).slice(0, mostCandidates)
}

/** What a gateway refuses was led there by the VPC's route table, a hop before. */
const beforeGateway = (hops: readonly Hop[], vpc: Parameters<typeof refusalsOf>[1]): readonly Candidate[] => {
  const last = hops.at(-1)
  const before = hops.at(-2)
  const decision = last?.decisions.at(-1)
  return before !== undefined && decision?.stage === 'gateway'
    ? refusalsOf({ ...before, decisions: [decision] }, vpc)
    : []
}

/** What a line that is not as intended would be called, if it were the cause. */
export const causeOfDeviation = (deviation: Deviation): Candidate => ({
  code: codeOfDeviation(deviation),
  // A pod's address is the pod's alone, whoever gave it to the node.
  kind:
    deviation.kind === 'foreign' && deviation.author !== 'earlier-vpc-cni' && deviation.what !== 'pod-address'
      ? 'foreign'
      : 'intention',
  at: deviation.stack,
  by: deviation.line,
  missing: deviation.expected,
  author: deviation.author,
  edits: deviation.edits,
})

/** The first of those that make the same edits: a deviation is told before what a path says of the same line. */
function unlike(candidates: readonly Candidate[]): readonly Candidate[] {
  const known = new Set<string>()
  return candidates.filter(({ edits }) => {
    const key = edits
      .map((edit) => JSON.stringify(edit, plain))
      .toSorted()
      .join()
    if (known.has(key)) return false
    known.add(key)
    return true
  })
}

/** Addresses of IPv6 are bigints, which JSON has not. */
const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)
