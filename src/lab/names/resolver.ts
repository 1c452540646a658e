import { dnsAt, dnsCode, readDns } from '../../wire/dns/message.ts'
import { isProblem } from '../../wire/decoded.ts'
import { answerFrom, reply } from './answer.ts'
import { encodeAnswer } from './edns.ts'
import type { Zone } from './zone.ts'

export interface Resolver {
  /** The answer's octets. Empty where there is nobody to answer: no DNS header, or itself an answer. */
  handle(query: Uint8Array, overTcp?: boolean): Uint8Array
}

const style = { authoritative: false, recursionAvailable: true } as const

/** A resolver that knows exactly its zone, as octets in, octets out. */
export const createResolver = ({ zone }: { readonly zone: Zone }): Resolver => ({
  handle: (octets, overTcp = false) => {
    const query = readDns(new DataView(octets.buffer, octets.byteOffset, octets.byteLength))
    if (isProblem(query)) return formatError(octets)
    if (query.value.response) return new Uint8Array(0)
    const answer = answerFrom(zone, query.value, style) ?? reply(query.value, style, dnsCode.nameError)
    return encodeAnswer(query.value, answer, overTcp)
  },
})

/** FORMERR to a query that cannot be read: its header, and nothing else. */
export function formatError(query: Uint8Array): Uint8Array {
  if (query.length < dnsAt.payload) return new Uint8Array(0)
  const header = new Uint8Array(dnsAt.payload)
  const flags = ((query[dnsAt.flags] ?? 0) << 8) | (query[dnsAt.flags + 1] ?? 0)
  if ((flags & 0x8000) !== 0) return new Uint8Array(0)
  header.set(query.subarray(0, 2))
  header[dnsAt.flags] = 0x80 | ((flags >> 8) & 0x79)
  header[dnsAt.flags + 1] = dnsCode.formatError
  return header
}
