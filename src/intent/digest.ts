/** SHA-1 and SHA-256 (FIPS 180-4), in plain TypeScript so that an intent can be computed in a browser, at once. */

const octetsOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const rotateLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by))
const rotateRight = (word: number, by: number): number => rotateLeft(word, 32 - by)

/** FIPS 180-4 section 5.1.1: a one bit, zeros, and the length in bits; whole blocks of 64 octets. */
function pad(message: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000))
  view.setUint32(padded.length - 4, (message.length * 8) >>> 0)
  return view
}

function toOctets(words: Uint32Array): Uint8Array {
  const octets = new Uint8Array(words.length * 4)
  const view = new DataView(octets.buffer)
  words.forEach((word, i) => {
    view.setUint32(i * 4, word)
  })
  return octets
}

/** SHA-1 of the UTF-8 text, 20 octets. */
export function sha1(text: string): Uint8Array {
  const blocks = pad(octetsOf(text))
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  const w = new Uint32Array(80)
  for (let block = 0; block < blocks.byteLength; block += 64) {
    for (let t = 0; t < 80; t++)
      w[t] =
        t < 16
          ? blocks.getUint32(block + t * 4)
          : rotateLeft((w[t - 3] ?? 0) ^ (w[t - 8] ?? 0) ^ (w[t - 14] ?? 0) ^ (w[t - 16] ?? 0), 1)
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state
    for (let t = 0; t < 80; t++) {
      const [f, k] =
        t < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : t < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : t < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6]
      const next = (rotateLeft(a, 5) + f + e + k + (w[t] ?? 0)) | 0
      e = d
      d = c
      c = rotateLeft(b, 30)
      b = a
      a = next
    }
    for (const [i, word] of [a, b, c, d, e].entries()) state[i] = (state[i] ?? 0) + word
  }
  return toOctets(state)
}

/** FIPS 180-4 section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const sha256Constants = fractions(64, (prime) => Math.cbrt(prime))
/** Section 5.3.3: the same of the square roots of the first eight primes. */
const sha256Start = fractions(8, (prime) => Math.sqrt(prime))

function fractions(count: number, root: (prime: number) => number): Uint32Array {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return Uint32Array.from(primes, (prime) => (root(prime) % 1) * 0x100000000)
}

/** SHA-256 of the UTF-8 text, 32 octets. */
export function sha256(text: string): Uint8Array {
  const blocks = pad(octetsOf(text))
  const state = Uint32Array.from(sha256Start)
  const w = new Uint32Array(64)
  for (let block = 0; block < blocks.byteLength; block += 64) {
    for (let t = 0; t < 64; t++) {
      if (t < 16) {
        w[t] = blocks.getUint32(block + t * 4)
        continue
      }
      const near = w[t - 2] ?? 0
      const far = w[t - 15] ?? 0
      const s1 = rotateRight(near, 17) ^ rotateRight(near, 19) ^ (near >>> 10)
      const s0 = rotateRight(far, 7) ^ rotateRight(far, 18) ^ (far >>> 3)
      w[t] = s1 + (w[t - 7] ?? 0) + s0 + (w[t - 16] ?? 0)
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
    for (let t = 0; t < 64; t++) {
      const sum1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)
      const choice = (e & f) ^ (~e & g)
      const t1 = (h + sum1 + choice + (sha256Constants[t] ?? 0) + (w[t] ?? 0)) | 0
      const sum0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)
      const majority = (a & b) ^ (a & c) ^ (b & c)
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + sum0 + majority) | 0
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] ?? 0) + word
  }
  return toOctets(state)
}

/** Lower-case hexadecimal. */
export const hex = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 section 6, without padding. */
export function base32(octets: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const octet of octets) {
    held = (held << 8) | octet
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32Alphabet[(held >>> bits) & 31] ?? ''
    }
    held &= (1 << bits) - 1
  }
  return bits > 0 ? text + (base32Alphabet[(held << (5 - bits)) & 31] ?? '') : text
}
