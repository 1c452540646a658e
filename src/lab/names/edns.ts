import { dnsType, writeDns, type DnsMessage, type DnsRecord } from '../../wire/dns/message.ts'

/** Octets a UDP answer may have without EDNS, RFC 1035 section 2.3.4. */
const plainLimit = 512
/** What we say we take, and give at most: no fragments on any path. */
const ownLimit = 1232

const optOf = (message: DnsMessage): DnsRecord | undefined =>
  message.additionals.find(({ type }) => type === dnsType.opt)

export const hasEdns = (message: DnsMessage): boolean => optOf(message) !== undefined

/** How long an answer over UDP may be: the OPT record's class is the size the asker takes (RFC 6891 section 6.1.2). */
export function udpLimit(query: DnsMessage): number {
  const opt = optOf(query)
  return opt ? Math.max(plainLimit, Math.min(opt.class, ownLimit)) : plainLimit
}

/** The answer as octets, with an OPT record if the query had one, cut to what the asker takes. */
export function encodeAnswer(query: DnsMessage, answer: DnsMessage, overTcp: boolean): Uint8Array {
  const opt: readonly DnsRecord[] = hasEdns(query)
    ? [
        {
          name: '',
          type: dnsType.opt,
          class: ownLimit,
          ttl: 0,
          data: { kind: 'other', octets: new Uint8Array(0) },
        },
      ]
    : []
  return writeDns(
    { ...answer, additionals: [...answer.additionals.filter(({ type }) => type !== dnsType.opt), ...opt] },
    overTcp ? 65535 : udpLimit(query),
  )
}
