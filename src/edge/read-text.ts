import { TooMuch, tooMuch } from './budget.ts'

/** A file as node:fs/promises opens it, as far as it is read here. */
export interface OpenFile {
  read(
    octets: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): Promise<{ readonly bytesRead: number }>
}

const piece = 64 * 1024

/**
 * All of a file, whatever its status said of its size: a pipe has none, a device no end, and a file may grow. Rejects with TooMuch
 * beyond its limit, or with what Node says.
 * @param what as the beginning of a sentence
 * @param most octets
 * @param expected octets that its status names; more or fewer may come
 */
export async function readText(
  file: OpenFile,
  what: string,
  most: number,
  expected = piece,
): Promise<string> {
  if (expected > most) throw new TooMuch(tooMuch(what, 'octets', most))
  // One more than is expected shows its end without another buffer.
  let octets = new Uint8Array(expected + 1)
  let have = 0
  for (;;) {
    if (have === octets.length) {
      const grown = new Uint8Array(Math.min(octets.length * 2, most + 1))
      grown.set(octets)
      octets = grown
    }
    const { bytesRead } = await file.read(octets, have, octets.length - have, null)
    if (bytesRead === 0) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets.subarray(0, have))
    have += bytesRead
    if (have > most) throw new TooMuch(tooMuch(what, 'octets', most))
  }
}
