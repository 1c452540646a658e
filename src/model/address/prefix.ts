import { familyOf, formatIp, isIp4, parseIp, type Family, type Ip, type Ip4, type Ip6 } from './address.ts'

/** A CIDR prefix; `address` may keep host bits, as `ip addr` prints them. */
export interface Prefix {
  readonly address: Ip
  /** Prefix length in bits: 0..32 or 0..128. */
  readonly length: number
}

/** For text from outside: `192.168.0.0/16`, or a bare address, which is a host prefix. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  const address = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const most = isIp4(address) ? 32 : 128
  if (slash < 0) return { address, length: most }
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined
  const length = Number(digits)
  return length > most ? undefined : { address, length }
}

/** For our own literals: throws when the text is not a prefix. */
export function prefix(text: string): Prefix {
  const value = parsePrefix(text)
  if (!value) throw new Error(`not a prefix: ${JSON.stringify(text)}`)
  return value
}

export const prefixFamily = (p: Prefix): Family => familyOf(p.address)

/** The 32-bit mask of a length, unsigned. */
export const mask4 = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0)

const mask6 = (length: number): bigint => ((1n << BigInt(length)) - 1n) << BigInt(128 - length)

/** The lowest address of the prefix. */
export const networkOf = (p: Prefix): Ip =>
  isIp4(p.address) ? (((p.address & mask4(p.length)) >>> 0) as Ip4) : ((p.address & mask6(p.length)) as Ip6)

/** The highest address of the prefix (for IPv4, the broadcast address). */
export const lastOf = (p: Prefix): Ip =>
  isIp4(p.address)
    ? (((p.address | ~mask4(p.length)) >>> 0) as Ip4)
    : ((p.address | ((1n << BigInt(128 - p.length)) - 1n)) as Ip6)

/** Does the prefix cover the address? Never across families. */
export function contains(p: Prefix, address: Ip): boolean {
  if (typeof p.address === 'number' && typeof address === 'number')
    return ((p.address ^ address) & mask4(p.length)) === 0
  if (typeof p.address === 'bigint' && typeof address === 'bigint')
    return p.length === 0 || ((p.address ^ address) & mask6(p.length)) === 0n
  return false
}

/** Is it the prefix of this address alone, a /32 or a /128? */
export const isHostPrefix = (p: Prefix, address: Ip): boolean =>
  p.address === address && p.length === (isIp4(address) ? 32 : 128)

/** As given: host bits kept. */
export const formatPrefix = (p: Prefix): string => `${formatIp(p.address)}/${p.length}`
