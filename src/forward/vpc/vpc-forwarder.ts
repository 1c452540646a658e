import { formatIp } from '../../model/address/address.ts'
import { ICMP, TCP, UDP, type Packet } from '../../model/packet/packet.ts'
import type { Decision } from '../../model/path/path.ts'
import { internetGatewayStack, internetStack, natGatewayStack, vpcStack } from '../../model/stack/stack-id.ts'
import type { Eni, NatGateway, Vpc, VpcRoute } from '../../model/vpc/vpc.ts'
import type { VpcDeparture, VpcFlow, VpcForwarder, VpcOutcome } from '../run/boundaries.ts'
import { Budget } from '../run/budget.ts'
import {
  compileVpc,
  edgeTableOf,
  eniLine,
  inSubnet,
  eniOwnerOf,
  owns,
  tableOf,
  type CompiledVpc,
} from './compile.ts'
import { recordVpcRoutes } from './evaluated-lines.ts'
import { checkInternetMtu, internetGatewayIn, internetGatewayOut, natGatewayLine } from './gateway.ts'
import { HopWriter } from './hop-writer.ts'
import { memoryText, newMemory, translateBack, translateOut, type Memory } from './memory.ts'
import { lookupVpcRoute } from './route.ts'
import { isSubnetRouter, managedServiceAt, vpcServiceAt } from './special-address.ts'
import { type Trip, decision } from './trip.ts'
import { filterAtEni, filterAtSubnet } from './filters.ts'

/**
 * The VPC as a forwarder, from what EC2 describes alone. It decrements no TTL and answers no ping: it is not seen in a
 * traceroute. Everything is decided by lines of EC2 objects; what they do not tell is `unknown`.
 */
export const createVpcForwarder = (vpc: Vpc): VpcForwarder => forwarderOf(compileVpc(vpc))

function forwarderOf(compiled: CompiledVpc): VpcForwarder {
  const { vpc } = compiled
  return {
    of: (edited) => forwarderOf(compileVpc(edited, compiled)),
    newFlow: (budget = new Budget()): VpcFlow => {
      const memory = newMemory()
      return {
        cross: (departure) => cross(compiled, memory, budget, departure),
        fromInternet: ({ packet, direction, record, everyLine }) => {
          const hops = new HopWriter(record, vpcStack(vpc.id), everyLine)
          return fromOutside({ compiled, memory, budget, hops, direction }, packet)
        },
        memory: () => memoryText(memory),
      }
    },
  }
}

function cross(compiled: CompiledVpc, memory: Memory, budget: Budget, departure: VpcDeparture): VpcOutcome {
  const { vpc } = compiled
  const { packet } = departure
  const hops = new HopWriter(departure.record, vpcStack(vpc.id), departure.everyLine)
  const trip: Trip = { compiled, memory, budget, hops, direction: departure.direction }
  hops.enter(vpcStack(vpc.id), departure.eni, packet)
  const eni = departure.eni === null ? undefined : compiled.enis.get(departure.eni)
  if (eni === undefined)
    return hops.giveUp(
      decision(
        'link',
        `${departure.stack} ${departure.interface}: ${departure.eni ?? 'no ENI known'}`,
        'EC2 describes no such ENI, so nothing is known beyond it',
      ),
    )
  if (eni.sourceDestCheck && !owns(compiled, eni, packet.src))
    return hops.drop(
      decision(
        'source-dest-check',
        eniLine(eni),
        `dropped: ${formatIp(packet.src)} is not an address of ${eni.id}`,
      ),
    )
  const service = vpcServiceAt(vpc, packet.dst)
  if (service !== null) {
    // Neither security groups nor network ACLs filter what goes to the VPC's own services:
    // https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    memory.service = { address: packet.dst, what: service }
    hops.decide(decision('service', service, 'answers; no security group or network ACL applies'))
    return hops.answer(packet)
  }
  const stopped = filterAtEni(trip, eni, 'egress', packet)
  return stopped ?? fromSubnet(trip, eni.subnet, packet, null)
}

/** Gateways that one packet crosses: out by one and in by another at the most, each with the VPC between. */
const mostStacks = 32

/** What EC2 never lets anybody make: gateways that hand a packet to each other. */
const inCircles = ({ compiled, hops }: Trip, packet: Packet): VpcOutcome =>
  hops.giveUp(
    decision(
      'vpc-route',
      `${compiled.vpc.id}: ${formatIp(packet.dst)}`,
      'its gateways hand the packet round, which no VPC does',
    ),
  )

