import { formatIp, type Ip } from '../../model/address/address.ts'
import { protocolName, type Packet } from '../../model/packet/packet.ts'
import type { Decision } from '../../model/path/path.ts'
import { contains, formatPrefix } from '../../model/address/prefix.ts'
import { namedPort, protocolNumber, type CompiledObjects } from './compile-objects.ts'
import type {
  LabelSelector,
  NetworkPolicy,
  Pod,
  PolicyPeer,
  PolicyPort,
  PolicyRule,
  Service,
  ServicePort,
} from '../../model/fabric/kubernetes.ts'
import { isEmptySelector, selects, selectorText } from '../../kubernetes/selector.ts'

/**
 * Network policies as the VPC CNI's agent enforces them at the pod's veth: on the pod's own address, before any rule of
 * the node for what leaves it and after all of them for what enters it. So a packet to a ClusterIP is judged before it
 * is translated; the controller therefore admits the ClusterIPs of services whose selector the rule's podSelector
 * selects (amazon-network-policy-controller-k8s, pkg/resolvers/endpoints.go). Rules with ports speak of their protocol
 * alone: a ping needs a rule without ports (aws-network-policy-agent, pkg/ebpf/c/tc.v4egress.bpf.c).
 */
export type PolicyJudgement =
  /** Null: no policy selects the pod in this direction. */
  | { readonly kind: 'allowed'; readonly decision: Decision | null }
  | { readonly kind: 'dropped' | 'unknown'; readonly decision: Decision }

type Match = 'yes' | 'no' | 'maybe'

/** What is asked: may this pod send (`egress`) or receive (`ingress`) this packet? */
interface Question {
  readonly compiled: CompiledObjects
  readonly pod: Pod
  readonly side: 'ingress' | 'egress'
  readonly packet: Packet
  /** The other end. */
  readonly peer: Ip
  readonly peerPod: Pod | null
  /** Egress to a ClusterIP. */
  readonly service: Service | null
}

/** No policy selects the pod, in neither direction, and none can be missing. */
export const isFree = (compiled: CompiledObjects, pod: Pod): boolean =>
  pod.hostNetwork ||
  (!compiled.objects.missing.includes('networkpolicies') &&
    !(compiled.policiesByNamespace.get(pod.namespace) ?? []).some((policy) =>
      selects(policy.podSelector, pod.labels),
    ))

export function evaluatePolicies(
  compiled: CompiledObjects,
  pod: Pod,
  side: 'ingress' | 'egress',
  packet: Packet,
): PolicyJudgement {
  const missing = compiled.objects.missing.includes('networkpolicies')
  const type = side === 'ingress' ? 'Ingress' : 'Egress'
  // A hostNetwork pod has no veth for the agent to stand at.
  const policies = pod.hostNetwork
    ? []
    : (compiled.policiesByNamespace.get(pod.namespace) ?? []).filter(
        (policy) => policy.types.includes(type) && selects(policy.podSelector, pod.labels),
      )
  if (policies.length === 0)
    return missing && !pod.hostNetwork
      ? judged(
          'unknown',
          'kubernetes/networkpolicies.json: not completely recorded',
          'a policy may select the pod',
        )
      : { kind: 'allowed', decision: null }
  const peer = side === 'ingress' ? packet.src : packet.dst
  if (pod.hostAddresses.includes(peer))
    return judged(
      'allowed',
      `${formatIp(peer)} is the address of the pod's own node`,
      'the agent always allows it',
    )
  const question: Question = {
    compiled,
    pod,
    side,
    packet,
    peer,
    peerPod: compiled.podsByAddress.get(peer) ?? null,
    service: side === 'egress' ? (compiled.servicesByAddress.get(peer) ?? null) : null,
  }
  let uncertainty: string | null = null
  for (const policy of policies)
    for (const [index, rule] of policy[side].entries()) {
      const match = matchRule(question, policy, rule)
      if (match === 'no') continue
      const line = ruleLine(policy, side, index, rule)
      if (match === 'yes') return judged('allowed', line, `allowed ${way(side)} the pod`)
      uncertainty ??= line
    }
  if (uncertainty !== null) return judged('unknown', uncertainty, 'depends on what is not recorded')
  const names = policies.map((policy) => `NetworkPolicy ${policy.namespace}/${policy.name}`).join(', ')
  if (missing)
    return judged(
      'unknown',
      `${names}: no ${side} rule matches`,
      'a policy that was not recorded may allow it',
    )
  return judged(
    'dropped',
    `${names}: no ${side} rule allows ${packetText(packet)} ${side === 'ingress' ? 'from' : 'to'} ${formatIp(peer)}`,
    `dropped ${way(side)} the pod`,
  )
}

