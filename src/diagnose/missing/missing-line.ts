/** Why a packet is lost when the line that drops it is not at fault: one that ought to be there, or ought not, before it. */
import { formatIp, parseIp, type Ip } from '../../model/address/address.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { isHostPrefix } from '../../model/address/prefix.ts'
import type { Hop, Path } from '../../model/path/path.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import type { ServicePorts } from '../../kubernetes/service-ports.ts'
import { snatMissing, type SnatMissing } from './snat-missing.ts'
import { wrongEni, type WrongEni } from './wrong-eni.ts'

export type Missing =
  | SnatMissing
  | WrongEni
  /** The pod's node has no route to it: packets for it leave by another interface, or nowhere. */
  | {
      readonly kind: 'pod-route'
      readonly at: StackId
      readonly pod: StackId
      readonly address: string
      /** The node's end of the pod's veth. */
      readonly device: string
      /** The policy rule that leads its packets to the main table; null: that is missing as well. */
      readonly rule: string | null
      /** The route that is taken instead; null: there is none. */
      readonly taken: string | null
    }
  /** The node's end of the pod's veth is down, and the kernel took the route away with it. */
  | {
      readonly kind: 'pod-link-down'
      readonly at: StackId
      readonly pod: StackId
      readonly device: string
      readonly line: string
    }
  /** A stack that sends has no default route. */
  | { readonly kind: 'default-route'; readonly at: StackId; readonly destination: string }
  /** The address is a Service's, and the Service has no such port: no rule of kube-proxy translates the packet. */
  | {
      readonly kind: 'service-port'
      readonly at: StackId
      readonly service: string
      readonly address: string
      /** `UDP 80`, or `ICMP`. */
      readonly asked: string
      /** `80/TCP, 443/TCP` */
      readonly ports: string
    }

export interface MissingInput {
  /** A predicted path that does not deliver, or whose reply is not delivered. */
  readonly path: Path
  readonly fabric: Fabric
  readonly services: readonly ServicePorts[]
  /** The address that it was sent to: a packet that is refused at its sender's look-up has none yet. */
  readonly to: string
}

/** Looks along the way for a line that every such node or pod has, and this one has not. Pure; null: nothing is missing. */
export function missingLine({ path, fabric, services, to }: MissingInput): Missing | null {
  const lost = path.verdict === 'dropped' || path.replyVerdict === 'dropped'
  if (!lost) return null
  const stacks = new Map(fabric.stacks.map((stack) => [stack.id, stack]))
  const hops = [...path.forward, ...path.reply]
  for (const hop of hops) {
    const stack = stacks.get(hop.stack)
    if (!stack) continue
    const found = atNode(hop, stack, stacks, fabric) ?? atSender(hop, stack, path, to)
    if (found) return found
  }
  return (
    wrongEni(path, stacks, fabric.vpc) ??
    snatMissing(path, stacks) ??
    (path.verdict === 'dropped' ? notOffered(path.forward, services) : null)
  )
}

const leavingTo = (hop: Hop): Ip | null => parseIp((hop.packetOut ?? hop.packetIn)?.dst ?? '') ?? null

function atNode(
  hop: Hop,
  node: NetworkStack,
  stacks: ReadonlyMap<StackId, NetworkStack>,
  fabric: Fabric,
): Missing | null {
  const destination = leavingTo(hop)
  if (stackKind(node.id) !== 'node' || destination === null) return null
  const pod = podAt(node.id, destination, stacks, fabric)
  if (!pod || hop.out === pod.device) return null
  const there = node.routes.some(
    (route) =>
      isHostPrefix(route.destination, destination) && route.nextHops.some((one) => one.device === pod.device),
  )
  if (there) return null
  const link = node.links.find((one) => one.name === pod.device)
  if (link && !link.flags.includes('UP'))
    return { kind: 'pod-link-down', at: node.id, pod: pod.stack, device: pod.device, line: link.line }
  return {
    kind: 'pod-route',
    at: node.id,
    pod: pod.stack,
    address: formatIp(destination),
    device: pod.device,
    rule: node.rules?.find((rule) => rule.to !== null && isHostPrefix(rule.to, destination))?.line ?? null,
    taken: hop.decisions.findLast((one) => one.stage === 'route' && hop.out !== null)?.by ?? null,
  }
}

/** The pod of this node that has the address, and the node's end of its veth. */
function podAt(
  node: StackId,
  address: Ip,
  stacks: ReadonlyMap<StackId, NetworkStack>,
  fabric: Fabric,
): { readonly stack: StackId; readonly device: string } | null {
  for (const { a, b } of fabric.wires)
    for (const [pod, host] of [
      [a, b],
      [b, a],
    ] as const) {
      if (host.stack !== node || stackKind(pod.stack) !== 'pod') continue
      const has = stacks
        .get(pod.stack)
        ?.links.some((link) => link.addresses.some((one) => one.address === address))
      if (has === true) return { stack: pod.stack, device: host.interface }
    }
  return null
}

/** A pod that has no way on, and no default route. */
function atSender(hop: Hop, pod: NetworkStack, path: Path, to: string): Missing | null {
  if (stackKind(pod.id) !== 'pod' || path.stoppedAt !== pod.id || hop.in !== null || hop.out !== null)
    return null
  const noRoute = hop.decisions.some((one) => one.refusal === 'no-route')
  const destination = leavingTo(hop) ?? parseIp(to) ?? null
  const routes = destination !== null && typeof destination === 'bigint' ? (pod.routes6 ?? []) : pod.routes
  if (!noRoute || routes.some((route) => route.destination.length === 0 && route.type === 'unicast'))
    return null
  return { kind: 'default-route', at: pod.id, destination: destination === null ? to : formatIp(destination) }
}

/** A packet that leaves its first node with a Service's address still on it. */
function notOffered(forward: readonly Hop[], services: readonly ServicePorts[]): Missing | null {
  const node = forward.find((hop) => stackKind(hop.stack) === 'node')
  const packet = node?.packetOut
  if (!node || !packet) return null
  const service = services.find((one) => one.addresses.includes(packet.dst))
  if (!service) return null
  const protocol = packet.protocol.toUpperCase()
  const port = packet.destinationPort
  if (service.ports.some((one) => one.protocol === protocol && one.port === port)) return null
  return {
    kind: 'service-port',
    at: node.stack,
    service: `${service.namespace}/${service.name}`,
    address: packet.dst,
    asked: port === undefined ? protocol : `${protocol} ${port}`,
    ports: service.ports.map((one) => `${one.port}/${one.protocol}`).join(', '),
  }
}
