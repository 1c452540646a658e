/** Which address of a pool NAT takes: find_best_ips_proto of net/netfilter/nf_nat_core.c, with jhash2 of include/linux/jhash.h. */
import type { Ip, Ip4, Ip6 } from '../../model/address/address.ts'

const rotated = (word: number, by: number): number => ((word << by) | (word >>> (32 - by))) >>> 0

/** jhash2 of four words. */
function hash4(words: readonly number[], initial: number): number {
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words
  const start = (0xdeadbeef + 16 + initial) >>> 0
  let a = (start + w0) >>> 0
  let b = (start + w1) >>> 0
  let c = (start + w2) >>> 0
  a = ((a - c) ^ rotated(c, 4)) >>> 0
  c = (c + b) >>> 0
  b = ((b - a) ^ rotated(a, 6)) >>> 0
  a = (a + c) >>> 0
  c = ((c - b) ^ rotated(b, 8)) >>> 0
  b = (b + a) >>> 0
  a = ((a - c) ^ rotated(c, 16)) >>> 0
  c = (c + b) >>> 0
  b = ((b - a) ^ rotated(a, 19)) >>> 0
  a = (a + c) >>> 0
  c = ((c - b) ^ rotated(b, 4)) >>> 0
  b = (b + a) >>> 0
  a = (a + w3) >>> 0
  c = ((c ^ b) - rotated(b, 14)) >>> 0
  a = ((a ^ c) - rotated(c, 11)) >>> 0
  b = ((b ^ a) - rotated(a, 25)) >>> 0
  c = ((c ^ b) - rotated(b, 16)) >>> 0
  a = ((a ^ c) - rotated(c, 4)) >>> 0
  b = ((b ^ a) - rotated(a, 14)) >>> 0
  return ((c ^ b) - rotated(b, 24)) >>> 0
}

/** The words of an address as x86 and arm64 load them: the network's order, read from the other end. */
function wordsOf(ip: Ip): readonly number[] {
  const swapped = (word: number): number =>
    (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
  return typeof ip === 'number'
    ? [swapped(ip), 0, 0, 0]
    : [96n, 64n, 32n, 0n].map((shift) => swapped(Number((ip >> shift) & 0xffffffffn)))
}

const plainWords = (ip: Ip): readonly number[] =>
  typeof ip === 'number' ? [ip] : [96n, 64n, 32n, 0n].map((shift) => Number((ip >> shift) & 0xffffffffn))

/** reciprocal_scale: a part of `count`, of 32 bits. */
const scaled = (hash: number, count: number): number => Number((BigInt(hash) * BigInt(count >>> 0)) >> 32n)

/**
 * The address of low..high for a connection from `src` to `dst` as they stand before this translation, in the default zone.
 * `persistent`: the same for all destinations.
 */
export function poolAddress(low: Ip, high: Ip, src: Ip, dst: Ip, persistent: boolean): Ip {
  const from = plainWords(low)
  const to = plainWords(high)
  const destination = wordsOf(dst)
  let hash = hash4(wordsOf(src), persistent ? 0 : (destination[from.length - 1] ?? 0))
  let whole = false
  const words = from.map((least, index) => {
    const most = to[index] ?? 0
    const word = whole ? scaled(hash, 0xffffffff) : (least + scaled(hash, most - least + 1)) >>> 0
    if (word !== most) whole = true
    if (!persistent) hash = (hash ^ (destination[index] ?? 0)) >>> 0
    return word
  })
  return typeof low === 'number'
    ? ((words[0] ?? low) as Ip4)
    : (words.reduce((ip, word) => (ip << 32n) | BigInt(word), 0n) as Ip6)
}
