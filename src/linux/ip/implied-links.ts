/** Interfaces that no `ip link` was asked for: what `ifconfig`, the routes and the sysctls of a stack say of them. */
import { isIp4, type Ip } from '../../model/address/address.ts'
import type { Link, LinkAddress } from '../../model/stack/link.ts'
import { contains, formatPrefix, networkOf, type Prefix } from '../../model/address/prefix.ts'
import type { Route } from '../../model/stack/route.ts'
import { interfaceSysctl, sysctlNumber, type Sysctls } from '../../model/stack/sysctl.ts'

export interface ImpliedLinks {
  readonly links: readonly Link[]
  /** Names of the interfaces of which nothing says the largest packet. */
  readonly unknownMtu: readonly string[]
}

/** Larger than any packet: where the MTU is not known, nothing is said to be too long. */
const noLimit = 65_536

/**
 * `shown` are the interfaces of `ifconfig`, null where it was not there. The kernel keeps a local route for every address
 * (so addresses without a name of their own come to light), routes only by devices that are up, and
 * `net.ipv6.conf.DEVICE.mtu` follows the device's MTU.
 */
export function impliedLinks(
  shown: readonly Link[] | null,
  routes: readonly Route[],
  sysctls: Sysctls | null,
): ImpliedLinks {
  const byName = new Map((shown ?? []).map((link) => [link.name, link]))
  const unknownMtu: string[] = []
  const byDevice = new Map<string, Route[]>()
  for (const route of routes)
    for (const device of new Set(route.nextHops.flatMap((hop) => hop.device ?? []))) {
      const list = byDevice.get(device)
      if (list) list.push(route)
      else byDevice.set(device, [route])
    }
  for (const [name, own] of byDevice) {
    if (byName.has(name)) continue
    const mtu = sysctlNumber(sysctls ?? new Map(), interfaceSysctl(6, name, 'mtu'))
    if (mtu === undefined && name !== 'lo') unknownMtu.push(name)
    const noCarrier = own.some((route) =>
      route.nextHops.some((hop) => hop.device === name && hop.flags.includes('linkdown')),
    )
    byName.set(name, plainLink(name, byName.size + 1, mtu ?? noLimit, noCarrier, own[0]?.line ?? ''))
  }
  return {
    links: [...byName.values()].map((link) => ({
      ...link,
      addresses: addressesOf(link, byDevice.get(link.name) ?? []),
    })),
    unknownMtu,
  }
}

/** `line`: a route by the device, which is all that tells of it. */
function plainLink(name: string, index: number, mtu: number, noCarrier: boolean, line: string): Link {
  const loopback = name === 'lo'
  return {
    index,
    name,
    kind: null,
    type: loopback ? 'loopback' : 'ether',
    flags: ['UP', ...(loopback ? ['LOOPBACK'] : []), noCarrier ? 'NO-CARRIER' : 'LOWER_UP'],
    state: noCarrier ? 'DOWN' : 'UP',
    mtu,
    mac: null,
    master: null,
    group: 'default',
    addresses: [],
    line,
  }
}

/** `routes`: those by this device. */
function addressesOf(link: Link, routes: readonly Route[]): readonly LinkAddress[] {
  const known = new Set(link.addresses.map((one) => one.address))
  const subnets = new Set(
    routes
      .filter(
        ({ type, protocol, nextHops }) => type === 'unicast' && protocol === 'kernel' && !nextHops[0]?.via,
      )
      .map(({ destination }) => keyOf(destination)),
  )
  const more = routes.flatMap((route): LinkAddress[] => {
    const address = addressBehind(route)
    if (address === null || known.has(address)) return []
    known.add(address)
    const length = subnetLength(address, subnets)
    const scope = link.type === 'loopback' ? route.scope : 'global'
    return [{ address, length, peer: null, broadcast: null, scope, flags: [], line: route.line }]
  })
  return more.length === 0 ? link.addresses : [...link.addresses, ...more]
}

/** The kernel's route for an address itself; where nobody asked for the table local, its route to the address's subnet. */
function addressBehind({ type, table, protocol, destination, source, nextHops }: Route): Ip | null {
  const { address, length } = destination
  if (protocol !== 'kernel') return null
  if (type === 'local' && table === 'local') return length === (isIp4(address) ? 32 : 128) ? address : null
  return type === 'unicast' && nextHops[0]?.via === null && source !== null && contains(destination, source)
    ? source
    : null
}

const keyOf = (prefix: Prefix): string => formatPrefix({ address: networkOf(prefix), length: prefix.length })

/** Of the subnet that the kernel made a route for when the address was added; a lone address has none. */
function subnetLength(address: Ip, subnets: ReadonlySet<string>): number {
  const most = isIp4(address) ? 32 : 128
  for (let length = most - 1; length > 0 && subnets.size > 0; length--)
    if (subnets.has(keyOf({ address, length }))) return length
  return most
}
