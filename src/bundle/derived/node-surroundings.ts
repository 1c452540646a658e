/** What is around a node of which only its own stack was collected: the ENIs that its devices are, and the pods behind it. */
import { formatIp4, isIp4 } from '../../model/address/address.ts'
import type { Gap } from '../../model/result/result.ts'
import type { Link } from '../../model/stack/link.ts'
import type { Route } from '../../model/stack/route.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { PodName, PodOnNode } from './derived-pod.ts'

/** An interface of the node that leads to the VPC. */
export interface NodeUplink {
  readonly device: string
  /** `eni-…` where ipamd tells it. */
  readonly eni: string | null
}

export interface DescribedNode {
  readonly id: StackId
  /** The files of a bundle's stack. */
  readonly files: ReadonlyMap<string, string>
  readonly pods: readonly PodOnNode[]
  readonly uplinks: readonly NodeUplink[]
  readonly gaps: readonly Gap[]
}

export interface Surroundings {
  readonly routes: readonly Route[]
  readonly links: readonly Link[]
  readonly uplinks: readonly NodeUplink[]
  /** By the address's text. */
  readonly names: ReadonlyMap<string, PodName>
  /** The node's `net.ipv4.ip_default_ttl`; null: not read. */
  readonly ttl: number | null
}

/** Devices that a default route uses: the ENIs. Table `d + 1` is device d's, main the primary's. */
export function uplinksOf(
  routes: readonly Route[],
  links: readonly Link[],
  eniIds: ReadonlyMap<string, string>,
): readonly NodeUplink[] {
  const known = new Set(links.map((link) => link.name))
  const found = new Map<string, NodeUplink>()
  for (const route of routes) {
    if (route.type !== 'unicast' || route.destination.length !== 0 || route.family !== 4) continue
    for (const { device } of route.nextHops)
      if (device !== null && known.has(device) && (!found.has(device) || route.table === 'main'))
        found.set(device, { device, eni: eniIds.get(route.table) ?? null })
  }
  return [...found.values()]
}

/** Every IPv4 host route by a device that has no IPv4 address and is no ENI leads to a pod. */
export function podsOf({ routes, links, uplinks, names, ttl }: Surroundings): readonly PodOnNode[] {
  const up = new Set(uplinks.map((one) => one.device))
  const ends = new Map(
    links
      .filter((link) => !up.has(link.name) && link.type !== 'loopback')
      .filter((link) => !link.addresses.some((one) => isIp4(one.address)))
      .map((link) => [link.name, link]),
  )
  const pods = new Map<number, PodOnNode>()
  for (const { type, destination, nextHops } of routes) {
    const { address, length } = destination
    const [hop] = nextHops
    const end = ends.get(hop?.device ?? '')
    if (type !== 'unicast' || !isIp4(address) || length !== 32 || hop?.via !== null || !end) continue
    const name = names.get(formatIp4(address)) ?? null
    pods.set(address, { address, name, device: end.name, mtu: end.mtu, mac: end.mac, ttl })
  }
  return [...pods.values()]
}
