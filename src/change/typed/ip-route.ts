/** `ip route add|del|replace|flush …` (ip-route(8); what is not told, as iproute2's ip/iproute.c: iproute_modify fills it in). */
import { formatIp, parseIp, type Family, type Ip } from '../../model/address/address.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { contains, formatPrefix, networkOf, parsePrefix, type Prefix } from '../../model/address/prefix.ts'
import type { Route } from '../../model/stack/route.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { readRoutesText } from '../../linux/ip/route.ts'
import { badCommand, badOption, badValue, lacking, notRead, notThere, thereAlready } from '../change-error.ts'
import type { Verb } from './ip-verb.ts'
import { valueOf } from './words.ts'

const types = ['unicast', 'local', 'broadcast', 'blackhole', 'unreachable', 'prohibit', 'throw'] as const
type Type = (typeof types)[number]

interface Typed {
  readonly type: Type | null
  readonly destination: Prefix
  readonly table: string | null
  readonly via: Ip | null
  readonly device: string | null
  readonly metric: number | null
  readonly scope: string | null
  readonly source: Ip | null
  readonly protocol: string | null
  readonly mtu: number | null
  readonly tos: number | null
  readonly onlink: boolean
}

export function routeEdits(
  stack: NetworkStack,
  family: Family,
  verb: Verb,
  words: readonly string[],
): readonly Edit[] {
  if (verb === 'flush') return flushEdits(stack, family, words)
  const typed = readTyped(words, family)
  const six = typeof typed.destination.address === 'bigint'
  const list = six ? stack.routes6 : stack.routes
  if (list === null) throw notRead('ip -6 route', stack.id)
  const edit = (before: Route | null, after: Route | null): Edit => ({
    stack: stack.id,
    kind: 'route',
    before,
    after,
  })
  if (verb === 'delete') {
    const before = list.find((route) => isMeant(route, typed))
    if (before === undefined) throw notThere(words.join(' '), stack.id)
    return [edit(before, null)]
  }
  if (verb === 'set') throw badCommand(`ip route ${verb}`)
  const after = routeOf(stack, typed, words)
  // One route for each destination, TOS and metric of a table (fib_table_insert).
  const same = list.find(
    (route) =>
      route.table === after.table &&
      isSame(route.destination, after.destination) &&
      route.metric === after.metric &&
      route.tos === after.tos,
  )
  switch (verb) {
    case 'add':
      if (same !== undefined) throw thereAlready(same.line, stack.id)
      return [edit(null, after)]
    case 'change':
      if (same === undefined) throw notThere(words.join(' '), stack.id)
      return [edit(same, after)]
    case 'replace':
      return [edit(same ?? null, after)]
    case 'append':
    case 'prepend':
      if (same !== undefined) throw badCommand(`ip route ${verb}`)
      return [edit(null, after)]
  }
}

const isSame = (one: Prefix, other: Prefix): boolean =>
  one.length === other.length && networkOf(one) === networkOf(other)

function readTyped(words: readonly string[], family: Family): Typed {
  let i = 0
  let type: Type | null = null
  let destination: Prefix | null = null
  const value = new Map<string, string>()
  let onlink = false
  for (; i < words.length; i++) {
    const word = words[i] ?? ''
    const named = types.find((one) => one === word)
    if (named !== undefined && destination === null) type = named
    else if (word === 'onlink') onlink = true
    else if (
      [
        'via',
        'dev',
        'table',
        'metric',
        'preference',
        'priority',
        'scope',
        'src',
        'proto',
        'protocol',
        'mtu',
        'tos',
        'dsfield',
      ].includes(word)
    ) {
      const next = valueOf(word, words[++i])
      if (word === 'via' && (next === 'inet' || next === 'inet6')) throw badOption(`via ${next}`)
      if (word === 'mtu' && next === 'lock') throw badOption('mtu lock')
      value.set(shortNames[word] ?? word, next)
    } else if (destination === null)
      destination = destinationOf(word === 'to' ? (words[++i] ?? '') : word, family)
    else throw badOption(word)
  }
  if (destination === null) throw lacking('ip route … PREFIX')
  const number = (name: string): number | null => {
    const text = value.get(name)
    if (text === undefined) return null
    if (!/^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) || Number(text) > 0xffffffff) throw badValue(name, text)
    return Number(text)
  }
  const address = (name: string): Ip | null => {
    const text = value.get(name)
    if (text === undefined) return null
    const parsed = parseIp(text)
    if (parsed === undefined || typeof parsed !== typeof destination.address) throw badValue(name, text)
    return parsed
  }
  return {
    type,
    destination,
    table: tableName(value.get('table')),
    via: address('via'),
    device: value.get('dev') ?? null,
    metric: number('metric'),
    scope: scopeName(value.get('scope')),
    source: address('src'),
    protocol: value.get('proto') ?? null,
    mtu: number('mtu'),
    tos: number('tos'),
    onlink,
  }
}

const shortNames: Readonly<Record<string, string>> = {
  preference: 'metric',
  priority: 'metric',
  protocol: 'proto',
  dsfield: 'tos',
}

/** rt_tables(5) as it is installed; null: none was named. */
export function tableName(text: string | undefined): string | null {
  if (text === undefined) return null
  if (text === '254') return 'main'
  if (text === '255') return 'local'
  if (text === '253') return 'default'
  if (!/^(main|local|default|\d{1,10})$/.test(text)) throw badValue('table', text)
  return text
}

