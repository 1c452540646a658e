import { dnsAt, dnsType } from '../../wire/dns/message.ts'
import { readDnsName } from '../../wire/dns/name.ts'
import { isProblem } from '../../wire/decoded.ts'

const viewOf = (octets: Uint8Array): DataView =>
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength)

/** Octets of header and question section; undefined when they are not all there. */
export function questionEnd(message: Uint8Array): number | undefined {
  const view = viewOf(message)
  if (message.length < dnsAt.payload) return undefined
  let at: number = dnsAt.payload
  for (let i = view.getUint16(dnsAt.questions); i > 0; i--) {
    const name = readDnsName(view, at)
    if (isProblem(name) || at + name.used + 4 > message.length) return undefined
    at += name.used + 4
  }
  return at
}

/**
 * Where the TTL of each record stands, OPT records aside (theirs is no time). A forwarded answer is passed on as the
 * octets it came in, since names compressed inside record data cannot be moved. Undefined when it cannot be read.
 */
function ttlOffsets(message: Uint8Array): readonly number[] | undefined {
  const view = viewOf(message)
  let at = questionEnd(message)
  if (at === undefined) return undefined
  const offsets: number[] = []
  const count =
    view.getUint16(dnsAt.answers) + view.getUint16(dnsAt.authorities) + view.getUint16(dnsAt.additionals)
  for (let i = 0; i < count; i++) {
    const name = readDnsName(view, at)
    if (isProblem(name)) return undefined
    const fixed: number = at + name.used
    if (fixed + 10 > message.length) return undefined
    if (view.getUint16(fixed) !== dnsType.opt) offsets.push(fixed + 4)
    at = fixed + 10 + view.getUint16(fixed + 8)
  }
  return at > message.length ? undefined : offsets
}

/** The smallest TTL, seconds; undefined without a record or when it cannot be read. */
export function leastTtl(message: Uint8Array): number | undefined {
  const offsets = ttlOffsets(message)
  if (!offsets || offsets.length === 0) return undefined
  return Math.min(...offsets.map((at) => viewOf(message).getUint32(at)))
}

/** A copy with this id and with every TTL `aged` seconds less, and never above `most`. */
export function reissue(message: Uint8Array, id: number, aged: number, most: number): Uint8Array {
  const copy = message.slice()
  const view = viewOf(copy)
  view.setUint16(dnsAt.id, id)
  for (const at of ttlOffsets(copy) ?? [])
    view.setUint32(at, Math.max(0, Math.min(view.getUint32(at), most) - aged))
  return copy
}

/** Header and question alone, marked truncated: ask again over TCP. */
export function truncated(message: Uint8Array): Uint8Array {
  const copy = message.slice(0, questionEnd(message) ?? dnsAt.payload)
  const view = viewOf(copy)
  view.setUint16(dnsAt.flags, view.getUint16(dnsAt.flags) | 0x0200)
  for (const at of [dnsAt.answers, dnsAt.authorities, dnsAt.additionals]) view.setUint16(at, 0)
  return copy
}
