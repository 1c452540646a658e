import { isIp4, type Ip } from '../../model/address/address.ts'
import { mask4, networkOf, type Prefix } from '../../model/address/prefix.ts'

interface Level<T> {
  readonly length: number
  readonly mask: number
  readonly mask6: bigint
  /** By network. IPv4's are the signed number of their 32 bits: engines hash small integers without reading them from memory. */
  readonly buckets: Map<number | bigint, T[]>
}

/**
 * Prefixes by length, longest first, each length a hash of its networks: a look-up costs one probe for each
 * length in use, which in a node's tables is fewer than the steps of a binary trie.
 */
export class PrefixTable<T> {
  readonly levels: readonly Level<T>[]

  constructor(entries: Iterable<readonly [Prefix, T]>) {
    const byLength = new Map<number, Level<T>>()
    for (const [prefix, value] of entries) {
      let level = byLength.get(prefix.length)
      if (!level) {
        level = {
          length: prefix.length,
          mask: isIp4(prefix.address) ? mask4(prefix.length) : 0,
          mask6: isIp4(prefix.address) ? 0n : mask6(prefix.length),
          buckets: new Map(),
        }
        byLength.set(prefix.length, level)
      }
      const address = networkOf(prefix)
      const network = isIp4(address) ? address | 0 : address
      const bucket = level.buckets.get(network)
      if (bucket) bucket.push(value)
      else level.buckets.set(network, [value])
    }
    this.levels = [...byLength.values()].sort((a, b) => b.length - a.length)
  }

  /** The values whose prefix at this level covers the address. */
  at(level: number, address: Ip): readonly T[] | undefined {
    const found = this.levels[level]
    if (!found) return undefined
    return found.buckets.get(typeof address === 'number' ? address & found.mask : address & found.mask6)
  }

  /** Everything that covers the address, the longest prefixes first, in the given order within a prefix. */
  *covering(address: Ip): Generator<T> {
    for (let i = 0; i < this.levels.length; i++) yield* this.at(i, address) ?? []
  }
}

const mask6 = (length: number): bigint => ((1n << BigInt(length)) - 1n) << BigInt(128 - length)