/** The packet leaves an ENI of this subnet. `nat`: it is a NAT gateway's. */
function fromSubnet(trip: Trip, from: string, packet: Packet, nat: NatGateway | null): VpcOutcome {
  const { compiled, hops } = trip
  const subnet = compiled.subnets.get(from)
  if (subnet !== undefined && inSubnet(subnet, packet.dst)) {
    // Within a subnet neither network ACLs nor other routes than the local one take part.
    hops.decide(
      decision(
        'vpc-route',
        `${subnet.id}: ${formatIp(packet.dst)} is on the subnet`,
        'delivered on the subnet',
      ),
    )
    return deliver(trip, from, packet)
  }
  if (subnet === undefined) {
    const by = `${from}: this subnet is not recorded`
    return hops.giveUp(decision('vpc-route', by, 'neither its network ACL nor its routes are known'))
  }
  const table = tableOf(compiled, from)
  if (table === null)
    return hops.giveUp(
      decision('vpc-route', `${from}: its route table is not recorded`, 'nobody can tell where it goes'),
    )
  trip.budget.left -= table.routes.length + table.unresolved.length
  const found = lookupVpcRoute(table, packet.dst)
  // A network ACL stands between the subnet and the router.
  const stopped = filterAtSubnet(trip, from, 'egress', packet)
  if (stopped) return stopped
  if (hops.everyLine) recordVpcRoutes(hops, table, packet.dst, found.kind === 'route' ? found.route : null)
  if (found.kind === 'none')
    return hops.drop(decision('vpc-route', found.line, `dropped: no route to ${formatIp(packet.dst)}`))
  if (found.kind === 'unknown') return hops.giveUp(decision('vpc-route', found.line, found.because))
  if (found.route.state === 'blackhole')
    return hops.drop(decision('vpc-route', found.route.line, 'dropped: the target of this route is gone'))
  return byRoute(trip, from, found.route, packet, nat)
}

function byRoute(
  trip: Trip,
  from: string,
  route: VpcRoute,
  packet: Packet,
  nat: NatGateway | null,
): VpcOutcome {
  const { compiled, hops } = trip
  const { target, line } = route
  const to = (effect: string): Decision => decision('vpc-route', line, effect)
  switch (target.kind) {
    case 'local':
      hops.decide(to('delivered inside the VPC'))
      return deliver(trip, from, packet)
    case 'internet-gateway':
      if (!compiled.vpc.internetGateways.includes(target.id)) {
        const by = `${line}; ${target.id} is not attached to ${compiled.vpc.id}`
        if (!compiled.isUnread('internet-gateways')) return hops.drop(decision('vpc-route', by, 'dropped'))
      }
      hops.decide(to(`to ${target.id}`))
      return toInternet(trip, target.id, packet)
    case 'egress-only-internet-gateway':
      hops.decide(to(`to ${target.id}`))
      return toInternet(trip, target.id, packet)
    case 'nat-gateway': {
      const gateway = compiled.vpc.natGateways.find((each) => each.id === target.id)
      if (gateway === undefined) return hops.giveUp(to(`${target.id} is not described`))
      if (gateway === nat) return hops.drop(to(`dropped: ${target.id} would get back what it sent`))
      if (nat !== null) return hops.giveUp(to(`to ${target.id}, from another NAT gateway`))
      hops.decide(to(`to ${target.id}`))
      return toNat(trip, from, gateway, packet)
    }
    case 'interface': {
      const eni = compiled.enis.get(target.id)
      if (eni === undefined) return hops.giveUp(to(`${target.id} is not described`))
      hops.decide(to(`to ${target.id}`))
      return atEni(trip, from, eni, packet)
    }
    case 'peering': {
      const peering = compiled.vpc.peerings?.find((each) => each.id === target.id)
      if (peering !== undefined && peering.status !== 'active')
        return hops.drop(to(`dropped: the peering is ${peering.status}`))
      return hops.giveUp(to(`to ${peering?.peerVpc ?? 'a peered VPC'}, which is not described here`))
    }
    case 'transit-gateway':
    case 'vpc-endpoint':
    case 'other':
      return hops.giveUp(to(`to ${target.id}, beyond which nothing is described here`))
  }
}

