/**
 * `nft list ruleset` without -j. Tables, chains and sets are read whole; of rules what Kubernetes' software writes most. A rule
 * with anything else in it is one that is not understood, and unknown where it is asked.
 */
import type { NftChain, NftRule, NftSet, NftTable, NftValue } from '../../model/stack/nft.ts'
import { clean, excerpt, Problems, type Reading } from '../reading.ts'

interface Open {
  readonly family: string
  readonly name: string
  readonly handle: number
  readonly chains: (NftChain & { readonly rules: NftRule[] })[]
  readonly sets: NftSet[]
}

const priorities: Readonly<Record<string, number>> = {
  raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100,
} // prettier-ignore

export function readNftText(text: string): Reading<NftTable> {
  const problems = new Problems()
  const tables: Open[] = []
  let table: Open | null = null
  let chain: Open['chains'][number] | null = null
  let depth = 0
  let skipped: string | null = null
  for (const [index, raw] of clean(text).split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    if (skipped !== null) {
      // A set's elements go over many lines; those of braces end it.
      depth += count(line, '{') - count(line, '}')
      if (depth <= 0) skipped = null
      continue
    }
    const head = /^table (ip|ip6|inet|arp|bridge|netdev) (\S+) \{/.exec(line)
    if (head && table === null) {
      table = { family: head[1] ?? '', name: head[2] ?? '', handle: 0, chains: [], sets: [] }
      tables.push(table)
      continue
    }
    const begun = /^chain (\S+) \{/.exec(line)
    if (begun && table !== null && chain === null) {
      chain = { name: begun[1] ?? '', base: null, rules: [] }
      table.chains.push(chain)
      continue
    }
    const named = /^(set|map) (\S+) \{/.exec(line)
    if (named && table !== null && chain === null) {
      // Its members are not read: who asks it does not know.
      skipped = named[2] ?? ''
      depth = count(line, '{') - count(line, '}')
      continue
    }
    if (line === '}') {
      if (chain !== null) chain = null
      else if (table !== null) table = null
      else problems.add(`line ${index + 1}: nothing ends here`)
      continue
    }
    if (chain === null || table === null) {
      if (line.endsWith('{')) {
        skipped = line
        depth = count(line, '{') - count(line, '}')
      } else problems.add(`line ${index + 1}: not understood: ${excerpt(line)}`)
      continue
    }
    const base =
      /^type (\w+) hook (\w+)(?: device \S+)? priority (\w+|-?\d+)(?: ([+-]) (\d+))?;(?: policy (\w+);)?$/.exec(
        line,
      )
    if (base) {
      const [, type = '', hook = '', name = '', sign, by] = base
      const own = priorities[name] ?? Number(name)
      const prio = own + (sign === undefined ? 0 : (sign === '-' ? -1 : 1) * Number(by))
      if (!Number.isSafeInteger(prio))
        problems.add(`line ${index + 1}: a priority that is not known: ${excerpt(line)}`)
      const opened: Open['chains'][number] = {
        ...chain,
        base: { type, hook, priority: prio, policy: base[6] ?? 'accept' },
      }
      table.chains[table.chains.length - 1] = opened
      chain = opened
    } else chain.rules.push(ruleOf(line))
  }
  if (table !== null) problems.add(`the table ${excerpt(table.name)} does not end: the text was cut`)
  return { value: tables, problems: problems.list() }
}

const count = (line: string, mark: string): number => line.split(mark).length - 1

function ruleOf(text: string): NftRule {
  const counter = /counter packets (\d{1,15}) bytes (\d{1,15}) ?/.exec(text)
  const line = text
    .replace(/ ?# handle \d+$/, '')
    .replace(/counter packets \d+ bytes \d+ ?|counter /, '')
    .trim()
  const comment = / ?comment "[^"]{0,300}"$/
  const expressions = expressionsOf(line.replace(comment, '').trim())
  return {
    handle: 0,
    expressions: expressions ?? [{ 'not understood': line }],
    counter: counter ? { packets: Number(counter[1]), octets: Number(counter[2]) } : null,
    line,
  }
}

/** Null: there is something in it that is not known. */
function expressionsOf(line: string): readonly NftValue[] | null {
  const found: NftValue[] = []
  let rest = line
  while (rest !== '') {
    const step = statement(rest)
    if (step === null) return null
    found.push(step[0])
    rest = step[1].trimStart()
  }
  return found
}

type Step = readonly [NftValue, string]

const verdicts: ReadonlySet<string> = new Set(['accept', 'drop', 'return', 'continue', 'notrack'])

function statement(text: string): Step | null {
  const word = /^\S+/.exec(text)?.[0] ?? ''
  const rest = text.slice(word.length)
  if (verdicts.has(word)) return [{ [word]: null }, rest]
  const jump = /^(jump|goto) (\S+)/.exec(text)
  if (jump) return [{ [jump[1] ?? '']: { target: jump[2] ?? '' } }, text.slice(jump[0].length)]
  const masquerade = /^masquerade(?: (fully-random|random|persistent))?(?=\s|$)/.exec(text)
  if (masquerade) {
    const flags = masquerade[1] === undefined ? null : { flags: masquerade[1] }
    return [{ masquerade: flags }, text.slice(masquerade[0].length)]
  }
  const nat =
    /^(snat|dnat)(?: ip)? to ([0-9.]{7,15})(?::(\d{1,5}))?(?: (fully-random|random|persistent))?(?=\s|$)/.exec(
      text,
    )
  if (nat) {
    const [all, name = '', addr = '', port, flag] = nat
    return [
      {
        [name]: {
          addr,
          ...(port === undefined ? {} : { port: Number(port) }),
          ...(flag === undefined ? {} : { flags: flag }),
        },
      },
      text.slice(all.length),
    ]
  }
  const reject = /^reject(?: with (icmp|icmpv6|icmpx)(?: type)? ([\w-]+)| with (tcp reset))?(?=\s|$)/.exec(
    text,
  )
  if (reject) {
    const body = reject[3]
      ? { type: reject[3] }
      : reject[1] === undefined
        ? null
        : { type: reject[1], expr: reject[2] ?? '' }
    return [{ reject: body }, text.slice(reject[0].length)]
  }
  const set =
    /^(meta|ct) mark set (?:(meta|ct) mark (?:(&|\||and|or) )?)?(0x[0-9a-f]{1,8}|\d{1,10})?(?=\s|$)/.exec(
      text,
    )
  if (set) {
    const [all, key = '', from, operator, number] = set
    const source: NftValue | null = from === undefined ? null : { [from]: { key: 'mark' } }
    const sign = operator === 'and' ? '&' : operator === 'or' ? '|' : operator
    const value: NftValue | null =
      source === null
        ? number === undefined ? null : Number(number)
        : sign === undefined
          ? number === undefined ? source : null
          : number === undefined ? null : { [sign]: [source, Number(number)] } // prettier-ignore
    return value === null
      ? null
      : [{ mangle: { key: { [key]: { key: 'mark' } }, value } }, text.slice(all.length)]
  }
  return match(text)
}

/** What is asked, in the words of libnftables-json(5). */
const operands: readonly (readonly [RegExp, (found: RegExpExecArray) => NftValue])[] = [
  [/^(iifname|oifname|iif|oif)(?=\s)/, (found) => ({ meta: { key: found[1] ?? '' } })],
  [
    /^meta (l4proto|nfproto|mark|skuid|skgid|iifname|oifname)(?=\s)/,
    (found) => ({ meta: { key: found[1] ?? '' } }),
  ],
  [
    /^(ip|ip6) (saddr|daddr|protocol|nexthdr)(?=\s)/,
    (found) => ({ payload: { protocol: found[1] ?? '', field: found[2] ?? '' } }),
  ],
  [
    /^(tcp|udp|th|sctp) (dport|sport)(?=\s)/,
    (found) => ({ payload: { protocol: found[1] ?? '', field: found[2] ?? '' } }),
  ],
  [
    /^(icmp|icmpv6) (type)(?=\s)/,
    (found) => ({ payload: { protocol: found[1] ?? '', field: found[2] ?? '' } }),
  ],
  [/^ct (state|mark|status|direction)(?=\s)/, (found) => ({ ct: { key: found[1] ?? '' } })],
  [/^fib (daddr|saddr) type(?=\s)/, (found) => ({ fib: { result: 'type', flags: [found[1] ?? ''] } })],
]

function match(text: string): Step | null {
  for (const [pattern, operand] of operands) {
    const found = pattern.exec(text)
    if (!found) continue
    let rest = text.slice(found[0].length).trimStart()
    let left = operand(found)
    const mask = /^(?:&|and) (0x[0-9a-f]{1,8}|\d{1,10}) /.exec(rest)
    if (mask) {
      left = { '&': [left, Number(mask[1])] }
      rest = rest.slice(mask[0].length)
    }
    const sign = /^(==|!=) /.exec(rest)
    if (sign) rest = rest.slice(sign[0].length)
    const value = valueOf(rest)
    if (value === null) return null
    const [right, after] = value
    const flags = found[0].startsWith('ct state') || found[0].startsWith('ct status')
    const op = sign?.[1] ?? (flags ? 'in' : '==')
    return [{ match: { op, left, right } }, after]
  }
  return null
}

function valueOf(text: string): Step | null {
  const braces = /^(?:\{ ?)([^{}"]{1,4000}?)(?: ?\})/.exec(text)
  if (braces) {
    const items = (braces[1] ?? '').split(/, ?/).map((item) => atom(item.trim()))
    return items.some((item) => item === null) ? null : [{ set: items }, text.slice(braces[0].length)]
  }
  const word = /^("[^"\s]{1,64}"|[^\s{}@"]{1,200})(?=\s|$)/.exec(text)?.[0]
  if (word === undefined) return null
  if (!word.startsWith('"') && /^[a-z]+(,[a-z]+)+$/.test(word))
    return [word.split(','), text.slice(word.length)]
  const value = atom(word)
  return value === null ? null : [value, text.slice(word.length)]
}

function atom(word: string): NftValue | null {
  if (/^"[^"]*"$/.test(word)) return word.slice(1, -1)
  if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/.test(word)) return Number(word)
  const prefix = /^([0-9a-f.:]{2,45})\/(\d{1,3})$/.exec(word)
  if (prefix) return { prefix: { addr: prefix[1] ?? '', len: Number(prefix[2]) } }
  const range = /^([0-9a-f.:]{1,45})-([0-9a-f.:]{1,45})$/.exec(word)
  if (range) return { range: [numberOrText(range[1] ?? ''), numberOrText(range[2] ?? '')] }
  return /^[\w.:*-]{1,64}$/.test(word) ? word : null
}

const numberOrText = (text: string): NftValue => (/^\d{1,5}$/.test(text) ? Number(text) : text)
