import { dnsCode, dnsType, readDns, writeDns, type DnsMessage } from '../../wire/dns/message.ts'
import { isProblem } from '../../wire/decoded.ts'
import { answerCache } from './answer-cache.ts'
import { answerFrom, reply } from './answer.ts'
import type { DnsHandler } from './dns-server.ts'
import { encodeAnswer, udpLimit } from './edns.ts'
import { reissue, truncated } from './raw-answer.ts'
import { formatError } from './resolver.ts'
import type { Zone } from './zone.ts'

/** Questions under way to the resolver at one time; more are refused, as CoreDNS's max_concurrent 1000 does. */
const mostForwarded = 1000

/** What has been counted since the start. */
export interface DnsCounts {
  requests: number
  forwarded: number
  cacheHits: number
  /** By response code. */
  readonly responses: Map<number, number>
}

export interface ClusterDns {
  readonly handle: DnsHandler
  readonly counts: Readonly<DnsCounts>
}

export interface ClusterDnsOptions {
  /** The zone at the moment; undefined until one was read. */
  readonly zone: () => Zone | undefined
  /** Octets to the resolver, octets back; rejects when it does not answer. */
  readonly forward: (query: Uint8Array) => Promise<Uint8Array>
  /** Milliseconds, never going back. */
  readonly now: () => number
}

const style = { authoritative: true, recursionAvailable: true } as const

/** CoreDNS as EKS configures it: `kubernetes`, then `cache 30`, then `forward . /etc/resolv.conf`. */
export function clusterDns({ zone, forward, now }: ClusterDnsOptions): ClusterDns {
  const counts: DnsCounts = { requests: 0, forwarded: 0, cacheHits: 0, responses: new Map() }
  const cache = answerCache(now)
  let underWay = 0

  const resolve = async (octets: Uint8Array, query: DnsMessage, overTcp: boolean): Promise<Uint8Array> => {
    const current = zone()
    if (!current) return encodeAnswer(query, reply(query, style, dnsCode.serverFailure), overTcp)
    const own = answerFrom(current, query, style)
    if (own) return encodeAnswer(query, await withAliasTarget(own, forward), overTcp)
    const kept = cache.find(query, octets)
    if (kept) {
      counts.cacheHits++
      return fit(kept, query, overTcp)
    }
    const fail = (code: number): Uint8Array =>
      encodeAnswer(query, reply(query, { ...style, authoritative: false }, code), overTcp)
    if (underWay >= mostForwarded) return fail(dnsCode.refused)
    underWay++
    counts.forwarded++
    try {
      const answer = await forward(octets)
      cache.keep(query, answer, (answer[3] ?? 0) & 15)
      return fit(reissue(answer, query.id, 0, 30), query, overTcp)
    } catch {
      // The asker is told: that is all a DNS server can do, and CoreDNS does the same.
      return fail(dnsCode.serverFailure)
    } finally {
      underWay--
    }
  }

  return {
    counts,
    handle: async (octets, overTcp) => {
      const query = readDns(new DataView(octets.buffer, octets.byteOffset, octets.byteLength))
      if (isProblem(query)) return formatError(octets)
      if (query.value.response) return new Uint8Array(0)
      counts.requests++
      const answer = await resolve(octets, query.value, overTcp)
      const code = (answer[3] ?? 0) & 15
      counts.responses.set(code, (counts.responses.get(code) ?? 0) + 1)
      return answer
    },
  }
}

/**
 * An ExternalName service points out of the cluster, and stub resolvers do not follow: the target's records go along.
 * Where the target cannot be had, the alias alone is the answer.
 */
async function withAliasTarget(
  answer: DnsMessage,
  forward: ClusterDnsOptions['forward'],
): Promise<DnsMessage> {
  const [question] = answer.questions
  const last = answer.answers.at(-1)
  if (!question || last?.data.kind !== 'cname' || question.type === dnsType.cname) return answer
  const query = writeDns({
    ...answer,
    response: false,
    recursionDesired: true,
    questions: [{ ...question, name: last.data.name }],
    answers: [],
    authorities: [],
    additionals: [],
  })
  try {
    const octets = await forward(query)
    const target = readDns(new DataView(octets.buffer, octets.byteOffset, octets.byteLength))
    if (isProblem(target)) return answer
    const known = target.value.answers.filter(({ data }) => data.kind !== 'other')
    return { ...answer, answers: [...answer.answers, ...known] }
  } catch {
    return answer
  }
}

const fit = (answer: Uint8Array, query: DnsMessage, overTcp: boolean): Uint8Array =>
  !overTcp && answer.length > udpLimit(query) ? truncated(answer) : answer
