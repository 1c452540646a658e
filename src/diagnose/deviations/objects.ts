/** Objects and nodes that cannot work as they are, whatever their lines say: no edit of a line proves it. Pure. */
import { formatIp, isIp4 } from '../../model/address/address.ts'
import { contains, formatPrefix } from '../../model/address/prefix.ts'
import type { Cause, CauseCode } from '../../model/diagnosis/diagnosis.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { KubernetesObjects, Pod, Service } from '../../model/fabric/kubernetes.ts'
import { UDP } from '../../model/packet/packet.ts'
import { sysctlNumber } from '../../model/stack/sysctl.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { podStack, stackKind } from '../../model/stack/stack-id.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { atLeast, formatCniVersion } from '../../intent/vpc-cni/cni-version.ts'
import { enforcesPolicies } from '../../kubernetes/policy-agent.ts'
import type { NodeFacts } from './node-facts.ts'

/** @param nodes those that were judged */
export const objectFaults = (
  fabric: Fabric,
  objects: KubernetesObjects | null,
  nodes: readonly NodeFacts[],
): readonly Cause[] => [
  ...(objects === null
    ? []
    : [...wrongTargetPorts(objects), ...addressesTwice(objects), ...unenforced(objects)]),
  ...(fabric.vpc === null ? [] : fullSubnets(fabric.vpc)),
  ...fabric.stacks
    .filter(({ id }) => stackKind(id) === 'node')
    .flatMap((stack) => [...fullConntrack(stack), ...mixedBackends(stack)]),
  ...(objects === null ? [] : fabric.stacks.flatMap((stack) => staleConnections(stack, objects))),
  ...nodes.flatMap(knownFaults),
]

const told = (code: CauseCode, at: string, by: string, missing: string | null): Cause => ({
  code,
  kind: 'policy',
  at,
  by,
  missing,
  author: 'unknown',
  edits: [],
  proof: null,
})

const podsBehind = ({ namespace, selector }: Service, pods: readonly Pod[]): readonly Pod[] =>
  selector === null
    ? []
    : pods.filter(
        (pod) =>
          pod.namespace === namespace &&
          pod.phase === 'Running' &&
          Object.entries(selector).every(
            ([key, value]) => Object.hasOwn(pod.labels, key) && pod.labels[key] === value,
          ),
      )

/** A name that no pod behind it has; or a number beside those that the pods say they listen on. */
export function wrongTargetPorts({ services, pods, missing }: KubernetesObjects): readonly Cause[] {
  if (missing.includes('pods') || missing.includes('services')) return []
  return services.flatMap((service) => {
    const behind = podsBehind(service, pods)
    return service.ports.flatMap(({ port, targetPort, protocol }): readonly Cause[] => {
      const declared = behind.flatMap(({ ports }) => ports).filter((one) => one.protocol === protocol)
      const isThere = declared.some((one) =>
        typeof targetPort === 'number' ? one.containerPort === targetPort : one.name === targetPort,
      )
      const isKnown = behind.length > 0 && (typeof targetPort === 'string' || declared.length > 0)
      if (isThere || !isKnown) return []
      const ports = [...new Set(declared.map((one) => `${one.containerPort}/${one.protocol}`))]
      const [first] = behind
      const at = first === undefined ? '' : podStack(first.namespace, first.name)
      return [
        told(
          'TARGET_PORT_WRONG',
          at,
          `${service.namespace}/${service.name} port ${port}/${protocol} targetPort ${targetPort}`,
          ports.length === 0 ? null : ports.join(', '),
        ),
      ]
    })
  })
}

function addressesTwice({ pods }: KubernetesObjects): readonly Cause[] {
  const owners = new Map<string, Pod[]>()
  for (const pod of pods) {
    if (pod.hostNetwork || pod.phase !== 'Running') continue
    for (const address of pod.addresses.filter(isIp4)) {
      const text = formatIp(address)
      owners.set(text, [...(owners.get(text) ?? []), pod])
    }
  }
  return [...owners].flatMap(([address, [first, ...others]]) =>
    first === undefined || others.length === 0
      ? []
      : [
          told(
            'ADDRESS_TWICE',
            podStack(first.namespace, first.name),
            address,
            [first, ...others].map(({ namespace, name }) => `${namespace}/${name}`).join(', '),
          ),
        ],
  )
}

function unenforced(objects: KubernetesObjects): readonly Cause[] {
  if (objects.missing.includes('networkpolicies') || enforcesPolicies(objects)) return []
  return objects.networkPolicies.map(({ namespace, name }) =>
    told('POLICY_NOT_ENFORCED', 'kubernetes', `${namespace}/${name}`, null),
  )
}

