import {
  dnsClassInternet,
  dnsCode,
  dnsType,
  type DnsMessage,
  type DnsRecord,
} from '../../wire/dns/message.ts'
import { originOf, withOwner, type Zone, type ZoneRecord } from './zone.ts'

/** An alias chain longer than this is a loop. */
const mostAliases = 8

export interface AnswerStyle {
  /** An authority sets AA; a resolver does not. */
  readonly authoritative: boolean
  readonly recursionAvailable: boolean
}

/**
 * What the zone says to a query, or undefined where it is not for this zone to say. Pure. A name of the zone without
 * a record of the type asked gets an empty answer, an unknown name NXDOMAIN, both with the SOA record (RFC 2308).
 */
export function answerFrom(zone: Zone, query: DnsMessage, style: AnswerStyle): DnsMessage | undefined {
  const question = query.questions[0]
  if (query.response || query.opcode !== 0 || query.questions.length !== 1 || !question)
    return reply(query, style, query.opcode === 0 ? dnsCode.formatError : dnsCode.notImplemented)
  if (question.class !== dnsClassInternet) return reply(query, style, dnsCode.refused)

  const answers: DnsRecord[] = []
  const along: DnsRecord[] = []
  let owner = question.name
  for (let i = 0; i < mostAliases; i++) {
    const name = owner.toLowerCase()
    const found = recordsOf(zone, name)
    if (!found) {
      if (answers.length > 0) break
      return deny(zone, query, style, name)
    }
    const wanted = found.filter(({ type }) => type === question.type || question.type === dnsType.any)
    answers.push(...wanted.map((record) => withOwner(owner, record)))
    along.push(...wanted.flatMap((record) => additionalOf(zone, record)))
    const alias = found.find(({ data }) => data.kind === 'cname')
    if (!alias || wanted.length > 0 || alias.data.kind !== 'cname') break
    answers.push(withOwner(owner, alias))
    owner = alias.data.name
  }
  if (answers.length > 0) return { ...reply(query, style, dnsCode.noError), answers, additionals: along }
  return deny(zone, query, style, question.name.toLowerCase())
}

/** A response without records; the OPT record of the query is answered by the caller. */
export const reply = (query: DnsMessage, style: AnswerStyle, code: number): DnsMessage => ({
  ...query,
  response: true,
  authoritative: style.authoritative,
  truncated: false,
  recursionAvailable: style.recursionAvailable,
  code,
  answers: [],
  authorities: [],
  additionals: [],
})

const recordsOf = (zone: Zone, name: string): readonly ZoneRecord[] | undefined =>
  zone.records.get(name) ?? zone.computed(name) ?? (zone.branches.has(name) ? [] : undefined)

function deny(zone: Zone, query: DnsMessage, style: AnswerStyle, name: string): DnsMessage | undefined {
  const origin = originOf(zone, name)
  if (!origin || (origin.fallthrough && !zone.records.has(name))) return undefined
  const code = recordsOf(zone, name) ? dnsCode.noError : dnsCode.nameError
  return { ...reply(query, style, code), authorities: [withOwner(origin.name, origin.soa)] }
}

function additionalOf(zone: Zone, { along }: ZoneRecord): readonly DnsRecord[] {
  if (along === undefined) return []
  return (zone.records.get(along.toLowerCase()) ?? [])
    .filter(({ type }) => type === dnsType.a)
    .map((record) => withOwner(along, record))
}
