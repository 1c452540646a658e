/** The VPC around nodes of which nobody recorded what EC2 says: archives of the EKS log collector hold none of it. */
import { formatIp, isIp4, type Ip } from '../../model/address/address.ts'
import { isHostPrefix } from '../../model/address/prefix.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import type { Decision } from '../../model/path/path.ts'
import { internetStack, stackKind } from '../../model/stack/stack-id.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { Packet } from '../../model/packet/packet.ts'
import type { VpcDeparture, VpcForwarder, VpcOutcome } from '../run/boundaries.ts'
import { HopWriter } from './hop-writer.ts'

/** An interface that leads to the VPC. */
interface Uplink {
  readonly eni: string
  readonly vpc: string
  readonly stack: NetworkStack
  readonly device: string
}

/** Whose address it may be, and the line that tells so. */
interface Owner {
  readonly uplink: Uplink
  readonly by: string
}

/**
 * Which ENI owns an address is read off the nodes where a device of theirs has it, and derived where they send a pod's packets
 * (see `ownersOf`). Whether the VPC lets a packet pass is not known: it is `unknown`, or, when `assumed`, taken to be delivered,
 * between the nodes and to everybody outside, who answers. A packet with a foreign source does not leave an ENI, unless its
 * source/destination check is off: nobody recorded that either, so it is `unknown` then.
 */
export function createUnreadVpc(fabric: Fabric, assumed: boolean): VpcForwarder | null {
  const uplinks = uplinksOf(fabric)
  const [first] = uplinks
  if (!first) return null
  const owners = ownersOf(uplinks)
  const cross = ({ packet, eni, record }: VpcDeparture): VpcOutcome => {
    const hops = new HopWriter(record, first.vpc)
    hops.enter(first.vpc, eni, packet)
    const senders = owners.get(packet.src) ?? []
    if (!senders.some(({ uplink }) => uplink.eni === eni)) {
      const [sender] = senders
      const decision: Decision = {
        stage: 'source-dest-check',
        by: sender?.by ?? eni ?? first.vpc,
        effect: `whether ${eni ?? 'this ENI'} has ${formatIp(packet.src)} is not recorded${sender ? `; derived: it is an address of ${sender.uplink.eni}` : ''}`,
      }
      return hops.giveUp(decision)
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
    const [owner, ...others] = owners.get(packet.dst) ?? []
    if (owner && others.length > 0)
      return hops.giveUp({
        stage: 'vpc-route',
        by: owner.by,
        effect: `which ENI has ${formatIp(packet.dst)} is not recorded; derived: ${[owner, ...others].map(({ uplink }) => uplink.eni).join(' or ')}`,
      })
    if (owner) return hops.arrive(owner.uplink.eni, packet)
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
 * An ENI has the addresses of its device, and those of the pods whose packets leave by it: where the rules that name the pod's
 * address or its device lead, with `to` or without; the branch ENI of a security group for pods has such a rule for the device
 * alone (`iif vlan… lookup 101`). Where no rule names it, it is the primary ENI's (where main leads).
 */
function ownersOf(uplinks: readonly Uplink[]): ReadonlyMap<Ip, readonly Owner[]> {
  const owners = new Map<Ip, Owner[]>()
  const add = (address: Ip, uplink: Uplink, by: string): void => {
    const list = owners.get(address)
    if (!list) owners.set(address, [{ uplink, by }])
    else if (!list.some((one) => one.uplink === uplink)) list.push({ uplink, by })
  }
  for (const uplink of uplinks)
    for (const { address, line } of uplink.stack.links.find((link) => link.name === uplink.device)
      ?.addresses ?? [])
      if (!owners.has(address)) add(address, uplink, line)
  for (const stack of new Set(uplinks.map((one) => one.stack))) {
    const own = uplinks.filter((one) => one.stack === stack)
    const byTable = new Map<string, Uplink>()
    for (const route of stack.routes) {
      if (route.type !== 'unicast' || route.destination.length !== 0) continue
      const uplink = own.find((one) => one.device === route.nextHops[0]?.device)
      if (uplink && !byTable.has(route.table)) byTable.set(route.table, uplink)
    }
    const byAddress = new Map<Ip, PolicyRule[]>()
    const byDevice = new Map<string, PolicyRule[]>()
    for (const rule of [...(stack.rules ?? []), ...(stack.rules6 ?? [])]) {
      if (rule.action.kind !== 'lookup' || rule.not) continue
      if (rule.from !== null && isHostPrefix(rule.from, rule.from.address))
        listAt(byAddress, rule.from.address).push(rule)
      if (rule.iif !== null) listAt(byDevice, rule.iif).push(rule)
    }
    const known = new Set(owners.keys())
    for (const { type, destination, nextHops, line } of [...stack.routes, ...(stack.routes6 ?? [])]) {
      const { address, length } = destination
      const device = nextHops[0]?.device ?? ''
      if (type !== 'unicast' || length !== (isIp4(address) ? 32 : 128) || nextHops[0]?.via !== null) continue
      // The router and the metadata service are on the ENI's own link; pods are behind other devices.
      if (own.some((one) => one.device === device) || known.has(address)) continue
      const named = [...(byAddress.get(address) ?? []), ...(byDevice.get(device) ?? [])]
      let found = false
      for (const { action, line: by } of named) {
        const uplink = action.kind === 'lookup' ? byTable.get(action.table) : undefined
        if (uplink) add(address, uplink, by)
        found ||= uplink !== undefined
      }
      const main = byTable.get('main')
      if (!found && main) add(address, main, line)
    }
  }
  return owners
}

function listAt<K, V>(map: Map<K, V[]>, key: K): V[] {
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}
