/** A stack's interfaces with the settings that the kernel works by. */
import type { Family, Ip } from '../../model/address/address.ts'
import { hasCarrier, isUp, type Link } from '../../model/stack/link.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { hasInterfaceSysctls, interfaceSysctl, sysctlNumber, type Sysctls } from '../../model/stack/sysctl.ts'
import type { CompiledLink, CompiledStack, LinkSettings } from '../compiled/fabric.ts'

/** By name; the first of a name. `compiled` is the stack that they will be of. */
export function compileLinks(stack: NetworkStack, compiled: CompiledStack): Map<string, CompiledLink> {
  const links = new Map<string, CompiledLink>()
  const sysctls: Sysctls = stack.sysctls ?? new Map()
  const byDevice = new Map<string, Neighbour[]>()
  for (const neighbour of stack.neighbours ?? []) {
    const list = byDevice.get(neighbour.device)
    if (list) list.push(neighbour)
    else byDevice.set(neighbour.device, [neighbour])
  }
  for (const link of stack.links)
    if (!links.has(link.name))
      links.set(link.name, compileLink(link, sysctls, byDevice.get(link.name) ?? [], compiled))
  return links
}

/** One interface; its wire is not known yet. */
export function compileLink(
  link: Link,
  sysctls: Sysctls,
  near: readonly Neighbour[],
  stack: CompiledStack,
): CompiledLink {
  return {
    name: link.name,
    link,
    stack,
    up: isUp(link),
    carrier: hasCarrier(link),
    loopback: isLoopback(link),
    settings: settingsOf(sysctls, link.name, 4),
    settings6: settingsOf(sysctls, link.name, 6),
    neighbours: new Map(near.filter((item) => !item.proxy).map((item) => [item.address, item])),
    proxied: new Set(near.filter((item) => item.proxy).map((item): Ip => item.address)),
    peer: null,
    vpc: null,
  }
}

const isLoopback = (link: Link): boolean => link.type === 'loopback' || link.flags.includes('LOOPBACK')

/** How the kernel joins `conf.all` and `conf.DEVICE` (include/linux/inetdevice.h: IN_DEV_ANDCONF, ORCONF, MAXCONF). */
function settingsOf(sysctls: Sysctls, device: string, family: Family): LinkSettings {
  const own = (name: string): number | undefined =>
    sysctlNumber(sysctls, interfaceSysctl(family, device, name))
  const everywhere = (name: string): number | undefined =>
    sysctlNumber(sysctls, `net.ipv${family}.conf.all.${name}`)
  const either = (name: string): boolean => (own(name) ?? 0) !== 0 || (everywhere(name) ?? 0) !== 0
  const eitherRead = (name: string): boolean | undefined =>
    either(name) || (own(name) === undefined && everywhere(name) === undefined ? undefined : false)
  const most = (name: string): number => Math.max(own(name) ?? 0, everywhere(name) ?? 0)
  const filter = own('rp_filter')
  const filterAll = everywhere('rp_filter')
  return {
    isRead: hasInterfaceSysctls(sysctls, device),
    // Whoever writes `all` writes every interface's own, which may have been written since.
    forwarding: own('forwarding'),
    rpFilter: filter === undefined ? undefined : Math.max(filter, filterAll ?? 0),
    acceptLocal: eitherRead('accept_local'),
    sourceValidMark: either('src_valid_mark'),
    routeLocalnet: eitherRead('route_localnet'),
    proxyArp: either(family === 4 ? 'proxy_arp' : 'proxy_ndp'),
    arpIgnore: most('arp_ignore'),
    arpAnnounce: most('arp_announce'),
    // On by default, unlike the others.
    sendRedirects: (own('send_redirects') ?? 1) !== 0 || (everywhere('send_redirects') ?? 1) !== 0,
    ignoreLinkDown: (own('ignore_routes_with_linkdown') ?? 0) !== 0,
  }
}
