declare const ip4: unique symbol
declare const ip6: unique symbol

/** An IPv4 address as an unsigned 32-bit number: sorts, masks and prints without allocation. */
export type Ip4 = number & { readonly [ip4]: true }
/** An IPv6 address as an unsigned 128-bit bigint. */
export type Ip6 = bigint & { readonly [ip6]: true }
/** An IP address; `typeof` tells the family: a number is IPv4, a bigint is IPv6. */
export type Ip = Ip4 | Ip6

export type Family = 4 | 6

export const familyOf = (ip: Ip): Family => (typeof ip === 'number' ? 4 : 6)
export const isIp4 = (ip: Ip): ip is Ip4 => typeof ip === 'number'
export const isIp6 = (ip: Ip): ip is Ip6 => typeof ip === 'bigint'

/** For text from outside: undefined when it is not a dotted-quad IPv4 address (no octal, no short forms). */
export function parseIp4(text: string): Ip4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!match) return undefined
  let value = 0
  for (let i = 1; i <= 4; i++) {
    const part = match[i] ?? ''
    const octet = Number(part)
    if (octet > 255 || (part.length > 1 && part.startsWith('0'))) return undefined
    value = value * 256 + octet
  }
  return value as Ip4
}

/** For text from outside: undefined when it is not an IPv6 address (RFC 4291 section 2.2; no zone). */
export function parseIp6(text: string): Ip6 | undefined {
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined
  let groups = text
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted) {
    const tail = parseIp4(dotted[2] ?? '')
    if (tail === undefined) return undefined
    groups = `${dotted[1] ?? ''}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`
  }
  const halves = groups.split('::')
  if (halves.length > 2) return undefined
  const words = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const head = words(halves[0] ?? '')
  const tail = words(halves[1] ?? '')
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  let value = 0n
  for (const word of [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...tail]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(word)) return undefined
    value = (value << 16n) | BigInt(`0x${word}`)
  }
  return value as Ip6
}

/** For text from outside, either family. */
export const parseIp = (text: string): Ip | undefined =>
  text.includes(':') ? parseIp6(text) : parseIp4(text)

/** For our own literals: throws when the text is not an address. */
export function ip(text: string): Ip {
  const value = parseIp(text)
  if (value === undefined) throw new Error(`not an IP address: ${JSON.stringify(text)}`)
  return value
}

/** For our own IPv4 literals: throws when the text is not an IPv4 address. */
export function ip4Of(text: string): Ip4 {
  const value = parseIp4(text)
  if (value === undefined) throw new Error(`not an IPv4 address: ${JSON.stringify(text)}`)
  return value
}

export const formatIp4 = (value: Ip4): string =>
  `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`

/** RFC 5952: lower case, the longest run of two or more zero groups shortened, the first of equals. */
export function formatIp6(value: Ip6): string {
  const groups: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return `::ffff:${formatIp4((((groups[6] ?? 0) * 65536 + (groups[7] ?? 0)) >>> 0) as Ip4)}`
  let best = { start: -1, length: 1 }
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && groups[i + length] === 0) length++
    if (length > best.length) best = { start: i, length }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.start < 0) return hex.join(':')
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`
}

export const formatIp = (value: Ip): string => (isIp4(value) ? formatIp4(value) : formatIp6(value))
