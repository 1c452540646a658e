import type { Decision } from '../../model/path/path.ts'
import { stackKind, stackName, type StackId } from '../../model/stack/stack-id.ts'
import type { PolicyCrossing, PolicyFlow, PolicyForwarder, PolicyOutcome } from '../run/boundaries.ts'
import { Budget } from '../run/budget.ts'
import { compileObjects, withPolicies, type CompiledObjects } from './compile-objects.ts'
import { evaluatePolicies, isFree } from './network-policy.ts'
import type { KubernetesObjects } from '../../model/fabric/kubernetes.ts'

/**
 * The network policy agent at every pod's veth. Where the cluster runs none (the VPC CNI's
 * `enable-network-policy-controller` is off), do not make one: policies then decide nothing.
 */
export const createPolicyForwarder = (objects: KubernetesObjects): PolicyForwarder =>
  forwarderOf(compileObjects(objects))

function forwarderOf(compiled: CompiledObjects): PolicyForwarder {
  // Worked out when it is asked for: every pod against every policy would be more than most questions need.
  const known = new Map<StackId, boolean>()
  const judges = (stack: StackId): boolean => {
    const before = known.get(stack)
    if (before !== undefined) return before
    const pod = stackKind(stack) === 'pod' ? compiled.pods.get(stackName(stack)) : undefined
    const found = pod === undefined || !isFree(compiled, pod)
    known.set(stack, found)
    return found
  }
  return {
    policies: compiled.objects.networkPolicies,
    of: (policies) => forwarderOf(withPolicies(compiled, policies)),
    newFlow: (budget = new Budget()): PolicyFlow => {
      // By pod and side: what the agent's own connection table holds after the first packet was let through.
      const passed = new Map<string, Decision | null>()
      return {
        judges,
        cross: (crossing) => {
          budget.left -= compiled.policyParts.get(stackName(crossing.pod).split('/')[0] ?? '') ?? 0
          return cross(compiled, passed, crossing)
        },
        memory: () => JSON.stringify([...passed]),
      }
    },
  }
}

function cross(
  compiled: CompiledObjects,
  passed: Map<string, Decision | null>,
  crossing: PolicyCrossing,
): PolicyOutcome {
  const { side, direction, packet } = crossing
  if (direction === 'reply') {
    const before = passed.get(`${crossing.pod} ${side === 'ingress' ? 'egress' : 'ingress'}`)
    if (before === null) return { kind: 'allowed', decision: null }
    if (before !== undefined)
      return { kind: 'allowed', decision: { ...before, effect: 'allowed: a reply to what this allowed' } }
  }
  const pod = stackKind(crossing.pod) === 'pod' ? compiled.pods.get(stackName(crossing.pod)) : undefined
  if (pod === undefined) {
    if (!compiled.objects.missing.includes('pods')) return { kind: 'allowed', decision: null }
    const by = `kubernetes/pods.json: ${crossing.pod} is not recorded`
    const effect = 'nobody can tell which policies select it'
    return { kind: 'unknown', decision: { stage: 'network-policy', by, effect } }
  }
  const judged = evaluatePolicies(compiled, pod, side, packet)
  if (judged.kind === 'allowed' && direction === 'forward')
    passed.set(`${crossing.pod} ${side}`, judged.decision)
  return judged
}
