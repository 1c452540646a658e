import { badField, short, type Decoded } from '../decoded.ts'

/** RFC 1035 section 2.3.4: octets of a label, and of a whole name with its length octets. */
const mostLabelOctets = 63
const mostNameOctets = 255

/**
 * A domain name, RFC 1035 section 4.1.4, without the final dot; the root is the empty text. Octets that are
 * no letter, digit, `-`, `_`, `*` or `/` are written as `\DDD` (section 5.1), so no control character gets out.
 * Compression: a pointer must point before the place where the current run of labels began, so that every name ends.
 * @param b the whole message
 */
export function readDnsName(b: DataView, start: number): Decoded<string> {
  const labels: string[] = []
  let octets = 1
  let at = start
  let run = start
  let used = 0
  for (;;) {
    if (at >= b.byteLength) return short('dns.name', at + 1, b.byteLength)
    const length = b.getUint8(at)
    if (length >= 0xc0) {
      if (at + 2 > b.byteLength) return short('dns.name', at + 2, b.byteLength)
      const target = b.getUint16(at) & 0x3fff
      if (target >= run) return badField('dns.compression', target)
      if (used === 0) used = at + 2 - start
      at = target
      run = target
    } else if (length > mostLabelOctets) {
      return badField('dns.label', length)
    } else if (length === 0) {
      if (used === 0) used = at + 1 - start
      return { value: labels.join('.'), used }
    } else {
      octets += length + 1
      if (octets > mostNameOctets) return badField('dns.name-length', octets)
      if (at + 1 + length > b.byteLength) return short('dns.name', at + 1 + length, b.byteLength)
      labels.push(labelText(b, at + 1, length))
      at += length + 1
    }
  }
}

function labelText(b: DataView, start: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) {
    const character = String.fromCharCode(b.getUint8(start + i))
    text += /[A-Za-z0-9_*/-]/.test(character)
      ? character
      : `\\${character.charCodeAt(0).toString().padStart(3, '0')}`
  }
  return text
}

/** The labels of a name as octets; undefined when it is no name that fits (RFC 1035 section 2.3.4). */
export function dnsLabels(name: string): readonly Uint8Array[] | undefined {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  if (bare === '') return []
  const labels: Uint8Array[] = []
  let octets = 1
  for (const text of bare.split('.')) {
    const label = labelOctets(text)
    if (!label || label.length === 0 || label.length > mostLabelOctets) return undefined
    octets += label.length + 1
    labels.push(label)
  }
  return octets > mostNameOctets ? undefined : labels
}

function labelOctets(text: string): Uint8Array | undefined {
  const octets: number[] = []
  for (let i = 0; i < text.length; i++) {
    const escaped = /^\\(\d{3})/.exec(text.slice(i, i + 4))
    const code = escaped ? Number(escaped[1]) : text.charCodeAt(i)
    if (code > 255 || (!escaped && text[i] === '\\')) return undefined
    octets.push(code)
    if (escaped) i += 3
  }
  return Uint8Array.from(octets)
}
