import type { Ip4, Ip6 } from '../../model/address/address.ts'
import { badField, isProblem, octetsOf, short, viewFrom, type Decoded, type Problem } from '../decoded.ts'
import { dnsLabels, readDnsName } from './name.ts'
import { readIp6, writeIp6 } from '../network/ipv6.ts'

/** DNS message, RFC 1035 section 4. Octet offsets; all fields big-endian. */
export const dnsAt = {
  id: 0,
  flags: 2,
  questions: 4,
  answers: 6,
  authorities: 8,
  additionals: 10,
  payload: 12,
} as const

export const dnsType = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  ptr: 12,
  txt: 16,
  aaaa: 28,
  opt: 41,
  any: 255,
} as const

/** Response codes, RFC 1035 section 4.1.1. */
export const dnsCode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const

export const dnsClassInternet = 1

/** Records in one message; more do not fit 64 KiB in earnest. */
const mostRecords = 1000

export interface DnsQuestion {
  readonly name: string
  /** See `dnsType`. */
  readonly type: number
  readonly class: number
}

export type DnsData =
  | { readonly kind: 'a'; readonly address: Ip4 }
  | { readonly kind: 'aaaa'; readonly address: Ip6 }
  | { readonly kind: 'cname' | 'ptr' | 'ns'; readonly name: string }
  /** Any other type, octets as they came. A name compressed within cannot be read outside its message. */
  | { readonly kind: 'other'; readonly octets: Uint8Array }

export interface DnsRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  /** Seconds. */
  readonly ttl: number
  readonly data: DnsData
}

export interface DnsMessage {
  readonly id: number
  readonly response: boolean
  readonly opcode: number
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly recursionDesired: boolean
  readonly recursionAvailable: boolean
  /** See `dnsCode`. */
  readonly code: number
  readonly questions: readonly DnsQuestion[]
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
}

/** A whole message, as a UDP payload carries it (over TCP, without the two octets of length). */
export function readDns(b: DataView): Decoded<DnsMessage> {
  if (b.byteLength < dnsAt.payload) return short('dns', dnsAt.payload, b.byteLength)
  const flags = b.getUint16(dnsAt.flags)
  const counts = [dnsAt.questions, dnsAt.answers, dnsAt.authorities, dnsAt.additionals].map((at) =>
    b.getUint16(at),
  )
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total > mostRecords) return badField('dns.records', total)
  const questions = readMany(b, dnsAt.payload, counts[0] ?? 0, readQuestion)
  if (isProblem(questions)) return questions
  let used = questions.used
  const sections: DnsRecord[][] = []
  for (const count of counts.slice(1)) {
    const records = readMany(b, used, count, readRecord)
    if (isProblem(records)) return records
    sections.push(records.value)
    used = records.used
  }
  return {
    value: {
      id: b.getUint16(dnsAt.id),
      response: (flags & 0x8000) !== 0,
      opcode: (flags >> 11) & 15,
      authoritative: (flags & 0x0400) !== 0,
      truncated: (flags & 0x0200) !== 0,
      recursionDesired: (flags & 0x0100) !== 0,
      recursionAvailable: (flags & 0x0080) !== 0,
      code: flags & 15,
      questions: questions.value,
      answers: sections[0] ?? [],
      authorities: sections[1] ?? [],
      additionals: sections[2] ?? [],
    },
    used,
  }
}

/** `used` is where the section ends in the message. */
function readMany<T>(
  b: DataView,
  start: number,
  count: number,
  readOne: (b: DataView, at: number) => Decoded<T>,
): { readonly value: T[]; readonly used: number } | Problem {
  const value: T[] = []
  let at = start
  for (let i = 0; i < count; i++) {
    const one = readOne(b, at)
    if (isProblem(one)) return one
    value.push(one.value)
    at += one.used
  }
  return { value, used: at }
}

function readQuestion(b: DataView, at: number): Decoded<DnsQuestion> {
  const name = readDnsName(b, at)
  if (isProblem(name)) return name
  const fixed = at + name.used
  if (b.byteLength < fixed + 4) return short('dns.question', fixed + 4, b.byteLength)
  return {
    value: { name: name.value, type: b.getUint16(fixed), class: b.getUint16(fixed + 2) },
    used: name.used + 4,
  }
}

