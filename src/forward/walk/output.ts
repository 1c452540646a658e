/** A packet that a stack sends itself: net/ipv4/route.c ip_route_output_key, net/ipv4/netfilter.c ip_route_me_harder. */
import { formatIp, isIp6, type Ip } from '../../model/address/address.ts'
import { TCP } from '../../model/packet/packet.ts'
import { routingOf, type Routed, type Run } from '../compiled/fabric.ts'
import { addressType } from '../routing/local-address.ts'
import type { FlowKey } from '../compiled/flow-key.ts'
import { lookUp } from '../routing/lookup.ts'
import { runHook } from '../netfilter/hooks.ts'
import { stop } from '../netfilter/stop.ts'
import { hasPorts } from '../run/packet-state.ts'
import { isDetoured } from './detour.ts'
import { deviceOf, take, type Taken } from '../routing/route-decision.ts'
import { selectAddress6, sourceFor } from '../routing/source-address.ts'

export interface Sending {
  /** The address that the socket is bound to; null: the route decides. */
  readonly source: Ip | null
  /** A connected socket asks for its route twice, the second time with its source. */
  readonly connected: boolean
  /** IP_PMTUDISC_DO: never fragmented, not even here. */
  readonly strictlyWhole: boolean
}

const outputKey = (run: Run, src: Ip | null): FlowKey => {
  const { packet } = run
  const ports = hasPorts(packet.protocol)
  return {
    dst: packet.dst,
    src,
    iif: 'lo',
    oif: null,
    mark: packet.mark,
    tos: packet.tos,
    protocol: packet.protocol,
    sourcePort: ports ? packet.sourcePort : 0,
    destinationPort: ports ? packet.destinationPort : 0,
    uid: run.uid,
    anyLinkState: false,
  }
}

const unspecified = 0 as Ip

/** Sends `run.packet` from `run.stack`; true when it stands ready to leave by `run.outLink`. */
export function output(run: Run, sending: Sending): boolean {
  const { packet, stack } = run
  const six = isIp6(packet.dst)
  const routing = routingOf(stack, six ? 6 : 4)
  run.inLink = null
  run.local = true
  run.recorder?.enter(stack.id, null, null)
  if (sending.source !== null && addressType(stack, sending.source, null) !== 'LOCAL') {
    stop(
      run,
      'dropped',
      'socket',
      `bind ${formatIp(sending.source)}`,
      `${formatIp(sending.source)} is not an address of ${stack.id}`,
    )
    return false
  }
  // IPv6 asks once, and a second time, with a source, only when the first answer was an error (ip6_dst_lookup_tail).
  const connected = sending.connected && !six
  let found = lookUp(run, routing, outputKey(run, sending.source), true)
  let source = sending.source
  if (source === null && found.kind === 'route') {
    // Without a source the hash that picks a next hop is another one than with it.
    const { route, usable } = found
    const index = usable.length > 1 ? run.pickHop(route, usable, unspecified, packet.dst) : (usable[0] ?? 0)
    const hop = route.hops[index]
    source = sourceFor(stack, found.route, hop, packet.dst)
    if (connected && source !== null) found = lookUp(run, routing, outputKey(run, source), true)
  }
  if (source === null && found.kind === 'refused' && isIp6(packet.dst)) {
    source = selectAddress6(stack, null, packet.dst)
    if (source !== null) found = lookUp(run, routing, outputKey(run, source), true)
  }
  // A socket that is not connected keeps the next hop of its only look-up.
  const once = sending.source === null && !connected && found.kind === 'route'
  const asked = once ? unspecified : source
  if (source !== null) packet.src = source
  const taken = take(run, found, packet.dst, true, asked ?? unspecified)
  if (taken === null || !leaveBy(run, taken)) return false
  if (source === null) {
    stop(run, 'dropped', 'route', taken.route.route.line, 'no address of this stack can be the source')
    return false
  }
  if (isDetoured(run, ['socket', 'xfrm'], 'out', run.outLink?.name ?? null)) return false
  if (!fits(run, sending.strictlyWhole)) return false
  // A program that has a connection sends data on it, and no SYN.
  if (packet.protocol === TCP && run.original === null && run.isOngoing()) packet.tcpFlags = 0x10
  run.original ??= { ...packet }
  // What the rules have rerouted may meet another MTU.
  return throughOutput(run) && fits(run, sending.strictlyWhole)
}

/** Where the packet leaves: loopback for what is for this stack itself. */
function leaveBy(run: Run, taken: Taken): boolean {
  if (taken.route.route.type === 'local') {
    run.gateway = null
    run.routeMtu = null
    run.outLink = run.stack.loopback
    if (run.outLink !== null) return true
    stop(run, 'unknown', 'route', taken.route.route.line, 'the loopback interface was not read')
    return false
  }
  run.gateway = taken.hop?.via ?? null
  run.outLink = deviceOf(run, taken)
  run.routeMtu = taken.route.route.mtu
  run.routeLine = taken.route.route.line
  return run.outLink !== null
}

/** A socket that does not insist fragments what is too long; then the fragments may be fragmented again. */
function fits(run: Run, strictly: boolean): boolean {
  const { packet, outLink, routeMtu } = run
  const mtu = routeMtu ?? outLink?.link.mtu ?? 65535
  if (packet.length <= mtu) return true
  if (!strictly) {
    packet.dontFragment = false
    return true
  }
  const by = (routeMtu === null ? outLink?.link.line : run.routeLine) ?? `mtu ${mtu}`
  stop(
    run,
    'dropped',
    'mtu',
    by,
    `${packet.length} octets do not fit into ${mtu}, and the packet may not be fragmented`,
  )
  return false
}

function throughOutput(run: Run): boolean {
  const { packet, stack } = run
  const hooks = isIp6(packet.dst) ? stack.hooks6 : stack.hooks
  const routed: Routed = { mark: packet.mark, tos: packet.tos, src: packet.src, dst: packet.dst }
  run.routed = routed
  const rerouted = (kind: 'filter' | 'nat' | 'route' | 'conntrack'): boolean => {
    const { mark, tos, src, dst } = packet
    const other =
      dst !== routed.dst ||
      (kind === 'route' && (mark !== routed.mark || tos !== routed.tos || src !== routed.src))
    routed.mark = mark
    routed.tos = tos
    routed.src = src
    routed.dst = dst
    return !other || reroute(run)
  }
  return runHook(run, hooks, 'output', rerouted) && runHook(run, hooks, 'postrouting', null)
}

/** ip_route_me_harder: what the rules have changed may lead elsewhere. */
function reroute(run: Run): boolean {
  const { packet, stack } = run
  const type = addressType(stack, packet.src, null)
  const key = outputKey(run, type === 'LOCAL' || type === 'UNICAST' ? packet.src : null)
  const found = lookUp(run, routingOf(stack, isIp6(packet.dst) ? 6 : 4), key, true)
  const taken = take(run, found, packet.dst, true)
  return taken !== null && leaveBy(run, taken)
}
