/** `ip -json route show table all`, and the same without -json (iproute2, ip/iproute.c: print_route). */
import { formatIp, parseIp, type Family, type Ip } from '../../model/address/address.ts'
import { parsePrefix, type Prefix } from '../../model/address/prefix.ts'
import type { NextHop, Route, RouteType } from '../../model/stack/route.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'
import { isRow, readRows, rowsOf, textOf, textsOf, type Row } from '../record.ts'

const types: ReadonlySet<string> = new Set<RouteType>([
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
])
const isType = (word: string): word is RouteType => types.has(word)

/** One route object as the words of its plain line, in the order of print_route. */
function wordsOf(row: Row): string[] {
  const words: string[] = []
  const pair = (word: string, key: string, hidden?: string): void => {
    const value = textOf(row, key)
    if (value !== undefined && value !== hidden) words.push(word, value)
  }
  const type = textOf(row, 'type')
  if (type !== undefined && type !== 'unicast') words.push(type)
  words.push(textOf(row, 'dst') ?? '')
  pair('from', 'from')
  pair('nhid', 'nhid')
  pair('tos', 'tos')
  words.push(...hopWords(row))
  pair('table', 'table', 'main')
  pair('proto', 'protocol', 'boot')
  pair('scope', 'scope', 'global')
  pair('src', 'prefsrc')
  pair('metric', 'metric')
  words.push(...textsOf(row, 'flags'))
  pair('uid', 'uid')
  const flow = row['flow']
  if (isRow(flow)) {
    const from = textOf(flow, 'from')
    words.push('realm', `${from === undefined ? '' : `${from}/`}${textOf(flow, 'to') ?? ''}`)
  }
  for (const metrics of rowsOf(row, 'metrics'))
    for (const key of Object.keys(metrics)) {
      const value = textOf(metrics, key) ?? ''
      words.push(key === 'congestion' ? 'congctl' : key, inMilliseconds.has(key) ? `${value}ms` : value)
    }
  const expires = textOf(row, 'expires')
  if (expires !== undefined) words.push('expires', `${expires}sec`)
  pair('error', 'error')
  pair('pref', 'pref')
  words.push(...unread(row, members))
  for (const hop of rowsOf(row, 'nexthops')) {
    words.push('nexthop', ...hopWords(hop))
    pair2(words, 'weight', textOf(hop, 'weight'))
    words.push(...textsOf(hop, 'flags'), ...unread(hop, hopMembers))
  }
  return words
}

const inMilliseconds: ReadonlySet<string> = new Set(['rtt', 'rttvar', 'rto_min'])

/** A member that nobody reads may be one that forwarding depends on: it makes the route one that is not understood. */
const unread = (row: Row, known: ReadonlySet<string>): readonly string[] =>
  Object.keys(row).flatMap((key) => (known.has(key) ? [] : [key, textOf(row, key) ?? '']))

const hopMembers: ReadonlySet<string> = new Set([
  'gateway',
  'via',
  'dev',
  'weight',
  'flags',
  'encap',
  ...['id', 'src', 'dst', 'ttl', 'hoplimit', 'tos', 'tc'].map((part) => `encap_${part}`),
])
const members: ReadonlySet<string> = new Set([
  ...hopMembers,
  'type',
  'dst',
  'from',
  'nhid',
  'tos',
  'table',
  'protocol',
  'scope',
  'prefsrc',
  'metric',
  'uid',
  'flow',
  'metrics',
  'expires',
  'error',
  'pref',
  'nexthops',
])

function pair2(words: string[], word: string, value: string | undefined): void {
  if (value !== undefined) words.push(word, value)
}

function hopWords(row: Row): string[] {
  const words: string[] = encapWords(row)
  pair2(words, 'via', textOf(row, 'gateway'))
  const via = row['via']
  if (isRow(via)) words.push('via', textOf(via, 'family') ?? '', textOf(via, 'host') ?? '')
  pair2(words, 'dev', textOf(row, 'dev'))
  return words
}

