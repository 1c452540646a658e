/** Whether anybody in a cluster does what its NetworkPolicies say. */
import type { KubernetesObjects } from '../model/fabric/kubernetes.ts'

/** Programs that enforce them, by the names of their images (each project's own manifests). */
const others =
  /\b(calico\/node|calico-node|cilium\/cilium|kube-router|antrea|weave-npc|romana|ovn-kubernetes)\b/

/** The VPC CNI's agent stands in every aws-node pod since v1.14, and does nothing until it is told to. */
const agent = 'aws-eks-nodeagent'
const agentSwitch = '--enable-network-policy='

/**
 * False where it is known that nobody does: aws-node's pods were read, none of them has an agent that is switched on, and no
 * pod of another enforcer is there. Where that cannot be told, policies are taken at their word.
 */
export function enforcesPolicies({ pods, missing }: Pick<KubernetesObjects, 'pods' | 'missing'>): boolean {
  if (missing.includes('pods')) return true
  const containers = pods.flatMap((pod) => pod.containers ?? [])
  if (containers.some(({ image }) => others.test(image))) return true
  const agents = containers.filter(
    ({ name, image }) => name === agent || /aws-network-policy-agent/.test(image),
  )
  if (agents.length > 0)
    // A snapshot that did not keep the switch says nothing of it.
    return agents.some(
      ({ switches }) =>
        switches === undefined ||
        !switches.some((one) => one.startsWith(agentSwitch)) ||
        switches.includes(`${agentSwitch}true`),
    )
  return !containers.some(({ name }) => name === 'aws-node')
}