function judged(kind: 'allowed' | 'dropped' | 'unknown', by: string, effect: string): PolicyJudgement {
  return { kind, decision: { stage: 'network-policy', by, effect } }
}

const way = (side: 'ingress' | 'egress'): string => (side === 'ingress' ? 'into' : 'out of')

const packetText = (packet: Packet): string =>
  `${protocolName(packet.protocol)}${packet.destinationPort === null ? '' : ` ${packet.destinationPort}`}`

/** One peer and one port of the rule must match together: a ClusterIP's port means something else than a pod's. */
function matchRule(question: Question, policy: NetworkPolicy, rule: PolicyRule): Match {
  if (rule.peers.length === 0) return matchPorts(question, rule.ports, 'address')
  let best: Match = 'no'
  const ports: Partial<Record<RecognizedAs, Match>> = {}
  for (const peer of rule.peers) {
    const { match, as } = matchPeer(question, policy, peer)
    if (match === 'no') continue
    const port = (ports[as] ??= matchPorts(question, rule.ports, as))
    if (match === 'yes' && port === 'yes') return 'yes'
    if (port !== 'no') best = 'maybe'
  }
  return best
}

/** As what the other end was recognized: that says what the rule's ports mean. */
type RecognizedAs = 'address' | 'pod' | 'service'

function matchPeer(
  question: Question,
  policy: NetworkPolicy,
  peer: PolicyPeer,
): { readonly match: Match; readonly as: RecognizedAs } {
  if (peer.kind === 'ipBlock') {
    const inside =
      contains(peer.cidr, question.peer) && !peer.except.some((each) => contains(each, question.peer))
    return { match: inside ? 'yes' : 'no', as: 'address' }
  }
  const { peerPod, service, compiled } = question
  if (peerPod !== null) {
    const match = both(
      matchNamespace(compiled, policy, peer.namespaceSelector, peerPod.namespace),
      peer.podSelector === null || selects(peer.podSelector, peerPod.labels) ? 'yes' : 'no',
    )
    return { match, as: 'pod' }
  }
  if (service !== null) {
    // A service without a selector has no labels: only a rule for every pod admits it.
    const match = both(
      matchNamespace(compiled, policy, peer.namespaceSelector, service.namespace),
      peer.podSelector === null || selects(peer.podSelector, service.selector ?? {}) ? 'yes' : 'no',
    )
    return { match, as: 'service' }
  }
  const incomplete =
    compiled.objects.missing.includes('pods') ||
    (question.side === 'egress' && compiled.objects.missing.includes('services'))
  return { match: incomplete ? 'maybe' : 'no', as: 'pod' }
}

const both = (a: Match, b: Match): Match =>
  a === 'no' || b === 'no' ? 'no' : a === 'yes' && b === 'yes' ? 'yes' : 'maybe'

function matchNamespace(
  compiled: CompiledObjects,
  policy: NetworkPolicy,
  selector: LabelSelector | null,
  namespace: string,
): Match {
  if (selector === null) return namespace === policy.namespace ? 'yes' : 'no'
  const labels = compiled.namespaceLabels.get(namespace)
  if (labels !== undefined) return selects(selector, labels) ? 'yes' : 'no'
  // The API server gives every namespace its name as a label; others are not known without the namespace itself.
  const own = 'kubernetes.io/metadata.name'
  const keys = [...Object.keys(selector.matchLabels), ...selector.matchExpressions.map((each) => each.key)]
  if (keys.every((key) => key === own)) return selects(selector, { [own]: namespace }) ? 'yes' : 'no'
  return 'maybe'
}

