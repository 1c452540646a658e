/** The IPv4 addresses, prefixes and ranges that a line of text names. */

/** From the first address to the last, both included. */
export interface AddressSpan {
  readonly first: number
  readonly last: number
}

const word =
  /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,3}(?:\.\d{1,3}){3}|\d{1,2})|-(\d{1,3}(?:\.\d{1,3}){3}))?(?![\d.]*\d\.)/g

/** Null: a word that looks like an address and is none, or a mask with holes. */
export type Named = AddressSpan | null

/** What the text names, each once. */
export function addressesIn(text: string): readonly Named[] {
  if (!text.includes('.')) return none
  const found = new Map<string, Named>()
  for (const [whole, address = '', length, last] of text.matchAll(word))
    if (!found.has(whole)) found.set(whole, spanOf(address, length, last))
  return found.size === 0 ? none : [...found.values()]
}

const none: readonly Named[] = []

/** The span of a prefix. */
export function spanOfPrefix(address: number, length: number): AddressSpan {
  const size = 2 ** (32 - length)
  const first = Math.floor(address / size) * size
  return { first, last: first + size - 1 }
}

function spanOf(address: string, length: string | undefined, last: string | undefined): Named {
  const from = numberOf(address)
  if (from === null) return null
  if (last !== undefined) {
    const to = numberOf(last)
    return to === null || to < from ? null : { first: from, last: to }
  }
  if (length === undefined) return { first: from, last: from }
  const bits = length.includes('.') ? bitsOf(numberOf(length)) : Number(length)
  return bits === null || bits > 32 ? null : spanOfPrefix(from, bits)
}

function numberOf(text: string): number | null {
  const parts = text.split('.').map(Number)
  if (parts.some((part) => part > 255)) return null
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

function bitsOf(mask: number | null): number | null {
  if (mask === null) return null
  const holes = (2 ** 32 - mask) % 2 ** 32
  const size = holes === 0 ? 2 ** 32 : holes
  const bits = 32 - Math.log2(mask === 0 ? 2 ** 32 : size)
  return Number.isInteger(bits) ? (mask === 0 ? 0 : bits) : null
}