function readRecord(b: DataView, at: number): Decoded<DnsRecord> {
  const name = readDnsName(b, at)
  if (isProblem(name)) return name
  const fixed = at + name.used
  if (b.byteLength < fixed + 10) return short('dns.record', fixed + 10, b.byteLength)
  const type = b.getUint16(fixed)
  const length = b.getUint16(fixed + 8)
  const start = fixed + 10
  if (b.byteLength < start + length) return short('dns.data', start + length, b.byteLength)
  const data = readData(b, type, start, length)
  if (isProblem(data)) return data
  return {
    value: { name: name.value, type, class: b.getUint16(fixed + 2), ttl: b.getUint32(fixed + 4), data },
    used: name.used + 10 + length,
  }
}

function readData(b: DataView, type: number, start: number, length: number): DnsData | Problem {
  switch (type) {
    case dnsType.a:
      return length === 4
        ? { kind: 'a', address: b.getUint32(start) as Ip4 }
        : badField('dns.a-length', length)
    case dnsType.aaaa:
      return length === 16
        ? { kind: 'aaaa', address: readIp6(b, start) }
        : badField('dns.aaaa-length', length)
    case dnsType.cname:
    case dnsType.ptr:
    case dnsType.ns: {
      const name = readDnsName(b, start)
      if (isProblem(name)) return name
      if (name.used !== length) return badField('dns.name-data-length', length)
      const kind = type === dnsType.cname ? 'cname' : type === dnsType.ptr ? 'ptr' : 'ns'
      return { kind, name: name.value }
    }
    default:
      return { kind: 'other', octets: octetsOf(viewFrom(b, start, length)).slice() }
  }
}

/**
 * The message as octets, names compressed. When it exceeds `limit` (512 for UDP without EDNS, RFC 1035 section
 * 2.3.4), the three record sections are left out and it is marked truncated. Throws on a name that is none: ours.
 */
export function writeDns(message: DnsMessage, limit = 65535): Uint8Array {
  const octets = writeWhole(message)
  if (octets.length <= limit) return octets
  return writeWhole({ ...message, truncated: true, answers: [], authorities: [], additionals: [] })
}

function writeWhole(message: DnsMessage): Uint8Array {
  const out: number[] = []
  const known = new Map<string, number>()
  const flags =
    (message.response ? 0x8000 : 0) |
    (message.opcode << 11) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.recursionAvailable ? 0x0080 : 0) |
    message.code
  const { questions, answers, authorities, additionals } = message
  for (const word of [
    message.id,
    flags,
    questions.length,
    answers.length,
    authorities.length,
    additionals.length,
  ])
    push16(out, word)
  for (const question of questions) {
    pushName(out, question.name, known)
    push16(out, question.type)
    push16(out, question.class)
  }
  for (const record of [...answers, ...authorities, ...additionals]) {
    pushName(out, record.name, known)
    push16(out, record.type)
    push16(out, record.class)
    push16(out, Math.floor(record.ttl / 65536))
    push16(out, record.ttl & 0xffff)
    const lengthAt = out.length
    push16(out, 0)
    pushData(out, record.data, known)
    const length = out.length - lengthAt - 2
    out[lengthAt] = length >> 8
    out[lengthAt + 1] = length & 255
  }
  return Uint8Array.from(out)
}

function push16(out: number[], word: number): void {
  out.push((word >> 8) & 255, word & 255)
}

function pushData(out: number[], data: DnsData, known: Map<string, number>): void {
  switch (data.kind) {
    case 'a':
      push16(out, data.address >>> 16)
      push16(out, data.address & 0xffff)
      return
    case 'aaaa': {
      const octets = new Uint8Array(16)
      writeIp6(new DataView(octets.buffer), 0, data.address)
      out.push(...octets)
      return
    }
    case 'cname':
    case 'ptr':
    case 'ns':
      pushName(out, data.name, known)
      return
    case 'other':
      for (const octet of data.octets) out.push(octet)
  }
}

/** Compresses against names already written. Names differ by case here: the octets come back as they went in. */
function pushName(out: number[], name: string, known: Map<string, number>): void {
  const labels = dnsLabels(name)
  if (!labels) throw new Error(`not a domain name: ${JSON.stringify(name)}`)
  for (let i = 0; i < labels.length; i++) {
    const rest = labels
      .slice(i)
      .map((label) => label.join(','))
      .join('.')
    const before = known.get(rest)
    if (before !== undefined) {
      push16(out, 0xc000 | before)
      return
    }
    if (out.length < 0x4000) known.set(rest, out.length)
    const label = labels[i] ?? new Uint8Array(0)
    out.push(label.length, ...label)
  }
  out.push(0)
}
