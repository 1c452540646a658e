import type { Node, Taint } from '../objects/node.ts'
import type { NodeSelectorTerm, Pod, Toleration } from '../objects/pod.ts'
import { matchesRequirement } from '../selector.ts'
import { quantity } from '../quantity.ts'

/** Whether a toleration lets a pod bear a taint. */
export const tolerates = (tolerations: readonly Toleration[] | undefined, taint: Taint): boolean =>
  (tolerations ?? []).some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      ((key ?? '') === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  )

/** The first taint that keeps a pod off a node. */
export const untolerated = (pod: Pod, node: Node): Taint | undefined =>
  node.spec?.taints?.find(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !tolerates(pod.spec.tolerations, taint),
  )

/** Whether the pod's nodeSelector and required node affinity allow the node. */
export function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return selected && (terms === undefined || terms.some((term) => matchesTerm(term, node)))
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  return (
    matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every(({ key, operator, values }) =>
      matchesRequirement(labels[key], operator, values ?? []),
    ) &&
    matchFields.every(
      ({ key, operator, values }) =>
        key === 'metadata.name' && matchesRequirement(node.metadata.name, operator, values ?? []),
    )
  )
}

/** What a pod asks of a node: CPU in cores, memory in octets. */
export function requestsOf(pod: Pod): { readonly cpu: number; readonly memory: number } {
  const sum = (name: 'cpu' | 'memory'): number => {
    const each = (list: Pod['spec']['containers'] | undefined): readonly number[] =>
      (list ?? []).map(({ resources }) => quantity(resources?.requests?.[name] ?? '0'))
    const together = each(pod.spec.containers).reduce((total, one) => total + one, 0)
    return Math.max(together, ...each(pod.spec.initContainers))
  }
  return { cpu: sum('cpu'), memory: sum('memory') }
}
