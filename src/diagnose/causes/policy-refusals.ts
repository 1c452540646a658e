/** What a network policy refuses: without the policies of that namespace one after the other, or without all of them. */
import type { NetworkPolicy } from '../../model/fabric/kubernetes.ts'
import type { Hop } from '../../model/path/path.ts'
import { stackKind, stackName } from '../../model/stack/stack-id.ts'
import type { Candidate } from './candidate.ts'

/** @param hops of the path, the last one where the packet ended; the pod of the policy is there or next to it */
export function policyRefusals(
  hops: readonly Hop[],
  policies: readonly NetworkPolicy[],
  to: string | null,
): readonly Candidate[] {
  const last = hops.at(-1)
  const decision = last?.decisions.findLast(({ stage }) => stage === 'network-policy')
  if (last === undefined || decision === undefined) return []
  const namespaces = new Set(
    [...hops.map(({ stack }) => stack), ...(to === null ? [] : [to])]
      .filter((stack) => stackKind(stack) === 'pod')
      .map((stack) => stackName(stack).split('/')[0] ?? ''),
  )
  const ofThem = policies.filter(({ namespace }) => namespaces.has(namespace))
  const without = (removed: readonly NetworkPolicy[]): Candidate => ({
    code: 'NETWORK_POLICY_DENIES',
    kind: 'policy',
    at: last.stack,
    by: decision.by,
    missing: null,
    author: 'unknown',
    edits: removed.map((before) => ({ kind: 'network-policy', before, after: null })),
  })
  const each = ofThem.map((policy) => without([policy]))
  return ofThem.length > 1 ? [...each, without(ofThem)] : each
}
