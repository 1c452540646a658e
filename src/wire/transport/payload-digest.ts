/**
 * So many octets of a payload are digested. Few, because captures are cut: of 96 octets kept, 20 are LINUX_SLL2's
 * and 40 IPv4's and TCP's. Enough, because ping's time stamp, DNS's id and question lie within them.
 */
export const digestedOctets = 32

/**
 * A 31-bit digest of the payload's first octets (a murmur3 round per word, finished). Not for security.
 * @param payloadLength octets that the payload has, captured or not
 * @returns 0 when it is not known: an empty payload, or one captured too short to be compared
 */
export function payloadDigest(view: DataView, start: number, end: number, payloadLength: number): number {
  const length = payloadLength < digestedOctets ? payloadLength : digestedOctets
  if (length <= 0 || end - start < length) return 0
  let hash = length
  const words = start + (length & ~3)
  let at = start
  for (; at < words; at += 4) hash = mix(hash, view.getUint32(at, true))
  let tail = 0
  for (const stop = start + length; at < stop; at++) tail = (tail << 8) | view.getUint8(at)
  hash = mix(hash, tail)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = (hash ^ (hash >>> 16)) >>> 1
  return hash === 0 ? 1 : hash
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const h = hash ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}
