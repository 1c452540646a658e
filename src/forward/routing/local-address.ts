/** What kind of address an address is to a stack: inet_addr_type, from its `local` table alone, which is `main` as well while nobody has added a rule. */
import { isIp4, isIp6, type Ip } from '../../model/address/address.ts'
import { routingOf, type CompiledLink, type CompiledStack } from '../compiled/fabric.ts'

export type AddressType = 'UNICAST' | 'LOCAL' | 'BROADCAST' | 'MULTICAST' | 'ANYCAST' | 'UNSPEC'

export const isMulticast = (ip: Ip): boolean =>
  isIp4(ip) ? ip >>> 28 === 14 : isIp6(ip) && ip >> 120n === 0xffn

export const isLoopback = (ip: Ip): boolean => (isIp4(ip) ? ip >>> 24 === 127 : ip === 1n)

/** `link`: only routes by this device count (inet_dev_addr_type). */
export function addressType(stack: CompiledStack, ip: Ip, link: CompiledLink | null): AddressType {
  if (isIp4(ip)) {
    if (ip === 0xffffffff || ip >>> 24 === 0) return 'BROADCAST'
  } else if (ip === 0n) return 'UNSPEC'
  if (isMulticast(ip)) return 'MULTICAST'
  const routing = routingOf(stack, isIp4(ip) ? 4 : 6)
  const table = routing.joined ?? routing.tables.get('local')
  if (!table) return 'UNICAST'
  for (let level = 0; level < table.levels.length; level++) {
    const route = table.at(level, ip)?.[0]
    if (!route) continue
    if (link !== null && route.hops[0]?.link !== link) return 'UNICAST'
    switch (route.route.type) {
      case 'local':
        return 'LOCAL'
      case 'broadcast':
        return 'BROADCAST'
      case 'anycast':
        return 'ANYCAST'
      case 'multicast':
        return 'MULTICAST'
      default:
        return 'UNICAST'
    }
  }
  return 'UNICAST'
}

export const isLocal = (stack: CompiledStack, ip: Ip): boolean => addressType(stack, ip, null) === 'LOCAL'