/** Inside the VPC, to whoever has the address. */
function deliver(trip: Trip, from: string, packet: Packet): VpcOutcome {
  const { compiled, hops, direction, memory } = trip
  trip.budget.left -= compiled.delegated.length
  const owner = eniOwnerOf(compiled, packet.dst)
  const nat = compiled.vpc.natGateways.find((each) => each.privateAddress === packet.dst)
  if (nat !== undefined && direction === 'reply') {
    const back = translateBack(memory, nat, packet)
    if (back !== null) return backThroughNat(trip, from, nat, packet, back)
  }
  if (owner !== null) return atEni(trip, from, owner.eni, packet)
  const address = formatIp(packet.dst)
  if (isSubnetRouter(compiled.vpc, packet.dst))
    return hops.drop(
      decision(
        'vpc-route',
        `${compiled.vpc.id}: ${address} is the subnet's router`,
        'dropped: it answers ARP alone',
      ),
    )
  if (compiled.isUnread('network-interfaces'))
    return hops.giveUp(
      decision(
        'vpc-route',
        `${compiled.vpc.id}: the ENIs are not all recorded`,
        `nobody can tell whose ${address} is`,
      ),
    )
  return hops.drop(
    decision('vpc-route', `${compiled.vpc.id}: no ENI has ${address}`, 'dropped: nobody to deliver it to'),
  )
}

/** At the ENI that shall have it: the subnet's ACL, the ENI's groups, and for a stranger's packet the check. */
function atEni(trip: Trip, from: string | null, eni: Eni, packet: Packet): VpcOutcome {
  const { compiled, hops, direction, memory } = trip
  const stopped =
    (from === eni.subnet ? null : filterAtSubnet(trip, eni.subnet, 'ingress', packet)) ??
    filterAtEni(trip, eni, 'ingress', packet)
  if (stopped) return stopped
  if (eni.sourceDestCheck && !owns(compiled, eni, packet.dst))
    return hops.drop(
      decision(
        'source-dest-check',
        eniLine(eni),
        `dropped: ${formatIp(packet.dst)} is not an address of ${eni.id}`,
      ),
    )
  if (direction === 'reply' || packet.protocol !== TCP) return hops.arrive(eni.id, packet)
  const answers = managedServiceAt(eni)
  if (answers !== null) memory.managed = eni
  return hops.arrive(eni.id, packet, answers)
}

/** Into the NAT gateway's hop. Null: the packet is there. */
function enterNat(trip: Trip, from: string | null, nat: NatGateway, packet: Packet): VpcOutcome | null {
  const { compiled, hops } = trip
  if (hops.stacks > mostStacks) return inCircles(trip, packet)
  const stopped = from === nat.subnet ? null : filterAtSubnet(trip, nat.subnet, 'ingress', packet)
  if (stopped) return stopped
  hops.leave(nat.id, packet)
  hops.enter(natGatewayStack(nat.id), compiled.vpc.id, packet)
  return null
}

/** Out of the NAT gateway's hop, into its subnet. */
function leaveNat(trip: Trip, nat: NatGateway, packet: Packet): VpcOutcome {
  const { compiled, hops } = trip
  hops.leave(compiled.vpc.id, packet)
  hops.enter(vpcStack(compiled.vpc.id), nat.id, packet)
  return fromSubnet(trip, nat.subnet, packet, nat)
}

function toNat(trip: Trip, from: string, nat: NatGateway, packet: Packet): VpcOutcome {
  const { hops, memory } = trip
  const stopped = enterNat(trip, from, nat, packet)
  if (stopped) return stopped
  const state = nat.state ?? 'available'
  if (state !== 'available')
    return hops.drop(decision('gateway', natGatewayLine(nat), `dropped: it is ${state}`))
  if (![TCP, UDP, ICMP].includes(packet.protocol))
    return hops.drop(
      decision('gateway', natGatewayLine(nat), 'dropped: NAT gateways carry TCP, UDP and ICMP'),
    )
  const out = translateOut(memory, nat, packet)
  hops.decide(decision('gateway', natGatewayLine(nat), `source becomes ${formatIp(out.src)}`))
  return leaveNat(trip, nat, out)
}

