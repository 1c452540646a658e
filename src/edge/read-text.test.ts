import { fc, test as property } from '@fast-check/vitest'
import { expect } from 'vitest'
import { readText, type OpenFile } from './read-text.ts'

/** A file that gives its octets in pieces of these lengths, over and over. */
function fileOf(octets: Uint8Array, pieces: readonly number[]): OpenFile {
  let at = 0
  let turn = 0
  return {
    read(into, offset, length) {
      const take = Math.min(length, pieces[turn++ % pieces.length] ?? 1, octets.length - at)
      into.set(octets.subarray(at, at + take), offset)
      at += take
      return Promise.resolve({ bytesRead: take })
    },
  }
}

property.prop([
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
  fc.nat({ max: 300 }),
  fc.integer({ min: 1, max: 400 }),
])(
  'a file is read as a whole or not at all, whatever its status said',
  async (text, pieces, expected, most) => {
    const octets = new TextEncoder().encode(text)
    const read = readText(fileOf(octets, pieces), 'it', most, expected)
    if (octets.length > most || expected > most)
      await expect(read).rejects.toThrow(`it has more than ${most} octets, which is more than podpath reads`)
    else expect(await read).toBe(text)
  },
)