function scopeName(text: string | undefined): string | null {
  if (text === undefined) return null
  const names: Readonly<Record<string, string>> = { '0': 'global', '253': 'link', '254': 'host' }
  const name = names[text] ?? text
  if (!['global', 'link', 'host', 'site'].includes(name)) throw badValue('scope', text)
  return name
}

function destinationOf(word: string, family: Family): Prefix {
  if (word === 'default' || word === 'all' || word === 'any') {
    const all = parsePrefix(family === 6 ? '::/0' : '0.0.0.0/0')
    if (all !== undefined) return all
  }
  const parsed = parsePrefix(word)
  if (parsed === undefined) throw badValue('ip route', word)
  // The kernel takes no bits behind the prefix (fib_table_insert: EINVAL).
  if (networkOf(parsed) !== parsed.address) throw badValue('ip route', word)
  return parsed
}

/** Of a route to be removed only what was said of it has to agree (fib_table_delete). */
function isMeant(route: Route, typed: Typed): boolean {
  const [hop] = route.nextHops
  return (
    isSame(route.destination, typed.destination) &&
    route.table === (typed.table ?? 'main') &&
    (typed.type === null || route.type === typed.type) &&
    (typed.via === null || hop?.via === typed.via) &&
    (typed.device === null || hop?.device === typed.device) &&
    (typed.metric === null || route.metric === typed.metric) &&
    (typed.tos === null || route.tos === typed.tos) &&
    (typed.scope === null || route.scope === typed.scope) &&
    (typed.source === null || route.source === typed.source)
  )
}

function routeOf(stack: NetworkStack, typed: Typed, words: readonly string[]): Route {
  const type = typed.type ?? 'unicast'
  const forwards = type === 'unicast' || type === 'local' || type === 'broadcast'
  if (!forwards && (typed.via !== null || typed.device !== null))
    throw badOption(typed.via !== null ? 'via' : 'dev')
  const device = forwards ? deviceOf(stack, typed) : null
  const family: Family = typeof typed.destination.address === 'bigint' ? 6 : 4
  const scope =
    typed.scope ??
    (type === 'local'
      ? 'host'
      : type === 'broadcast' || (type === 'unicast' && typed.via === null && family === 4)
        ? 'link'
        : 'global')
  const text = [
    ...(type === 'unicast' ? [] : [type]),
    typed.destination.length === 0 ? 'default' : hostText(typed.destination),
    ...(typed.tos === null || typed.tos === 0 ? [] : ['tos', `0x${typed.tos.toString(16)}`]),
    ...(typed.via === null ? [] : ['via', formatIp(typed.via)]),
    ...(device === null ? [] : ['dev', device]),
    ...((typed.table ?? defaultTable(type)) === 'main' ? [] : ['table', typed.table ?? defaultTable(type)]),
    ...(typed.protocol === null ? [] : ['proto', typed.protocol]),
    ...(scope === 'global' ? [] : ['scope', scope]),
    ...(typed.source === null ? [] : ['src', formatIp(typed.source)]),
    ...(typed.metric === null ? (family === 6 ? ['metric', '1024'] : []) : ['metric', String(typed.metric)]),
    ...(typed.onlink ? ['onlink'] : []),
    ...(typed.mtu === null ? [] : ['mtu', String(typed.mtu)]),
  ].join(' ')
  const { value, problems } = readRoutesText(text, family)
  const [route] = value
  if (route === undefined || problems.length > 0 || route.type === 'not-understood')
    throw badValue('ip route', words.join(' '))
  return route
}

const defaultTable = (type: Type): string => (type === 'local' || type === 'broadcast' ? 'local' : 'main')

const hostText = (prefix: Prefix): string =>
  prefix.length === (typeof prefix.address === 'bigint' ? 128 : 32)
    ? formatIp(prefix.address)
    : formatPrefix(prefix)

/** The interface that a gateway is on, where none was named: by the most specific route that has it on the link (fib_check_nh). */
function deviceOf(stack: NetworkStack, { device, via, onlink }: Typed): string {
  if (device !== null) {
    if (!stack.links.some(({ name }) => name === device)) throw notThere(`dev ${device}`, stack.id)
    if (via === null || onlink) return device
  }
  if (via === null) throw lacking('via ADDRESS, dev INTERFACE')
  const routes = (typeof via === 'bigint' ? stack.routes6 : stack.routes) ?? []
  const onLink = routes
    .filter(
      (route) =>
        route.type === 'unicast' &&
        route.nextHops[0]?.via === null &&
        (device === null || route.nextHops[0].device === device) &&
        contains(route.destination, via),
    )
    .toSorted((a, b) => b.destination.length - a.destination.length)
  const found = device ?? onLink[0]?.nextHops[0]?.device ?? null
  if (onLink.length === 0 || found === null) throw badValue('via', formatIp(via))
  return found
}

function flushEdits(stack: NetworkStack, family: Family, words: readonly string[]): readonly Edit[] {
  if (words.length === 1 && words[0] === 'cache') return []
  const value = new Map<string, string>()
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i] ?? ''
    if (!['table', 'dev'].includes(word)) throw badOption(word)
    value.set(word, valueOf(word, words[i + 1]))
  }
  if (value.size === 0) throw lacking('table TABLE, dev INTERFACE')
  const table = value.get('table') === 'all' ? null : (tableName(value.get('table')) ?? 'main')
  const device = value.get('dev')
  const list = (family === 6 ? stack.routes6 : stack.routes) ?? []
  return list
    .filter(
      (route) =>
        (table === null ? route.table !== 'local' : route.table === table) &&
        (device === undefined || route.nextHops.some((hop) => hop.device === device)),
    )
    .map((before): Edit => ({ stack: stack.id, kind: 'route', before, after: null }))
}