/** The first four addresses of a subnet and the last are AWS's (Amazon VPC user guide, "Subnet sizing"). */
const ofAws = 5

function fullSubnets(vpc: Vpc): readonly Cause[] {
  if (vpc.missing?.includes('network-interfaces') === true) return []
  return vpc.subnets.flatMap(({ id, prefix }) => {
    if (!isIp4(prefix.address)) return []
    const room = 2 ** (32 - prefix.length) - ofAws
    const taken = vpc.interfaces
      .filter(({ subnet }) => subnet === id)
      .reduce(
        (sum, eni) =>
          sum +
          eni.addresses.filter(({ address }) => contains(prefix, address)).length +
          eni.prefixes
            .filter(({ address }) => isIp4(address))
            .reduce((all, one) => all + 2 ** (32 - one.length), 0),
        0,
      )
    return taken < room
      ? []
      : [told('SUBNET_FULL', `vpc/${vpc.id}`, `${id} ${formatPrefix(prefix)}: ${taken} of ${room}`, null)]
  })
}

/** From here on the kernel drops new connections at times (nf_conntrack: table full, dropping packet). */
const nearlyFull = 0.95

function fullConntrack({ id, sysctls, conntrack }: NetworkStack): readonly Cause[] {
  if (sysctls === null) return []
  const most = sysctlNumber(sysctls, 'net.netfilter.nf_conntrack_max')
  const now = sysctlNumber(sysctls, 'net.netfilter.nf_conntrack_count') ?? conntrack?.length
  if (most === undefined || now === undefined || most === 0 || now < most * nearlyFull) return []
  return [told('CONNTRACK_FULL', id, `net.netfilter.nf_conntrack_max = ${most}`, String(now))]
}

/** Nothing that lists them is read by anybody. */
const mostStale = 8

/**
 * UDP has no end: an entry that leads to a pod that is gone lives as long as somebody sends by the same port, and kube-proxy, which
 * takes it away when the endpoint goes, may have missed it (kubernetes/kubernetes #125467).
 */
function staleConnections({ id, conntrack }: NetworkStack, objects: KubernetesObjects): readonly Cause[] {
  if (stackKind(id) !== 'node' || objects.missing.includes('endpointslices')) return []
  return (conntrack ?? [])
    .filter(({ protocol, original, reply }) => {
      const service = objects.services.find(({ clusterAddresses }) => clusterAddresses.includes(original.dst))
      if (protocol !== UDP || service === undefined || reply.src === original.dst) return false
      return !objects.endpointSlices.some(
        (slice) =>
          slice.namespace === service.namespace &&
          slice.service === service.name &&
          slice.endpoints.some(({ addresses }) => addresses.includes(reply.src)),
      )
    })
    .slice(0, mostStale)
    .map((before) => ({
      ...told('CONNECTION_STALE', id, before.line, null),
      kind: 'foreign',
      edits: [{ stack: id, kind: 'conntrack', before, after: null }],
    }))
}

/** Rules of the CNI's or kube-proxy's in both backends: which of two hooks runs first is decided by who came last. */
function mixedBackends({ id, iptables }: NetworkStack): readonly Cause[] {
  const having = (iptables ?? []).flatMap(({ backend, tables }) => {
    const names = tables.flatMap(({ chains }) =>
      chains.filter(({ rules }) => rules.length > 0).map(({ name }) => name),
    )
    const found = names.find((name) =>
      /^(AWS-SNAT-CHAIN-|AWS-CONNMARK-CHAIN-|KUBE-(SERVICES|SVC-|POSTROUTING))/.test(name),
    )
    return found === undefined ? [] : [`iptables-${backend} ${found}`]
  })
  return having.length < 2 ? [] : [told('IPTABLES_MIXED', id, having.join(', '), null)]
}

/**
 * kube-proxy's nftables mode hooks in at -100, as iptables-nft does; before v1.23 the CNI marked connections there, so that a
 * Service was marked or not by the order in which the two started (amazon-vpc-cni-k8s #3563, PR #3588).
 */
function knownFaults({ stack, settings, enis }: NodeFacts): readonly Cause[] {
  const proxied = (stack.nft ?? []).find(({ name }) => name === 'kube-proxy')
  const isLate = enis.some(({ deviceIndex }) => deviceIndex > 0)
  if (proxied === undefined || !isLate || settings.iptables !== 'nft' || atLeast(settings.version, 1, 23, 0))
    return []
  return [
    told('CNI_FAULT_KNOWN', stack.id, `amazon-vpc-cni-k8s ${formatCniVersion(settings.version)}`, 'v1.23.0'),
  ]
}
