/**
 * The alphabet of generated names: no vowels and nothing that looks like another character.
 * k8s.io/apimachinery/pkg/util/rand `alphanums`.
 */
const safe = 'bcdfghjklmnpqrstvwxz2456789'

/** A source of numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number

/** mulberry32: small, fast and good enough for names; nothing secret comes from here. */
export function seededRandom(seed: number | string): Random {
  let state = typeof seed === 'number' ? seed >>> 0 : fnv1a(seed)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** So many characters of the safe alphabet: the `x7k2p` of a pod's name. */
export const safeString = (random: Random, length: number): string =>
  Array.from({ length }, () => safe[Math.floor(random() * safe.length)] ?? 'b').join('')

/**
 * The `pod-template-hash`: a 32-bit hash printed in decimal, each digit moved into the safe alphabet
 * (rand.SafeEncodeString), so that only the characters 4-9, b, c, d and f ever appear.
 * A real hash has 8 to 10 digits; here the number is kept at 10 digits, as three of four real ones are,
 * so that the columns of a printed pod list are as wide as in the tutorials that cut them by position.
 */
export function podTemplateHash(template: string): string {
  const tenDigits = 1_000_000_000
  const number = tenDigits + (fnv1a(template) % (4_294_967_296 - tenDigits))
  return [...String(number)].map((digit) => safe[digit.charCodeAt(0) % safe.length] ?? 'b').join('')
}

/** FNV-1a, 32 bit. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  }
  return hash
}

/** A version 4 UUID from the source of numbers. */
export function uuid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16))
  digits[12] = 4
  digits[16] = 8 + Math.floor(random() * 4)
  const text = digits.map((digit) => digit.toString(16)).join('')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  )
}

/** A container's or a sandbox's identifier, as containerd gives them: 256 bits. */
export const hexId = (random: Random): string =>
  Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('')
