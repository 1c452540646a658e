/** Distinguished Encoding Rules (X.690), as much of them as a certificate needs. */

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const

/** Tag, length and content. */
export function tagged(tagOctet: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tagOctet, body.length]), body])
  const length: number[] = []
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff)
  return Buffer.concat([Buffer.from([tagOctet, 0x80 | length.length, ...length]), body])
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => tagged(tag.sequence, ...content)
export const set = (...content: readonly Uint8Array[]): Buffer => tagged(tag.set, ...content)
export const octetString = (content: Uint8Array): Buffer => tagged(tag.octetString, content)
export const utf8 = (text: string): Buffer => tagged(tag.utf8, Buffer.from(text))
export const boolean = (value: boolean): Buffer => tagged(tag.boolean, Buffer.from([value ? 0xff : 0]))

/** A whole number from its octets, most significant first; a leading zero keeps it positive. */
export function integer(octets: Uint8Array): Buffer {
  const first = octets[0] ?? 0
  return tagged(tag.integer, first >= 0x80 ? Buffer.concat([Buffer.from([0]), octets]) : octets)
}

/** `unused` bits at the end of the last octet do not count. */
export const bitString = (content: Uint8Array, unused = 0): Buffer =>
  tagged(tag.bitString, Buffer.from([unused]), content)

/** `2.5.29.17` */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const octets = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    octets.push(...groups)
  }
  return tagged(tag.oid, Buffer.from(octets))
}

/** UTCTime, for the years 1950 to 2049 as RFC 5280 wants. */
export const utcTime = (milliseconds: number): Buffer =>
  tagged(
    tag.utcTime,
    Buffer.from(
      `${new Date(milliseconds)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  )
