/** A packet that comes in: net/ipv4/ip_input.c, ip_forward.c; net/ipv6/ip6_input.c, ip6_output.c. */
import { formatIp, isIp4, type Ip } from '../../model/address/address.ts'
import { interfaceSysctl, sysctlLine, type Sysctls } from '../../model/stack/sysctl.ts'
import type { CompiledLink, Run } from '../compiled/fabric.ts'
import { takenByIpvs } from '../routing/ipvs.ts'
import { isLoopback, isMulticast } from '../routing/local-address.ts'
import type { FlowKey } from '../compiled/flow-key.ts'
import { lookUp } from '../routing/lookup.ts'
import { runHook } from '../netfilter/hooks.ts'
import { stop } from '../netfilter/stop.ts'
import { hasPorts } from '../run/packet-state.ts'
import { isDetoured } from './detour.ts'
import { deviceOf, take, type Taken } from '../routing/route-decision.ts'
import { checkSource } from '../routing/rp-filter.ts'
import { scope6 } from '../routing/source-address.ts'

export type Received = 'delivered' | 'forwarded' | 'stopped'

/** `run.packet` came in by `run.inLink`; it is delivered here, or stands ready to leave by `run.outLink`. */
export function receive(run: Run, link: CompiledLink): Received {
  const { stack } = run
  run.inLink = link
  run.outLink = null
  run.gateway = null
  if (link.link.master !== null) {
    stop(
      run,
      'unknown',
      'link',
      link.link.line,
      `${link.name} is a port of ${link.link.master}, which is not modelled`,
    )
    return 'stopped'
  }
  if (isDetoured(run, ['xdp', 'tc'], 'in', link.name)) return 'stopped'
  const four = isIp4(run.packet.dst)
  const hooks = four ? stack.hooks : stack.hooks6
  if (!runHook(run, hooks, 'prerouting', null)) return 'stopped'
  // What came over loopback has its route already.
  const onward = link.loopback ? 'local' : four ? route4(run, link) : route6(run, link)
  if (onward === null) return 'stopped'
  if (onward === 'local' && isDetoured(run, ['xfrm'], 'in', link.name)) return 'stopped'
  if (onward === 'local')
    return runHook(run, hooks, 'input', null) && !takenByIpvs(run) ? 'delivered' : 'stopped'
  const out = deviceOf(run, onward)
  if (out === null) return 'stopped'
  run.outLink = out
  run.gateway = onward.hop?.via ?? null
  run.routeMtu = onward.route.route.mtu
  if (!(four ? forward4(run, onward, out) : forward6(run, onward, out))) return 'stopped'
  if (isDetoured(run, ['xfrm'], 'forward', link.name) || isDetoured(run, ['xfrm'], 'out', out.name))
    return 'stopped'
  if (!runHook(run, hooks, 'forward', null)) return 'stopped'
  return runHook(run, hooks, 'postrouting', null) ? 'forwarded' : 'stopped'
}

const inputKey = (run: Run, link: CompiledLink, dissects: boolean): FlowKey => {
  const { packet } = run
  const ports = dissects && hasPorts(packet.protocol)
  return {
    dst: packet.dst,
    src: packet.src,
    iif: link.name,
    oif: null,
    mark: packet.mark,
    tos: packet.tos,
    protocol: dissects ? packet.protocol : 0,
    sourcePort: ports ? packet.sourcePort : 0,
    destinationPort: ports ? packet.destinationPort : 0,
    uid: 0,
    anyLinkState: false,
  }
}

function martian(run: Run, link: CompiledLink): string | null {
  const { src, dst } = run.packet
  const local = (): boolean =>
    link.settings.routeLocalnet ??
    run.suppose('route', interfaceSysctl(4, link.name, 'route_localnet'), 'route_localnet was not read')
  if (isMulticast(src) || src === 0xffffffff || (typeof src === 'number' && src >>> 24 === 0))
    return `${formatIp(src)} cannot be a source`
  if (typeof dst === 'number' && dst >>> 24 === 0) return `${formatIp(dst)} cannot be a destination`
  if (isLoopback(src) && !local()) return `${formatIp(src)} may not come in from outside`
  if (isLoopback(dst) && !local()) return `${formatIp(dst)} may not be reached from outside`
  return null
}

const none: Sysctls = new Map()

