/** The VPC around nodes of which nobody recorded what EC2 says: archives of the EKS log collector hold none of it. */
import { formatIp, isIp4, type Ip } from '../../model/address/address.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { Decision } from '../../model/path/path.ts'
import { internetStack, stackKind } from '../../model/stack/stack-id.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { Packet } from '../../model/packet/packet.ts'
import type { VpcDeparture, VpcForwarder, VpcOutcome } from '../run/boundaries.ts'
import { HopWriter } from './hop-writer.ts'

/** An interface that leads to the VPC, and the addresses that the VPC delivers to it. */
interface Uplink {
  readonly eni: string
  readonly vpc: string
  readonly stack: NetworkStack
  readonly device: string
}

/**
 * Which ENI owns an address is known from the nodes themselves. Whether the VPC lets a packet pass is not: it is `unknown`,
 * or, when `assumed`, taken to be delivered, between the nodes and to everybody outside, who answers. The one thing that
 * every VPC does unless it is switched off stands even then: a packet with a foreign source does not leave an ENI.
 */
export function createUnreadVpc(fabric: Fabric, assumed: boolean): VpcForwarder | null {
  const uplinks = uplinksOf(fabric)
  const [first] = uplinks
  if (!first) return null
  const owners = ownersOf(uplinks)
  const cross = ({ packet, eni, record }: VpcDeparture): VpcOutcome => {
    const hops = new HopWriter(record, first.vpc)
    hops.enter(first.vpc, eni, packet)
    const sender = owners.get(packet.src)
    if (sender?.eni !== eni) {
      const decision: Decision = {
        stage: 'source-dest-check',
        by: `${eni ?? 'this ENI'} does not have ${formatIp(packet.src)}${sender ? `, which is an address of ${sender.eni}` : ''}`,
        effect: 'dropped, unless the source/destination check of the ENI is switched off',
      }
      return assumed ? hops.drop(decision) : hops.giveUp(decision)
    }
    return deliver(hops, packet)
  }
  const deliver = (hops: HopWriter, packet: Packet): VpcOutcome => {
    if (!assumed)
      return hops.giveUp({
        stage: 'vpc-route',
        by: `${first.vpc}: security groups, network ACLs and route tables`,
        effect: 'whether the VPC delivers the packet cannot be told: none of them was recorded',
      })
    hops.decide({
      stage: 'vpc-route',
      by: `assumed: ${first.vpc} delivers every packet`,
      effect: 'security groups, network ACLs and route tables were not recorded',
    })
    const owner = owners.get(packet.dst)
    if (owner) return hops.arrive(owner.eni, packet)
    hops.leave(internetStack, packet)
    hops.enter(internetStack, first.vpc, packet)
    return hops.answer(packet)
  }
  return {
    newFlow: () => ({
      cross,
      fromInternet: ({ packet, record }) => {
        const hops = new HopWriter(record, internetStack)
        hops.enter(internetStack, null, null)
        hops.leave(first.vpc, packet)
        hops.enter(first.vpc, null, packet)
        return deliver(hops, packet)
      },
      memory: () => '',
    }),
  }
}

function uplinksOf({ stacks, wires }: Fabric): readonly Uplink[] {
  const byId = new Map(stacks.map((stack) => [stack.id, stack]))
  return wires.flatMap(({ a, b }) =>
    [
      [a, b],
      [b, a],
    ].flatMap(([near, far]): Uplink[] => {
      const stack = near && byId.get(near.stack)
      if (!stack || !far || stackKind(far.stack) !== 'vpc') return []
      return [{ eni: far.interface, vpc: far.stack, stack, device: near.interface }]
    }),
  )
}

/**
 * An ENI has the addresses of its device, and those of the pods whose packets leave by it: by the rule that sends a pod's
 * packets to the ENI's own table, or else the primary ENI's (where main leads).
 */
function ownersOf(uplinks: readonly Uplink[]): ReadonlyMap<Ip, Uplink> {
  const owners = new Map<Ip, Uplink>()
  for (const uplink of uplinks)
    for (const { address } of uplink.stack.links.find((link) => link.name === uplink.device)?.addresses ?? [])
      owners.set(address, uplink)
  for (const stack of new Set(uplinks.map((one) => one.stack))) {
    const own = uplinks.filter((one) => one.stack === stack)
    const byTable = new Map<string, Uplink>()
    for (const route of stack.routes) {
      if (route.type !== 'unicast' || route.destination.length !== 0) continue
      const uplink = own.find((one) => one.device === route.nextHops[0]?.device)
      if (uplink && !byTable.has(route.table)) byTable.set(route.table, uplink)
    }
    const tableOfSource = new Map<Ip, string>()
    for (const { from, to, action } of stack.rules ?? [])
      if (from && !tableOfSource.has(from.address) && to === null && action.kind === 'lookup')
        tableOfSource.set(from.address, action.table)
    for (const { type, destination, nextHops } of stack.routes) {
      const { address, length } = destination
      if (type !== 'unicast' || length !== (isIp4(address) ? 32 : 128) || nextHops[0]?.via !== null) continue
      // The router and the metadata service are on the ENI's own link; pods are behind other devices.
      if (own.some((one) => one.device === nextHops[0]?.device)) continue
      const uplink = byTable.get(tableOfSource.get(address) ?? 'main') ?? byTable.get('main')
      if (uplink && !owners.has(address)) owners.set(address, uplink)
    }
  }
  return owners
}
