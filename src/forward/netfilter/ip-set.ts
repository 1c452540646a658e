/** -m set: the members of an ipset against a packet (ipset(8), net/netfilter/ipset/). */
import { parseIp, type Ip, type Ip4 } from '../../model/address/address.ts'
import type { IpSet, IpSetEntry } from '../../model/stack/ipset.ts'
import { ICMP, ICMPV6, parseProtocol } from '../../model/packet/packet.ts'
import { parsePrefix, type Prefix } from '../../model/address/prefix.ts'
import type { RuleMatch } from '../../model/stack/ruleset.ts'
import { hasPorts } from '../run/packet-state.ts'
import { PrefixTable } from '../compiled/prefix-table.ts'
import { currentPart } from '../compiled/current.ts'
import type { Run } from '../compiled/fabric.ts'
import { icmpKind } from './icmp-kind.ts'
import {
  answer,
  inverted,
  maybe,
  no,
  notUnderstood,
  yes,
  type Answer,
  type Predicate,
  type Understood,
} from './predicate.ts'

type Side = 'src' | 'dst'
type PartTest = (run: Run, side: Side) => Answer

interface Member {
  readonly rest: readonly PartTest[]
  readonly noMatch: boolean
}

/** A set ready to be asked; null: the type is not understood. */
export type SetTest = (run: Run, sides: readonly Side[]) => Answer

const ipOf = (run: Run, side: Side): Ip => (side === 'src' ? run.packet.src : run.packet.dst)

/** All sets of a stack, by name. A set that rules add to or delete from may hold anything. */
export function compileSets(
  sets: readonly IpSet[] | null,
  changed: ReadonlySet<string>,
): ReadonlyMap<string, SetTest> {
  const tests = new Map<string, SetTest>()
  const lists = new Set((sets ?? []).flatMap(({ name, type }) => (type === 'list:set' ? [name] : [])))
  for (const set of sets ?? []) {
    const sure = changed.has(set.name)
      ? null
      : set.type === 'list:set'
        ? listTest(set, tests, lists)
        : setTest(set)
    tests.set(set.name, sure ?? (() => maybe))
  }
  return tests
}

/**
 * Members of a list are looked up when asked: they may stand behind it in the file. The kernel puts no list into a list
 * (list_set.c), so what holds one is not understood.
 */
function listTest(
  set: IpSet,
  tests: ReadonlyMap<string, SetTest>,
  lists: ReadonlySet<string>,
): SetTest | null {
  const names = set.entries.map((entry) => entry.parts[0] ?? '')
  if (names.some((name) => lists.has(name))) return null
  return (run, sides) => {
    run.budget.left -= names.length
    let result: Answer = no
    for (const name of names) {
      const test = tests.get(name)
      const found = test === undefined ? maybe : currentPart(run.fabric, test)(run, sides)
      if (found === yes) return yes
      if (found === maybe) result = maybe
    }
    return result
  }
}

function setTest(set: IpSet): SetTest | null {
  const kinds = (set.type.split(':')[1] ?? '').split(',')
  const [first = ''] = kinds
  const addressFirst = first === 'ip' || first === 'net'
  const nets = kinds.filter((kind) => kind === 'net').length
  if (nets > 1 && set.entries.some((entry) => entry.noMatch)) return null
  const netmask = /\bnetmask (\d{1,3})\b/.exec(set.line)?.[1]
  // A mask that is laid on what is looked up; one that is no prefix is in no table.
  if (/\bbitmask\b/.test(set.line)) return null
  const markMask = Number(/\bmarkmask (0x[0-9a-f]{1,8}|\d{1,10})\b/.exec(set.line)?.[1] ?? 0xffffffff)
  if (addressFirst) {
    const members: (readonly [Prefix, Member])[] = []
    for (const entry of set.entries) {
      const prefixes = prefixesOf(entry.parts[0] ?? '', netmask)
      const rest = restOf(kinds, entry, 1, markMask)
      if (prefixes === null || rest === null) return null
      for (const prefix of prefixes) members.push([prefix, { rest, noMatch: entry.noMatch }])
    }
    const table = new PrefixTable(members)
    return (run, sides) => {
      const ip = ipOf(run, sides[0] ?? 'src')
      if ((typeof ip === 'number') !== (set.family === 4)) return no
      let result: Answer = no
      for (const member of table.covering(ip)) {
        run.budget.left--
        const value = restMatches(member.rest, run, sides)
        if (value === no) continue
        if (member.noMatch) return value === yes ? result : maybe
        if (value === yes) return yes
        result = maybe
      }
      return result
    }
  }
  const members: (readonly PartTest[])[] = []
  for (const entry of set.entries) {
    const rest = restOf(kinds, entry, 0, markMask)
    if (rest === null) return null
    members.push(rest)
  }
  return (run, sides) => {
    run.budget.left -= members.length
    let result: Answer = no
    for (const parts of members) {
      const value = restMatches(parts, run, [sides[0] ?? 'src', ...sides], 0)
      if (value === yes) return yes
      if (value === maybe) result = maybe
    }
    return result
  }
}

