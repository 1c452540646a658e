/** `conntrack -L`, with or without `-o extended` (conntrack-tools). */
import { parseIp } from '../../model/address/address.ts'
import type { ConntrackEntry, ConntrackTuple } from '../../model/stack/conntrack.ts'
import { parseProtocol } from '../../model/packet/packet.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'

export function readConntrack(text: string): Reading<ConntrackEntry> {
  const problems = new Problems()
  const value: ConntrackEntry[] = []
  for (const raw of linesOf(text)) {
    const line = raw.trim()
    // Its closing line, the collector's headings, and the per-CPU counters of `conntrack -S`.
    if (line === '' || /^(conntrack v|\*\*\*|cpu=)/.test(line)) continue
    const entry = entryOf(line)
    if (entry) value.push(entry)
    else problems.add(`not an entry: ${excerpt(line)}`)
  }
  return { value, problems: problems.list() }
}

function entryOf(line: string): ConntrackEntry | undefined {
  const words = line.split(/\s+/)
  if (words[0] === 'ipv4' || words[0] === 'ipv6') words.splice(0, 2)
  const protocol = parseProtocol(words[1] ?? '') ?? parseProtocol(words[0] ?? '')
  if (protocol === undefined) return undefined
  const fields: [string, string][] = []
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals > 0) fields.push([word.slice(0, equals), word.slice(equals + 1)])
  }
  const nth = (key: string, index: number): string | undefined =>
    fields.filter(([name]) => name === key)[index]?.[1]
  const tuple = (index: number): ConntrackTuple | undefined => {
    const src = parseIp(nth('src', index) ?? '')
    const dst = parseIp(nth('dst', index) ?? '')
    if (src === undefined || dst === undefined) return undefined
    return {
      src,
      dst,
      sourcePort: port(nth('sport', index) ?? nth('id', index)),
      destinationPort: port(nth('dport', index) ?? nth('id', index)),
    }
  }
  const original = tuple(0)
  const reply = tuple(1)
  if (!original || !reply) return undefined
  const state = words.slice(2).find((word) => /^[A-Z][A-Z_0-9]+$/.test(word)) ?? null
  const mark = Number(nth('mark', 0) ?? 0)
  return {
    protocol,
    state,
    original,
    reply,
    mark: Number.isSafeInteger(mark) && mark >= 0 ? mark : 0,
    assured: line.includes('[ASSURED]'),
    unreplied: line.includes('[UNREPLIED]'),
    line,
  }
}

function port(text: string | undefined): number {
  const value = Number(text ?? 0)
  return Number.isInteger(value) && value >= 0 && value <= 65535 ? value : 0
}
