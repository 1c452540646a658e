/**
 * A rule as nft(8) takes it → what `nft -j list ruleset` says of it (libnftables-json(5)). A part of the language: headers of IP,
 * TCP, UDP and ICMP, interfaces, marks, conntrack's states, verdicts and NAT. Anything else is refused by name, never passed over.
 */
import { parsePrefix } from '../../model/address/prefix.ts'
import { formatIp, parseIp } from '../../model/address/address.ts'
import type { NftRule, NftValue } from '../../model/stack/nft.ts'
import { formatNftRule } from '../../linux/netfilter/nft-line.ts'
import { badOption, badValue, lacking } from '../change-error.ts'

/** Words that are read one after another. */
class Words {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#words.length
  }

  peek(ahead = 0): string {
    return this.#words[this.#at + ahead] ?? ''
  }

  next(): string {
    const word = this.#words[this.#at++]
    if (word === undefined) throw lacking('…')
    return word
  }

  /** The word, if it comes next. */
  take(word: string): boolean {
    if (this.peek() !== word) return false
    this.#at++
    return true
  }
}

/** @param family of the table: what `reject` answers with depends on it */
export function readNftRule(tokens: readonly string[], family: string): NftRule {
  const words = new Words(tokens)
  const expressions: NftValue[] = []
  let comment: string | null = null
  while (!words.isAtEnd) {
    if (words.take('comment')) comment = words.next().replaceAll('"', '')
    else expressions.push(expressionOf(words, family))
  }
  if (expressions.length === 0) throw lacking('nft … rule EXPRESSION')
  const line = formatNftRule(expressions)
  return {
    handle: 0,
    expressions,
    counter: null,
    line: comment === null ? line : `${line} comment "${comment}"`,
  }
}

const fields: Readonly<Record<string, readonly string[]>> = {
  ip: ['saddr', 'daddr', 'protocol', 'ttl', 'length'],
  ip6: ['saddr', 'daddr', 'nexthdr', 'hoplimit'],
  tcp: ['sport', 'dport'],
  udp: ['sport', 'dport'],
  th: ['sport', 'dport'],
  icmp: ['type', 'code'],
  icmpv6: ['type', 'code'],
}

const bareMeta = new Set(['iif', 'oif', 'iifname', 'oifname', 'skuid'])
const metaKeys = new Set([...bareMeta, 'mark', 'l4proto', 'nfproto', 'protocol', 'length'])

function expressionOf(words: Words, family: string): NftValue {
  const word = words.next()
  if (Object.hasOwn(fields, word)) {
    const field = words.next()
    if (fields[word]?.includes(field) !== true) throw badOption(`${word} ${field}`)
    return matchOf(words, { payload: { protocol: word, field } })
  }
  if (bareMeta.has(word)) return matchOf(words, { meta: { key: word } })
  switch (word) {
    case 'meta':
    case 'mark': {
      const key = word === 'mark' ? 'mark' : words.next()
      if (!metaKeys.has(key)) throw badOption(`meta ${key}`)
      return setOrMatch(words, { meta: { key } })
    }
    case 'ct': {
      const key = words.next()
      if (!['state', 'mark', 'status'].includes(key)) throw badOption(`ct ${key}`)
      if (key === 'mark') return setOrMatch(words, { ct: { key } })
      return flagsOf(words, { ct: { key } })
    }
    case 'fib': {
      const flag = words.next()
      const result = words.next()
      if (!['daddr', 'saddr'].includes(flag) || result !== 'type') throw badOption(`fib ${flag} ${result}`)
      return matchOf(words, { fib: { result, flags: [flag] } })
    }
    case 'counter':
      if (words.take('packets')) {
        words.next()
        if (words.take('bytes')) words.next()
      }
      return { counter: { packets: 0, bytes: 0 } }
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'notrack':
      return { [word]: null }
    case 'jump':
    case 'goto':
      return { [word]: { target: words.next() } }
    case 'reject':
      return rejectOf(words, family)
    case 'masquerade':
      return natOf(words, word)
    case 'snat':
    case 'dnat':
    case 'redirect':
      return natOf(words, word)
    case 'log': {
      if (!words.take('prefix')) return { log: null }
      return { log: { prefix: words.next().replaceAll('"', '') } }
    }
    default:
      throw badOption(word)
  }
}

function setOrMatch(words: Words, key: NftValue): NftValue {
  return words.take('set') ? { mangle: { key, value: valueOf(words.next()) } } : matchOf(words, key)
}