/** `parts[i]` belongs to side i + 1, because the first dimension has been looked up. */
function restMatches(parts: readonly PartTest[], run: Run, sides: readonly Side[], shift = 0): Answer {
  let result: Answer = yes
  for (let i = 0; i < parts.length; i++) {
    const value = parts[i]?.(run, sides[i + 1 + shift] ?? 'src') ?? maybe
    if (value === no) return no
    if (value === maybe) result = maybe
  }
  return result
}

function prefixesOf(text: string, netmask: string | undefined): readonly Prefix[] | null {
  const prefix = parsePrefix(netmask !== undefined && !text.includes('/') ? `${text}/${netmask}` : text)
  if (prefix) return [prefix]
  const [from = '', to = ''] = text.split('-')
  const low = parseIp(from)
  const high = parseIp(to)
  if (typeof low !== 'number' || typeof high !== 'number' || high < low) return null
  const prefixes: Prefix[] = []
  // The largest prefixes that fit, from the first address on: 62 at the most.
  for (let at: number = low; at <= high;) {
    let bits = 0
    while (bits < 32 && at % 2 ** (bits + 1) === 0 && at + 2 ** (bits + 1) - 1 <= high) bits++
    prefixes.push({ address: at as Ip4, length: 32 - bits })
    at += 2 ** bits
  }
  return prefixes
}

function restOf(
  kinds: readonly string[],
  entry: IpSetEntry,
  from: number,
  markMask: number,
): readonly PartTest[] | null {
  const tests: PartTest[] = []
  for (let i = from; i < kinds.length; i++) {
    const part = entry.parts[i]
    const wildcard = kinds[i] === 'iface' && entry.line.endsWith(' wildcard')
    // A member that is not understood may be the packet's; the others are what they are.
    const test =
      part === undefined
        ? null
        : wildcard
          ? stemTest(part)
          : (partTest(kinds[i] ?? '', part, markMask) ?? (() => maybe))
    if (test === null) return null
    tests.push(test)
  }
  return tests
}

const stemTest =
  (stem: string): PartTest =>
  (run, side) =>
    answer((side === 'src' ? run.inLink : run.outLink)?.name.startsWith(stem) === true)

function partTest(kind: string, part: string, markMask: number): PartTest | null {
  switch (kind) {
    case 'ip':
    case 'net': {
      const prefixes = prefixesOf(part, undefined)
      if (prefixes === null) return null
      const table = new PrefixTable(prefixes.map((prefix) => [prefix, true] as const))
      return (run, side) => answer(table.covering(ipOf(run, side)).next().done !== true)
    }
    case 'port': {
      const [protocolText, portText = protocolText] = part.includes(':') ? part.split(':') : ['', part]
      const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(portText ?? '')
      const protocol = protocolText === '' ? null : parseProtocol(protocolText ?? '')
      if (protocol === ICMP || protocol === ICMPV6) {
        const kind = icmpKind(portText ?? '', protocol)
        return kind === null
          ? null
          : ({ packet }) =>
              answer(
                packet.protocol === protocol &&
                  packet.icmpType === kind.type &&
                  packet.icmpCode === kind.code,
              )
      }
      if (!range || protocol === undefined) return null
      const low = Number(range[1])
      const high = range[2] === undefined ? low : Number(range[2])
      return (run, side) => {
        if (protocol !== null && run.packet.protocol !== protocol) return no
        if (!hasPorts(run.packet.protocol)) return protocol === null || low !== 0 ? no : yes
        return answer(
          run.portIn(side === 'src' ? run.packet.sourcePort : run.packet.destinationPort, low, high),
        )
      }
    }
    case 'iface':
      return (run, side) => answer((side === 'src' ? run.inLink : run.outLink)?.name === part)
    case 'mark': {
      const mark = Number(part)
      return (run) => answer((run.packet.mark & markMask) >>> 0 === mark)
    }
    default:
      return null
  }
}

/** -m set --match-set NAME src,dst */
export function setMatch(match: RuleMatch, sets: ReadonlyMap<string, SetTest>, known: boolean): Understood {
  const [option] = match.options
  if (!option || match.options.length !== 1 || option.name !== '--match-set') return notUnderstood('-m set')
  const name = option.values[0] ?? ''
  const sides = (option.values[1] ?? '')
    .split(',')
    .filter((side): side is Side => side === 'src' || side === 'dst')
  const test = sets.get(name)
  if (!test)
    return notUnderstood(known ? `the set ${name} was not read` : 'the sets of the stack were not read')
  const ask: Predicate = (run) => inverted(currentPart(run.fabric, test)(run, sides), option.not)
  return { kind: 'predicate', test: ask, last: true }
}
