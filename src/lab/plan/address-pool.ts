import { formatIp4, ip4Of, type Ip4 } from '../../model/address/address.ts'
import { formatPrefix, networkOf, type Prefix } from '../../model/address/prefix.ts'
import type { Random } from './random.ts'

/** Hands out addresses of a prefix, each once. */
export interface AddressPool {
  readonly take: () => string
  /** A /28 of which no address was handed out, as EC2 delegates it to an ENI. */
  readonly takePrefix: () => Prefix
}

/** Addresses of a prefix that EC2 delegates. */
export const delegatedSize = 16

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
    takePrefix() {
      // The first block and the last hold addresses that AWS keeps.
      const blocks = size / delegatedSize - 2
      const from = random.below(blocks)
      for (let i = 0; i < blocks; i++) {
        const first = base + (1 + ((from + i) % blocks)) * delegatedSize
        const addresses = Array.from({ length: delegatedSize }, (_, n) => first + n)
        if (addresses.some((one) => taken.has(one))) continue
        for (const one of addresses) taken.add(one)
        return { address: first as Ip4, length: 28 }
      }
      throw new Error(`no free /28 is left in ${formatPrefix(range)}`)
    },
  }
}
