/** The pairs that a cluster lives by: pods with each other, with Services and with the internet. Of a large one a sample. */
import type { Flow } from '../forward/walk/predict.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { ip, isIp4, type Ip } from '../model/address/address.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import { ICMP, parseProtocol, TCP } from '../model/packet/packet.ts'
import { stackKind, stackName, type StackId } from '../model/stack/stack-id.ts'

export interface Pair {
  readonly from: string
  readonly to: string
  /** `default/web-1 to default/web-2` */
  readonly name: string
  readonly flow: Flow
}

export const mostPods = 40
const mostServices = 60
const mostAskers = 20
/** Of the addresses that no host has (RFC 5737): whoever carries it there carries it to any host. */
export const somewhere = ip('198.51.100.100')

export interface PairedPod {
  readonly stack: StackId
  readonly name: string
  readonly address: Ip
  readonly node: StackId | null
}

export type PairSource = Pick<Predictor, 'fabric' | 'objects'>

export function usualPairs({ fabric, objects }: PairSource): readonly Pair[] {
  const pods = spread(podsOf(fabric), mostPods)
  const askers = onePerNode(pods).slice(0, mostAskers)
  const pair = (from: PairedPod, to: string, flow: Omit<Flow, 'from'>): Pair => ({
    from: from.name,
    to,
    name: `${from.name} → ${to}`,
    flow: { ...flow, from: from.stack, fresh: true },
  })
  const services = (objects?.services ?? [])
    .flatMap((service) =>
      service.clusterAddresses.filter(isIp4).flatMap((address) =>
        service.ports.map((port) => ({
          name: `svc/${service.namespace}/${service.name}:${port.port}`,
          to: address,
          protocol: parseProtocol(port.protocol) ?? TCP,
          destinationPort: port.port,
        })),
      ),
    )
    .slice(0, mostServices)
  return [
    ...pods.flatMap((from) =>
      pods
        .filter((to) => to.stack !== from.stack)
        .map((to) => pair(from, to.name, { to: to.address, protocol: ICMP })),
    ),
    ...askers.flatMap((from) => services.map(({ name, ...flow }) => pair(from, name, flow))),
    ...pods.map((from) => pair(from, 'internet', { to: somewhere, protocol: TCP, destinationPort: 443 })),
  ]
}

export function podsOf(fabric: Fabric): readonly PairedPod[] {
  const nodes = new Map<StackId, StackId>()
  for (const { a, b } of fabric.wires) {
    if (stackKind(a.stack) === 'pod') nodes.set(a.stack, b.stack)
    if (stackKind(b.stack) === 'pod') nodes.set(b.stack, a.stack)
  }
  return fabric.stacks.flatMap(({ id, links }): readonly PairedPod[] => {
    if (stackKind(id) !== 'pod') return []
    const address = links
      .flatMap(({ addresses }) => addresses)
      .find((one) => isIp4(one.address) && one.scope === 'global')?.address
    return address === undefined
      ? []
      : [{ stack: id, name: stackName(id), address, node: nodes.get(id) ?? null }]
  })
}

/** Evenly: neighbours in the list are of one node. */
export function spread<T>(list: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, list.length / most)
  return Array.from(
    { length: Math.min(most, list.length) },
    (_, index) => list[Math.floor(index * step)],
  ).flatMap((one) => one ?? [])
}

function onePerNode(pods: readonly PairedPod[]): readonly PairedPod[] {
  const seen = new Set<StackId | null>()
  return pods.filter(({ node }) => !seen.has(node) && (seen.add(node), true))
}
