/** Which address a stack gives its own packets: net/ipv4/devinet.c inet_select_addr, net/ipv6/addrconf.c. */
import { isIp4, isIp6, type Ip, type Ip6 } from '../../model/address/address.ts'
import type { LinkAddress } from '../../model/stack/link.ts'
import { contains } from '../../model/address/prefix.ts'
import type { CompiledHop, CompiledLink, CompiledRoute, CompiledStack } from '../compiled/fabric.ts'

/** RT_SCOPE_*: the smaller, the farther it reaches. */
const scopes: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 }

export const scopeNumber = (scope: string): number => scopes[scope] ?? 0

const primary4 = (link: CompiledLink): readonly LinkAddress[] =>
  link.link.addresses.filter((address) => isIp4(address.address) && !address.flags.includes('secondary'))

/** inet_select_addr: the first primary address of the device that reaches as far as asked, best in the gateway's subnet. */
export function selectAddress4(
  stack: CompiledStack,
  link: CompiledLink | null,
  gateway: Ip | null,
  scope: number,
): Ip | null {
  let any: Ip | null = null
  if (link) {
    for (const candidate of primary4(link)) {
      if (scopeNumber(candidate.scope) > scope) continue
      const subnet = { address: candidate.peer ?? candidate.address, length: candidate.length }
      if (gateway === null || !isIp4(gateway) || contains(subnet, gateway)) return candidate.address
      any ??= candidate.address
    }
    if (any !== null) return any
  }
  for (const other of stack.links.values())
    for (const candidate of primary4(other)) {
      const reach = scopeNumber(candidate.scope)
      if (reach !== 253 && reach <= scope) return candidate.address
    }
  return null
}

/** Source selection of RFC 6724 as far as plain nodes need it: scope, deprecation, device, longest common prefix. */
export function selectAddress6(stack: CompiledStack, link: CompiledLink | null, dst: Ip6): Ip | null {
  let best: { readonly address: Ip6; readonly rank: readonly number[] } | null = null
  const wanted = scope6(dst)
  for (const other of stack.links.values()) {
    for (const candidate of other.link.addresses) {
      const { address, flags } = candidate
      if (!isIp6(address) || flags.includes('tentative') || flags.includes('dadfailed')) continue
      const scope = scope6(address)
      if (wanted === 2 && other !== link) continue
      const rank = [
        address === dst ? 1 : 0,
        // Rule 2: big enough is good, the smaller of the big enough is better.
        scope >= wanted ? 100 - scope : scope - 100,
        flags.includes('deprecated') ? 0 : 1,
        other === link ? 1 : 0,
        flags.includes('temporary') ? 0 : 1,
        commonBits(address, dst, candidate.length),
      ]
      if (best === null || greater(rank, best.rank)) best = { address, rank }
    }
  }
  return best?.address ?? null
}

const greater = (a: readonly number[], b: readonly number[]): boolean => {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

/** 1 node, 2 link, 5 site, 14 global. */
export function scope6(address: Ip6): number {
  if (address >> 118n === 0x3fan) return 2
  if (address === 1n) return 1
  if (address >> 120n === 0xffn) return Number((address >> 112n) & 0xfn)
  if (address >> 118n === 0x3fbn) return 5
  return 14
}

function commonBits(a: Ip6, b: Ip6, most: number): number {
  const difference = a ^ b
  return Math.min(most, difference === 0n ? 128 : 128 - difference.toString(2).length)
}

/** fib_result_prefsrc, or for IPv6 ip6_route_get_saddr. */
export function sourceFor(
  stack: CompiledStack,
  route: CompiledRoute,
  hop: CompiledHop | undefined,
  dst: Ip,
): Ip | null {
  const { route: plain } = route
  // IPv6 selects among its addresses also for itself; the destination wins where it is one of them.
  if (plain.type === 'local' && !isIp6(dst)) return plain.source ?? dst
  if (plain.source !== null) return plain.source
  const link = hop?.link ?? null
  if (isIp6(dst)) return selectAddress6(stack, link, dst)
  return selectAddress4(stack, link, hop?.via ?? null, scopeNumber(plain.scope))
}