/** A tunnel that the packets of a route go by, without an interface of its own. In 6.15 it is an object of its own. */
function encapWords(row: Row): string[] {
  const encap = row['encap']
  if (isRow(encap)) {
    const { encap_type: _, ...rest } = encap
    return [
      'encap',
      textOf(encap, 'encap_type') ?? '',
      ...Object.keys(rest).flatMap((key) => [key, textOf(encap, key) ?? '']),
    ]
  }
  const type = textOf(row, 'encap')
  if (type === undefined) return []
  return [
    'encap',
    type,
    ...Object.keys(row).flatMap((key) =>
      key.startsWith('encap_') ? [key.slice('encap_'.length), textOf(row, key) ?? ''] : [],
    ),
  ]
}

/**
 * Before it was an object, iproute2 told of a tunnel in members beside those of the route, two of them under one name
 * (lib: print_encap_ip): the tunnel's get names of their own.
 */
const withoutNamesakes = (json: string): string =>
  json.replace(
    /"encap":"ip6?","id":[^,{}]{1,30},"src":"[^"]{0,50}","dst":"[^"]{0,50}","(?:ttl|hoplimit)":\d{1,3},"(?:tos|tc)":\d{1,3}/g,
    (members) => members.replace(/"(id|src|dst|ttl|hoplimit|tos|tc)":/g, '"encap_$1":'),
  )

const hopFlags: ReadonlySet<string> = new Set([
  'onlink',
  'dead',
  'linkdown',
  'pervasive',
  'offload',
  'trap',
  'notify',
  'unresolved',
  'rt_offload',
  'rt_trap',
  'rt_offload_failed',
])

/** Takes one more word each; nothing that forwarding depends on. */
const passed: ReadonlySet<string> = new Set([
  'nhid',
  'uid',
  'realm',
  'realms',
  'expires',
  'error',
  'mark',
  'advmss',
  'window',
  'rtt',
  'rttvar',
  'rto_min',
  'ssthresh',
  'cwnd',
  'initcwnd',
  'initrwnd',
  'hoplimit',
  'features',
  'quickack',
  'congctl',
  'fastopen_no_cookie',
  'reordering',
])

interface Hop {
  via: Ip | null
  device: string | null
  weight: number
  flags: string[]
}
const newHop = (): Hop => ({ via: null, device: null, weight: 1, flags: [] })

/**
 * Reads the words of one route; a string says why there is none. A word that is not understood makes the whole route so,
 * and is told to `problem` where it cannot be right at all.
 */
function routeOf(
  words: readonly string[],
  preferred: Family | null,
  problem: (what: string) => void,
): Route | string {
  let i = 0
  const next = (): string => words[++i] ?? ''
  let type: RouteType = 'unicast'
  const first = words[0] ?? ''
  if (isType(first)) {
    type = first
    i++
  }
  const destinationWord = words[i++] ?? ''
  let table = 'main'
  let protocol = 'boot'
  let scope = 'global'
  let source: Ip | null = null
  let metric = 0
  let tos = 0
  let mtu: number | null = null
  let preference: string | null = null
  let from: Prefix | null = null
  const hops: Hop[] = []
  let hop = newHop()
  let understood = true
  const one = hop
  const number = (word: string, text: string): number => {
    const value = count(text)
    if (value !== undefined) return value
    understood = false
    problem(`${word} ${excerpt(text)} is no such number`)
    return 0
  }
  for (; i < words.length; i++) {
    const word = words[i] ?? ''
    switch (word) {
      case 'via': {
        let text = next()
        if (text === 'inet' || text === 'inet6') text = next()
        hop.via = parseIp(text) ?? null
        if (hop.via === null) understood = false
        break
      }
      case 'dev':
        hop.device = next()
        break
      case 'weight':
        hop.weight = Math.min(256, Math.max(1, Number(next()) || 1))
        break
      case 'nexthop':
        hop = newHop()
        hops.push(hop)
        break
      case 'table':
        table = next()
        break
      case 'proto':
        protocol = next()
        break
      case 'scope':
        scope = next()
        break
      case 'src':
        source = parseIp(next()) ?? null
        break
      case 'metric':
        metric = number(word, next())
        break
      case 'tos':
      case 'dsfield':
        tos = number(word, next())
        break
      case 'mtu': {
        let text = next()
        if (text === 'lock') text = next()
        mtu = number(word, text)
        break
      }
      case 'pref':
        preference = next()
        break
      case 'from':
        from = parsePrefix(next()) ?? null
        if (from === null) understood = false
        break
      case 'lock':
        break
      default:
        if (hopFlags.has(word)) hop.flags.push(word)
        else if (passed.has(word)) {
          if (next() === 'lock') i++
        } else understood = false
    }
  }
  const plain: readonly NextHop[] =
    hops.length > 0 ? hops : one.device !== null || one.via !== null ? [one] : []
  const family = familyOfRoute(destinationWord, plain, source, preference, preferred)
  const destination =
    destinationWord === 'default'
      ? parsePrefix(family === 6 ? '::/0' : '0.0.0.0/0')
      : parsePrefix(shortened(destinationWord))
  if (!destination) return `a destination that is not a prefix: ${excerpt(destinationWord)}`
  return {
    family,
    type: understood ? type : 'not-understood',
    destination,
    table,
    protocol,
    scope,
    source,
    metric,
    tos,
    mtu,
    preference,
    from,
    nextHops: plain,
    line: words.join(' '),
  }
}