function toInternet(trip: Trip, id: string, packet: Packet): VpcOutcome {
  const { compiled, hops } = trip
  if (hops.stacks > mostStacks) return inCircles(trip, packet)
  hops.leave(id, packet)
  hops.enter(internetGatewayStack(id), compiled.vpc.id, packet)
  const tooLong = checkInternetMtu(id, packet)
  if (tooLong) return hops.drop(tooLong)
  const out = internetGatewayOut(compiled, id, packet)
  if (out.kind !== 'passes')
    return out.kind === 'dropped' ? hops.drop(out.decision) : hops.giveUp(out.decision)
  hops.decide(out.decision)
  if (compiled.byPublicAddress.has(out.packet.dst)) return throughGateway(trip, id, out.packet)
  hops.leave(internetStack, out.packet)
  hops.enter(internetStack, id, out.packet)
  return hops.answer(out.packet)
}

/** From the internet, or from a service of the VPC that answers. */
function fromOutside(trip: Trip, packet: Packet): VpcOutcome {
  const { compiled, hops, memory } = trip
  const { vpc } = compiled
  if (memory.service?.address === packet.src) {
    hops.enter(vpcStack(vpc.id), null, null)
    hops.decide(decision('service', memory.service.what, 'answers; no security group or network ACL applies'))
    const owner = eniOwnerOf(compiled, packet.dst)
    return owner === null ? deliver(trip, '', packet) : hops.arrive(owner.eni.id, packet)
  }
  const { managed } = memory
  if (managed !== null && owns(compiled, managed, packet.src)) {
    hops.enter(managed.id, null, null)
    hops.leave(null, packet)
    hops.enter(vpcStack(vpc.id), managed.id, packet)
    return filterAtEni(trip, managed, 'egress', packet) ?? fromSubnet(trip, managed.subnet, packet, null)
  }
  hops.enter(internetStack, null, null)
  hops.leave(null, packet)
  const [id] = vpc.internetGateways
  if (id === undefined) {
    hops.enter(vpcStack(vpc.id), null, packet)
    const none = decision('gateway', `${vpc.id}: no internet gateway`, 'nothing comes in from the internet')
    return compiled.isUnread('internet-gateways') ? hops.giveUp(none) : hops.drop(none)
  }
  hops.enter(internetGatewayStack(id), internetStack, packet)
  return throughGateway(trip, id, packet)
}

/** In by the internet gateway, whose hop is open. */
function throughGateway(trip: Trip, id: string, packet: Packet): VpcOutcome {
  const { compiled, hops, memory, direction } = trip
  const { vpc } = compiled
  const tooLong = checkInternetMtu(id, packet)
  if (tooLong) return hops.drop(tooLong)
  const into = internetGatewayIn(compiled, id, packet)
  if (into.kind !== 'passes')
    return into.kind === 'dropped' ? hops.drop(into.decision) : hops.giveUp(into.decision)
  hops.decide(into.decision)
  const edge = edgeTableOf(compiled, id)
  hops.leave(vpc.id, into.packet)
  hops.enter(vpcStack(vpc.id), id, into.packet)
  if (edge === null)
    hops.leaveOpen(
      decision(
        'vpc-route',
        `${id}: its route table was not read`,
        'nobody can tell where what comes in goes',
      ),
    )
  else if (edge !== 'none') {
    const found = lookupVpcRoute(edge, into.packet.dst)
    if (found.kind === 'unknown') return hops.giveUp(decision('vpc-route', found.line, found.because))
    if (found.kind === 'route' && found.route.state === 'blackhole')
      return hops.drop(decision('vpc-route', found.route.line, 'dropped: the target of this route is gone'))
    if (found.kind === 'route' && found.route.target.kind !== 'local')
      return byRoute(trip, '', found.route, into.packet, null)
  }
  const nat = vpc.natGateways.find((each) => each.privateAddress === into.packet.dst)
  if (nat === undefined) return deliver(trip, '', into.packet)
  const back = direction === 'reply' ? translateBack(memory, nat, into.packet) : null
  if (back !== null) return backThroughNat(trip, null, nat, into.packet, back)
  return hops.drop(decision('gateway', natGatewayLine(nat), 'dropped: nobody behind it asked for this'))
}

function backThroughNat(
  trip: Trip,
  from: string | null,
  nat: NatGateway,
  packet: Packet,
  back: Packet,
): VpcOutcome {
  const stopped = enterNat(trip, from, nat, packet)
  if (stopped) return stopped
  trip.hops.decide(decision('gateway', natGatewayLine(nat), `destination becomes ${formatIp(back.dst)}`))
  return leaveNat(trip, nat, back)
}