const operators: Readonly<Record<string, string>> = {
  '==': '==', eq: '==', '!=': '!=', ne: '!=', '<': '<', lt: '<', '>': '>', gt: '>', '<=': '<=', le: '<=', '>=': '>=', ge: '>=',
} // prettier-ignore

function operatorOf(words: Words): string {
  const sign = words.peek()
  const op = Object.hasOwn(operators, sign) ? operators[sign] : undefined
  if (op === undefined) return '=='
  words.next()
  return op
}

function matchOf(words: Words, left: NftValue): NftValue {
  if (words.take('and') || words.take('&')) {
    const mask = valueOf(words.next())
    const op = operatorOf(words)
    return { match: { op, left: { '&': [left, mask] }, right: valueOf(words.next()) } }
  }
  const op = operatorOf(words)
  return { match: { op, left, right: rightOf(words) } }
}

/** Flags: a list of them means any. */
function flagsOf(words: Words, left: NftValue): NftValue {
  const op = operatorOf(words)
  const listed = words.take('{')
  const names: string[] = [words.next()]
  while (words.take(',')) names.push(words.next())
  if (listed && !words.take('}')) throw lacking('}')
  const stray = names.find((name) => !/^[a-z-]{1,20}$/.test(name))
  if (stray !== undefined) throw badValue('ct', stray)
  const [only = ''] = names
  if (listed) return { match: { op, left, right: { set: names } } }
  return { match: { op: op === '==' ? 'in' : op, left, right: names.length === 1 ? only : names } }
}

function rightOf(words: Words): NftValue {
  if (!words.take('{')) return valueOf(words.next())
  const members: NftValue[] = []
  do {
    if (words.peek() === '}') break
    members.push(valueOf(words.next()))
  } while (words.take(','))
  if (!words.take('}')) throw lacking('}')
  return { set: members }
}

function valueOf(word: string): NftValue {
  if (word.startsWith('"')) return word.slice(1, -1)
  if (/^0x[0-9a-fA-F]{1,8}$/.test(word) || /^\d{1,10}$/.test(word)) return Number(word)
  const range = /^([^-]+)-([^-]+)$/.exec(word)
  if (range && (parseIp(range[1] ?? '') !== undefined || /^\d+$/.test(range[1] ?? '')))
    return { range: [valueOf(range[1] ?? ''), valueOf(range[2] ?? '')] }
  if (word.includes('/')) {
    const prefix = parsePrefix(word)
    if (prefix === undefined) throw badValue('nft', word)
    return { prefix: { addr: formatIp(prefix.address), len: prefix.length } }
  }
  if (!/^[\w.:*-]{1,45}$/.test(word)) throw badValue('nft', word)
  return word
}

function rejectOf(words: Words, family: string): NftValue {
  if (!words.take('with'))
    return {
      reject: {
        type: family === 'inet' || family === 'bridge' ? 'icmpx' : family === 'ip6' ? 'icmpv6' : 'icmp',
        expr: 'port-unreachable',
      },
    }
  const type = words.next()
  if (type === 'tcp') {
    if (!words.take('reset')) throw badOption(`with ${type}`)
    return { reject: { type: 'tcp reset' } }
  }
  if (!['icmp', 'icmpv6', 'icmpx'].includes(type)) throw badOption(`with ${type}`)
  words.take('type')
  return { reject: { type, expr: words.next() } }
}

function natOf(words: Words, kind: string): NftValue {
  if (words.peek() === 'ip' || words.peek() === 'ip6') words.next()
  const body: Record<string, NftValue> = {}
  if (words.take('to')) {
    const [, address = '', port] = /^([^:]*)(?::(\d{1,5}))?$/.exec(words.next()) ?? []
    if (address !== '') {
      if (parseIp(address) === undefined) throw badValue(kind, address)
      body['addr'] = address
    }
    if (port !== undefined) body['port'] = Number(port)
    if (Object.keys(body).length === 0) throw badValue(kind, 'to')
  } else if (kind === 'snat' || kind === 'dnat') throw lacking(`${kind} to ADDRESS`)
  const flags = ['random', 'fully-random', 'persistent'].filter((flag) => words.take(flag))
  if (flags.length > 0) body['flags'] = flags.length === 1 ? (flags[0] ?? '') : flags
  return { [kind]: Object.keys(body).length === 0 ? null : body }
}