/** What a netlink attribute of 32 bits can hold; TOS is printed in hex. */
function count(text: string): number | undefined {
  if (!/^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined
  const value = Number(text)
  return value <= 0xffffffff ? value : undefined
}

/** Old iproute2 prints `10/8` for `10.0.0.0/8`. */
function shortened(word: string): string {
  const match = /^(\d{1,3}(?:\.\d{1,3}){0,2})\/(\d{1,2})$/.exec(word)
  if (!match) return word
  const octets = (match[1] ?? '').split('.')
  while (octets.length < 4) octets.push('0')
  return `${octets.join('.')}/${match[2] ?? ''}`
}

/** `ip route show table all` prints both families; `default` alone does not say which one it is of. */
function familyOfRoute(
  destination: string,
  hops: readonly NextHop[],
  source: Ip | null,
  preference: string | null,
  preferred: Family | null,
): Family {
  if (destination !== 'default') return destination.includes(':') ? 6 : 4
  if (preference !== null) return 6
  if (preferred !== null) return preferred
  if (source !== null) return formatIp(source).includes(':') ? 6 : 4
  const via = hops[0]?.via ?? null
  return via !== null && typeof via === 'bigint' ? 6 : 4
}

/** `family`: of the file, where it is known; it settles what `default` means. */
export const readRoutesJson = (json: string, family: Family | null): Reading<Route> =>
  readRows(withoutNamesakes(json), (row, problem) => routeOf(wordsOf(row), family, problem))

/** Plain text: a line each, `nexthop` lines indented beneath. */
export function readRoutesText(text: string, family: Family | null): Reading<Route> {
  const problems = new Problems()
  const value: Route[] = []
  let pending: string[] = []
  let begun = 0
  const flush = (): void => {
    if (pending.length === 0) return
    const at = `line ${begun}: `
    const route = routeOf(pending, family, (what) => problems.add(at + what))
    if (typeof route === 'string') problems.add(at + route)
    else value.push(route)
    pending = []
  }
  for (const [index, line] of linesOf(text).entries()) {
    const trimmed = line.trim()
    if (trimmed === '') continue
    const words = trimmed.split(/\s+/)
    // The lines beneath a route: its other next hops, or the next-hop object that it uses, which -details prints.
    if (/^\s/.test(line) && words[0] === 'nh_info') continue
    if (/^\s/.test(line) && words[0] === 'nexthop') for (const word of words) pending.push(word)
    else {
      flush()
      pending = words
      begun = index + 1
    }
  }
  flush()
  return { value, problems: problems.list() }
}