function matchPorts(question: Question, ports: readonly PolicyPort[], as: RecognizedAs): Match {
  if (ports.length === 0) return 'yes'
  let best: Match = 'no'
  for (const port of ports) {
    const match = matchPort(question, port, as)
    if (match === 'yes') return 'yes'
    if (match === 'maybe') best = 'maybe'
  }
  return best
}

function matchPort(question: Question, wanted: PolicyPort, as: RecognizedAs): Match {
  const { packet, pod, peerPod, side, service, compiled } = question
  if (protocolNumber(wanted.protocol) !== packet.protocol) return 'no'
  if (wanted.port === null) return 'yes'
  const to = packet.destinationPort
  if (to === null) return 'maybe'
  if (as === 'service' && service !== null) return matchServicePort(compiled, service, wanted, to)
  if (typeof wanted.port === 'number') return inRange(wanted.port, wanted.endPort, to) ? 'yes' : 'no'
  // A name is that of a container port of the pod that receives.
  const receiver = side === 'ingress' ? pod : peerPod
  return receiver !== null && namedPort(receiver, wanted.port, wanted.protocol) === to ? 'yes' : 'no'
}

const inRange = (from: number, to: number | null, port: number): boolean =>
  port === from || (to !== null && port > from && port <= to)

/** The rule speaks of the pods' ports; the packet still carries the service's. */
function matchServicePort(
  compiled: CompiledObjects,
  service: Service,
  wanted: PolicyPort,
  to: number,
): Match {
  const port = service.ports.find((each) => each.port === to && each.protocol === wanted.protocol)
  if (port === undefined) return 'no'
  if (wanted.port === port.targetPort) return 'yes'
  const targets = targetNumbers(compiled, service, port)
  if (typeof wanted.port === 'number') {
    const first = wanted.port
    return [...targets].some((target) => inRange(first, wanted.endPort, target)) ? 'yes' : 'no'
  }
  const name = wanted.port
  if (name === null) return 'yes'
  return compiled.podsOfService(service).some((pod) => {
    const number = namedPort(pod, name, wanted.protocol)
    return number !== null && targets.has(number)
  })
    ? 'yes'
    : 'no'
}

function targetNumbers(compiled: CompiledObjects, service: Service, port: ServicePort): ReadonlySet<number> {
  const { targetPort } = port
  return new Set(
    typeof targetPort === 'number'
      ? [targetPort]
      : compiled.podsOfService(service).flatMap((pod) => namedPort(pod, targetPort, port.protocol) ?? []),
  )
}

const ruleLines = new WeakMap<PolicyRule, string>()

/** `NetworkPolicy default/web: ingress rule 1: pods app=front; TCP 80` */
export const ruleLine = (
  policy: NetworkPolicy,
  side: 'ingress' | 'egress',
  index: number,
  rule: PolicyRule,
): string => {
  // A rule may have thousands of peers, and decides for every way of a flow.
  const known = ruleLines.get(rule)
  if (known !== undefined) return known
  const peers = rule.peers.length === 0 ? 'everyone' : rule.peers.map(peerText).join(', ')
  const ports = rule.ports.length === 0 ? 'every port' : rule.ports.map(portText).join(', ')
  const line = `NetworkPolicy ${policy.namespace}/${policy.name}: ${side} rule ${index + 1}: ${peers}; ${ports}`
  ruleLines.set(rule, line)
  return line
}

function peerText(peer: PolicyPeer): string {
  if (peer.kind === 'ipBlock') {
    const except = peer.except.length === 0 ? '' : ` except ${peer.except.map(formatPrefix).join(' ')}`
    return `${formatPrefix(peer.cidr)}${except}`
  }
  const { podSelector, namespaceSelector } = peer
  const pods =
    podSelector === null || isEmptySelector(podSelector) ? 'every pod' : `pods ${selectorText(podSelector)}`
  if (namespaceSelector === null) return pods
  return isEmptySelector(namespaceSelector)
    ? `${pods} of every namespace`
    : `${pods} of namespaces ${selectorText(namespaceSelector)}`
}

const portText = (port: PolicyPort): string =>
  port.port === null
    ? port.protocol
    : `${port.protocol} ${port.port}${port.endPort === null ? '' : `-${port.endPort}`}`
