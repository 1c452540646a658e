import { createHash } from 'node:crypto'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { base32, hex, sha1, sha256 } from './digest.ts'

describe('FIPS 180-4 examples', () => {
  const long = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'
  test.each([
    ['', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    [long, '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
  ])('sha1(%j)', (text, digest) => {
    expect(hex(sha1(text))).toBe(digest)
  })
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [long, '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  ])('sha256(%j)', (text, digest) => {
    expect(hex(sha256(text))).toBe(digest)
  })
})

property.prop([fc.string({ unit: 'binary', maxLength: 300 })])(
  'both agree with OpenSSL on any text',
  (text) => {
    expect(hex(sha1(text))).toBe(createHash('sha1').update(text).digest('hex'))
    expect(hex(sha256(text))).toBe(createHash('sha256').update(text).digest('hex'))
  },
)

test.each([
  { text: '', want: '' },
  { text: 'f', want: 'MY' },
  { text: 'foobar', want: 'MZXW6YTBOI' },
  { text: 'fooba', want: 'MZXW6YTB' },
])('base32($text) is RFC 4648, unpadded', ({ text, want }) => {
  expect(base32(new TextEncoder().encode(text))).toBe(want)
})