/** ip_route_input_slow */
function route4(run: Run, link: CompiledLink): 'local' | Taken | null {
  const { packet, stack } = run
  const sysctls: Sysctls = stack.stack.sysctls ?? none
  const strange = martian(run, link)
  if (strange !== null) {
    stop(
      run,
      link.settings.isRead ? 'dropped' : 'unknown',
      'route',
      sysctlLine(sysctls, interfaceSysctl(4, link.name, 'route_localnet')),
      strange,
    )
    return null
  }
  const forwarding = link.settings.forwarding
  const found = lookUp(run, stack.routing, inputKey(run, link, stack.routing.dissects), true)
  const taken = take(run, found, packet.dst, forwarding !== 0)
  if (taken === null) return null
  const here = taken.route.route.type === 'local'
  if (!here) {
    if (
      forwarding === undefined
        ? run.suppose('forwarding', forwardingName(run, link), 'whether it forwards was not read')
        : forwarding === 0
    ) {
      const name = forwardingName(run, link)
      stop(
        run,
        'dropped',
        'forwarding',
        sysctlLine(sysctls, name),
        `${stack.id} does not forward what comes in by ${link.name}`,
      )
      return null
    }
  }
  const check = checkSource(run, link, here ? null : (taken.hop?.link ?? null))
  if (check.kind !== 'valid') {
    run.stop = { kind: check.kind, decision: check.decision }
    return null
  }
  return here ? 'local' : taken
}

/** The sysctl that decides: the device's own where it was read. */
function forwardingName(run: Run, link: CompiledLink): string {
  const own = interfaceSysctl(4, link.name, 'forwarding')
  const sysctls = run.stack.stack.sysctls
  if (sysctls?.get('net.ipv4.ip_forward') === '0' || !sysctls?.has(own)) return 'net.ipv4.ip_forward'
  return own
}

function route6(run: Run, link: CompiledLink): 'local' | Taken | null {
  const { packet, stack } = run
  if (isMulticast(packet.dst) || isMulticast(packet.src)) {
    stop(run, 'unknown', 'route', 'multicast ff00::/8', 'multicast packets are not modelled')
    return null
  }
  const found = lookUp(run, stack.routing6, inputKey(run, link, true), true)
  const taken = take(run, found, packet.dst, true)
  if (taken === null) return null
  return taken.route.route.type === 'local' ? 'local' : taken
}

function expired(run: Run): boolean {
  if (run.packet.ttl > 1) return false
  stop(
    run,
    'dropped',
    'ttl',
    `ttl ${run.packet.ttl}`,
    'the time to live is over; the sender gets "time exceeded"',
  )
  return true
}

function tooLong(run: Run, onward: Taken, out: CompiledLink, always: boolean): boolean {
  const { packet } = run
  const mtu = onward.route.route.mtu ?? out.link.mtu
  if (packet.length <= mtu || (!packet.dontFragment && !always)) return false
  const by = onward.route.route.mtu === null ? out.link.line : onward.route.route.line
  stop(
    run,
    'dropped',
    'mtu',
    by,
    `${packet.length} octets do not fit into ${mtu}; the sender gets "${always ? 'packet too big' : 'fragmentation needed'}"`,
  )
  return true
}

function forward4(run: Run, onward: Taken, out: CompiledLink): boolean {
  if (expired(run) || tooLong(run, onward, out, false)) return false
  run.packet.ttl--
  return true
}

/** ip6_forward */
function forward6(run: Run, onward: Taken, out: CompiledLink): boolean {
  const { packet, stack } = run
  const name = 'net.ipv6.conf.all.forwarding'
  const on = stack.forwarding6
  if (on === undefined ? run.suppose('forwarding', name, 'whether it forwards was not read') : on === 0) {
    stop(
      run,
      'dropped',
      'forwarding',
      sysctlLine(stack.stack.sysctls ?? new Map(), name),
      `${stack.id} does not forward IPv6`,
    )
    return false
  }
  if (expired(run)) return false
  if (linkLocal(packet.src) || isLoopback(packet.src)) {
    stop(run, 'dropped', 'route', onward.route.route.line, `${formatIp(packet.src)} may not leave its link`)
    return false
  }
  if (tooLong(run, onward, out, true)) return false
  packet.ttl--
  return true
}

const linkLocal = (ip: Ip): boolean => typeof ip === 'bigint' && scope6(ip) === 2
