/** Is the source of a packet believable on the interface it came by? net/ipv4/fib_frontend.c fib_validate_source. */
import type { Decision } from '../../model/path/path.ts'
import { formatIp } from '../../model/address/address.ts'
import { interfaceSysctl, sysctlLine, type Sysctls } from '../../model/stack/sysctl.ts'
import type { CompiledLink, Run } from '../compiled/fabric.ts'
import { isLocal } from './local-address.ts'
import type { FlowKey } from '../compiled/flow-key.ts'
import { lookUp, type Found } from './lookup.ts'

export type SourceCheck =
  { readonly kind: 'valid' } | { readonly kind: 'dropped' | 'unknown'; readonly decision: Decision }

const none: Sysctls = new Map()

const valid: SourceCheck = { kind: 'valid' }

const refuse = (by: string, effect: string): SourceCheck => ({
  kind: 'dropped',
  decision: { stage: 'rp_filter', by, effect },
})

/** `out`: where the packet would leave again; null when it is for this stack. */
export function checkSource(run: Run, link: CompiledLink, out: CompiledLink | null): SourceCheck {
  const { stack, packet } = run
  const { routing } = stack
  const { settings } = link
  const source = packet.src
  const sysctls: Sysctls = stack.stack.sysctls ?? none
  const quick = (): boolean =>
    (link !== out || !settings.sendRedirects) && !routing.customLocal && !routing.customRules
  const localLine = (): string => localRoute(run) ?? `local ${formatIp(source)}`
  if (settings.rpFilter === 0 && settings.acceptLocal === true && (link !== out || !settings.sendRedirects))
    return valid
  if (settings.rpFilter === 0 && quick()) {
    if (!isLocal(stack, source) || acceptsLocal(run, link)) return valid
    return refuse(
      localLine(),
      `${formatIp(source)} is an address of this stack, it cannot come in by ${link.name}`,
    )
  }
  const key = reverseKey(run, settings.sourceValidMark, out)
  const found = lookUp(run, routing, key)
  if (found.kind === 'unknown') return { kind: 'unknown', decision: { ...found, effect: found.because } }
  if (found.kind === 'route' && found.route.route.type !== 'unicast') {
    if (found.route.route.type !== 'local' || !acceptsLocal(run, link))
      return refuse(
        found.route.route.line,
        `${formatIp(source)} cannot be a source that comes in by ${link.name}`,
      )
  }
  if (found.kind === 'route' && usesDevice(found, link)) return valid
  // From here on only a filter that is switched on refuses.
  const noAddress = !link.link.addresses.some((address) => typeof address.address === 'number')
  const lastResort = found.kind !== 'route' || noAddress
  const refusing = lastResort ? (mode: number) => mode !== 0 : (mode: number) => mode === 1
  const name = interfaceSysctl(4, link.name, 'rp_filter')
  const all = 'net.ipv4.conf.all.rp_filter'
  const filterLine = (): string => {
    const own = Number(sysctls.get(name) ?? 0)
    return own >= Number(sysctls.get(all) ?? 0) ? sysctlLine(sysctls, name) : sysctlLine(sysctls, all)
  }
  const because = (): string =>
    found.kind === 'route'
      ? `${formatIp(source)} would be answered by \`${found.route.route.line}\` (${found.rule.line}), not by ${link.name}`
      : `there is no way back to ${formatIp(source)} (${found.by})`
  if (settings.rpFilter === undefined)
    return run.suppose('rp_filter', name, 'rp_filter was not read') ? refuse(name, because()) : valid
  return refusing(settings.rpFilter) ? refuse(filterLine(), because()) : valid
}

const acceptsLocal = (run: Run, { name, settings }: CompiledLink): boolean =>
  settings.acceptLocal ??
  run.suppose('rp_filter', interfaceSysctl(4, name, 'accept_local'), 'accept_local was not read')

/** The look-up of the way back: the source as destination, the mark only with src_valid_mark. */
export function reverseKey(run: Run, withMark: boolean, out: CompiledLink | null): FlowKey {
  const { packet, stack } = run
  const dissects = stack.routing.dissects
  return {
    dst: packet.src,
    src: packet.dst,
    iif: out?.name ?? 'lo',
    oif: null,
    mark: withMark ? packet.mark : 0,
    tos: packet.tos,
    protocol: dissects ? packet.protocol : 0,
    sourcePort: dissects && hasPort(packet.protocol) ? packet.destinationPort : 0,
    destinationPort: dissects && hasPort(packet.protocol) ? packet.sourcePort : 0,
    uid: 0,
    anyLinkState: false,
  }
}

const hasPort = (protocol: number): boolean => protocol === 6 || protocol === 17

/** fib_info_nh_uses_dev: any next hop of the route, not only the one that would be taken. */
export const usesDevice = (found: Extract<Found, { kind: 'route' }>, link: CompiledLink): boolean =>
  found.route.hops.some((hop) => hop.link === link)

function localRoute(run: Run): string | undefined {
  const table = run.stack.routing.tables.get('local')
  return table?.covering(run.packet.src).next().value?.route.line
}
