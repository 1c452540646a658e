/** Causes that no edit of a line can prove: an object says by itself that there is nobody to deliver to. */
import { formatIp, ip, isIp4, type Ip } from '../../model/address/address.ts'
import type { Flow, PredictedPath } from '../../forward/walk/predict.ts'
import type { Cause } from '../../model/diagnosis/diagnosis.ts'
import type { KubernetesObjects, Service } from '../../model/fabric/kubernetes.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import { protocolName } from '../../model/packet/packet.ts'
import { contains, prefix } from '../../model/address/prefix.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { ownerOf } from './concerned.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'

export function toldCauses(
  fabric: Fabric,
  objects: KubernetesObjects | null,
  flow: Flow,
  lost: readonly PredictedPath[],
): readonly Cause[] {
  const at = lost[0]?.stoppedAt ?? flow.from
  const told = (code: Cause['code'], by: string, missing: string | null, place = at): Cause => ({
    code,
    kind: 'policy',
    at: place,
    by,
    missing,
    author: 'unknown',
    edits: [],
    proof: null,
  })
  const elsewhere = [localOnly, linkLocal, withoutIpv6].flatMap((ask) => ask(fabric, flow, lost, told))
  if (elsewhere.length > 0) return elsewhere
  const service = objects?.services.find(
    ({ clusterAddresses, externalAddresses }) =>
      clusterAddresses.includes(flow.to) || externalAddresses.includes(flow.to),
  )
  if (objects !== null && service !== undefined) {
    const name = `${service.namespace}/${service.name}`
    // Where kube-proxy has no rule for it, and not wherever the packet strays then.
    const node = lost[0]?.path().forward.find(({ stack }) => stackKind(stack) === 'node')?.stack
    const asked = protocolName(flow.protocol).toUpperCase()
    const port = service.ports.find((one) => one.protocol === asked && one.port === flow.destinationPort)
    const ports = service.ports.map((one) => `${one.port}/${one.protocol}`).join(', ')
    if (port === undefined)
      return [told('SERVICE_PORT_MISSING', `service ${name}: ${ports}`, wordsOf(asked, flow), node)]
    if (!objects.missing.includes('endpointslices') && !hasEndpoints(objects, service))
      return [
        told('SERVICE_WITHOUT_ENDPOINTS', `service ${name}`, `a ready pod with ${selectorOf(service)}`, node),
      ]
    return []
  }
  return nobody(fabric, flow) ? [told('ADDRESS_OF_NOBODY', formatIp(flow.to), null)] : []
}

type Told = (code: Cause['code'], by: string, missing: string | null, place?: StackId) => Cause
type Ask = (fabric: Fabric, flow: Flow, lost: readonly PredictedPath[], told: Told) => readonly Cause[]

/** kube-proxy says so itself, in the comment of the rule that drops (pkg/proxy/iptables/proxier.go). */
const localOnly: Ask = (_fabric, _flow, lost, told) =>
  lost.slice(0, 1).flatMap(({ decision }) => {
    const service = /--comment "(\S+) has no local endpoints"/.exec(decision?.by ?? '')?.[1]
    return decision == null || service === undefined
      ? []
      : [told('SERVICE_WITHOUT_LOCAL_ENDPOINTS', decision.by, service)]
  })

/**
 * Addresses that a program gives to its own node: the EKS Pod Identity agent (EKS user guide, "Pod Identity Agent"), NodeLocal
 * DNSCache (Kubernetes, "Using NodeLocal DNSCache in Kubernetes Clusters").
 */
const agents: ReadonlyMap<Ip, string> = new Map([
  [ip('169.254.170.23'), 'the EKS Pod Identity agent'],
  [ip('fd00:ec2::23'), 'the EKS Pod Identity agent'],
  [ip('169.254.20.10'), 'NodeLocal DNSCache'],
])
const linkLocalRange = prefix('169.254.0.0/16')

/** A link-local address leads no further than the node, but for those of the VPC itself, to which nothing is lost here. */
const linkLocal: Ask = (fabric, { from, to }, lost, told) => {
  if (!agents.has(to) && !contains(linkLocalRange, to)) return []
  if (vpcsOwn.has(to) || ownerOf(fabric, to) !== null) return []
  const node = [...(lost[0]?.path().forward ?? [])].find(({ stack }) => stackKind(stack) === 'node')?.stack
  return [told('ADDRESS_NOT_ON_NODE', formatIp(to), agents.get(to) ?? null, node ?? from)]
}
const vpcsOwn: ReadonlySet<Ip> = new Set(['169.254.169.254', '169.254.169.253', '169.254.169.123'].map(ip))

/** The stack has nothing of IPv6 but what the kernel gives every link. */
const withoutIpv6: Ask = ({ stacks }, { from, to }, _lost, told) => {
  const stack = stacks.find(({ id }) => id === from)
  if (isIp4(to) || stack === undefined) return []
  const has = stack.links.some(({ addresses }) =>
    addresses.some(({ address, scope }) => !isIp4(address) && scope === 'global'),
  )
  return has ? [] : [told('IPV6_MISSING', formatIp(to), null, from)]
}

const wordsOf = (protocol: string, flow: Flow): string =>
  flow.destinationPort === undefined ? protocol : `${flow.destinationPort}/${protocol}`

const selectorOf = ({ selector }: Service): string =>
  selector === null
    ? 'an endpoint slice of its own'
    : Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(',')

const hasEndpoints = ({ endpointSlices }: KubernetesObjects, { namespace, name }: Service): boolean =>
  endpointSlices.some(
    (slice) =>
      slice.namespace === namespace &&
      slice.service === name &&
      slice.endpoints.some(
        ({ ready, serving, terminating }) => (ready && !terminating) || (serving && terminating),
      ),
  )

/** An address of the VPC that no ENI has: only where all ENIs were read. */
const nobody = (fabric: Fabric, { to }: Flow): boolean => {
  const { vpc } = fabric
  if (vpc === null || (vpc.missing ?? []).includes('network-interfaces')) return false
  return vpc.prefixes.some((one) => contains(one, to)) && !isTaken(vpc, fabric, to)
}

const isTaken = (vpc: Vpc, fabric: Fabric, to: Flow['to']): boolean =>
  vpc.interfaces.some(
    ({ addresses, prefixes }) =>
      addresses.some(({ address }) => address === to) || prefixes.some((one) => contains(one, to)),
  ) || ownerOf(fabric, to) !== null
