import { dnsCode, type DnsMessage } from '../../wire/dns/message.ts'
import { hasEdns } from './edns.ts'
import { leastTtl, questionEnd, reissue } from './raw-answer.ts'

/** CoreDNS's `cache 30`: seconds an answer is kept at most; and its default capacity. */
const mostSeconds = 30
const capacity = 9984

interface Kept {
  readonly answer: Uint8Array
  /** Milliseconds. */
  readonly since: number
  readonly until: number
}

export interface AnswerCache {
  /** The kept answer, aged, under the query's id and with the query's spelling of the name. */
  find(query: DnsMessage, octets: Uint8Array): Uint8Array | undefined
  keep(query: DnsMessage, answer: Uint8Array, code: number): void
}

/** @param now milliseconds, from any start, never going back */
export function answerCache(now: () => number): AnswerCache {
  const kept = new Map<string, Kept>()
  return {
    find: (query, octets) => {
      const key = keyOf(query)
      const found = kept.get(key)
      if (!found) return undefined
      const at = now()
      if (at >= found.until) {
        kept.delete(key)
        return undefined
      }
      const answer = reissue(found.answer, query.id, Math.floor((at - found.since) / 1000), mostSeconds)
      const end = questionEnd(octets)
      if (end !== undefined && end === questionEnd(answer)) answer.set(octets.subarray(12, end), 12)
      return answer
    },
    keep: (query, answer, code) => {
      const seconds = Math.min(mostSeconds, leastTtl(answer) ?? 0)
      if (seconds === 0 || (code !== dnsCode.noError && code !== dnsCode.nameError)) return
      const oldest = kept.keys().next()
      if (kept.size >= capacity && !oldest.done) kept.delete(oldest.value)
      const since = now()
      kept.set(keyOf(query), { answer, since, until: since + seconds * 1000 })
    },
  }
}

const keyOf = (query: DnsMessage): string =>
  JSON.stringify([
    ...query.questions.map(({ name, type, class: klass }) => [name.toLowerCase(), type, klass]),
    hasEdns(query),
  ])
