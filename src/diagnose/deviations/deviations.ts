/** Everything of the cluster's stacks that is not as the VPC CNI, kube-proxy and the kubelet would have it. Pure. */
import type { Deviation, NotJudged } from '../../model/diagnosis/deviation.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { isUp } from '../../model/stack/link.ts'
import type { KubernetesObjects } from '../../model/fabric/kubernetes.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import { intendedChains } from './intended-chains.ts'
import { iptablesDeviations } from './iptables.ts'
import { neighbourDeviations } from './neighbours.ts'
import { nftDeviations } from './nft.ts'
import { nodeFacts, type NodeFacts } from './node-facts.ts'
import { linkDown, podDeviations } from './pod.ts'
import { routeDeviations } from './routes.ts'
import { ruleDeviations } from './rules.ts'
import { servicePortsOf } from './service-ports.ts'
import { sysctlDeviations } from './sysctls.ts'

export interface Deviations {
  readonly found: readonly Deviation[]
  readonly notJudged: readonly NotJudged[]
  /** Of every node that was judged. */
  readonly nodes: readonly NodeFacts[]
}

/**
 * Compares stacks with intention. What intention rests on and was not read is told, and not judged.
 * @param only the nodes that are wanted, with their pods; absent: all
 */
export function deviations(
  fabric: Fabric,
  objects: KubernetesObjects | null,
  only?: ReadonlySet<StackId>,
): Deviations {
  const found: Deviation[] = []
  const notJudged: NotJudged[] = []
  const nodes: NodeFacts[] = []
  const services = servicePortsOf(objects)
  const stacks = new Map(fabric.stacks.map((stack) => [stack.id, stack]))
  for (const stack of fabric.stacks) {
    if (stackKind(stack.id) !== 'node' || (only !== undefined && !only.has(stack.id))) continue
    const facts = nodeFacts(stack, fabric, objects)
    if ('because' in facts) {
      notJudged.push(facts)
      continue
    }
    nodes.push(facts)
    const intended = intendedChains(facts, services)
    notJudged.push(...intended.notJudged)
    found.push(
      ...routeDeviations(facts),
      ...ruleDeviations(facts),
      ...neighbourDeviations(facts),
      ...sysctlDeviations(facts),
      ...iptablesDeviations(facts, intended),
      ...nftDeviations(facts),
      ...stack.links
        .filter((link) => !isUp(link) && facts.enis.some(({ device }) => device === link.name))
        .map((link) => linkDown(stack, link, fabric)),
    )
    for (const pod of facts.pods) {
      const own = stacks.get(pod.stack)
      if (own !== undefined) found.push(...podDeviations(pod, own, facts, fabric))
    }
  }
  return { found, notJudged, nodes }
}
