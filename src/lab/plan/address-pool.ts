import { formatIp4, ip4Of, type Ip4 } from '../../model/address.ts'
import { formatPrefix, networkOf, type Prefix } from '../../model/prefix.ts'
import type { Random } from './random.ts'

/** Hands out addresses of a prefix, each once. */
export interface AddressPool {
  readonly take: () => string
}

/** AWS keeps the first four addresses of a subnet and the last for itself. */
export function addressPool(range: Prefix, random: Random, reserved: readonly string[]): AddressPool {
  const taken = new Set<number>(reserved.map((text) => ip4Of(text)))
  const size = 2 ** (32 - range.length)
  const base = networkOf(range) as Ip4
  return {
    take() {
      if (taken.size > size - 6) throw new Error(`no free address is left in ${formatPrefix(range)}`)
      for (;;) {
        const candidate = (base + 4 + random.below(size - 5)) as Ip4
        if (taken.has(candidate)) continue
        taken.add(candidate)
        return formatIp4(candidate)
      }
    },
  }
}
