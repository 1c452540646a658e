import { isIp4, type Ip } from '../../model/address/address.ts'

/** The ones' complement sum of RFC 1071, not yet folded to 16 bits. An odd last octet is padded with zero. */
export function sumOctets(octets: Uint8Array, start = 0, end = octets.length, initial = 0): number {
  let sum = initial
  let at = start
  for (; at + 1 < end; at += 2) {
    sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)
    // Folding early keeps the sum exact for any length.
    if (sum > 0x3fffffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  }
  return at < end ? sum + ((octets[at] ?? 0) << 8) : sum
}

/** Folds a sum and takes the complement: what stands in the checksum field. */
export function foldChecksum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000)
  return ~folded & 0xffff
}

/** RFC 1071. Over octets that hold their own right checksum, the result is 0. */
export const internetChecksum = (octets: Uint8Array, start = 0, end = octets.length, initial = 0): number =>
  foldChecksum(sumOctets(octets, start, end, initial))

/**
 * The sum of the pseudo header that TCP, UDP (RFC 768, 9293) and ICMPv6 (RFC 8200 section 8.1) add.
 * @param length octets of the transport header and payload
 */
export function pseudoHeaderSum(source: Ip, destination: Ip, protocol: number, length: number): number {
  return addressSum(source) + addressSum(destination) + protocol + (length & 0xffff) + (length >>> 16)
}

function addressSum(address: Ip): number {
  if (isIp4(address)) return (address >>> 16) + (address & 0xffff)
  let sum = 0
  for (let shift = 112n; shift >= 0n; shift -= 16n) sum += Number((address >> shift) & 0xffffn)
  return sum
}
