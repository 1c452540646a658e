/** What a line lacked: for who asks why a packet did not go the expected way. Asked only when somebody wants to know. */
import { formatIp, parseIp, type Ip } from '../model/address.ts'
import { lack, type Lack } from '../model/consulted.ts'
import { parseProtocol, protocolName } from '../model/packet.ts'
import { contains, formatPrefix } from '../model/prefix.ts'
import type { Route } from '../model/route.ts'
import type { PolicyRule } from '../model/rule.ts'
import type { RuleMatch, RuleOption } from '../model/ruleset.ts'
import type { CompiledRoute } from './compiled.ts'
import { addressType } from './local-address.ts'
import type { FlowKey } from './lookup.ts'
import { understand, type StackSets } from './netfilter/match.ts'
import { no, rangeIn, tryOut } from './netfilter/predicate.ts'
import { hasPorts } from './packet-state.ts'
import type { PrefixTable } from './prefix-table.ts'
import type { Run } from './run.ts'

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`

/** Why a policy rule was passed over: every selector that did not match. */
export function ruleLacks(rule: PolicyRule, key: FlowKey): readonly Lack[] {
  if (rule.not) return [lack('excluded', {})]
  const lacks: Lack[] = []
  if (rule.to !== null && !contains(rule.to, key.dst))
    lacks.push(lack('destination', { want: formatPrefix(rule.to), got: formatIp(key.dst), not: false }))
  if (rule.from !== null && key.src === null && rule.from.length !== 0)
    lacks.push(lack('no-source', { want: formatPrefix(rule.from) }))
  else if (rule.from !== null && key.src !== null && !contains(rule.from, key.src))
    lacks.push(lack('source', { want: formatPrefix(rule.from), got: formatIp(key.src), not: false }))
  const wanted = (want: string | number, got: string | number) => ({
    want: String(want),
    got: String(got),
    not: false,
  })
  if (rule.iif !== null && (rule.iifDetached || rule.iif !== key.iif))
    lacks.push(lack('in-interface', wanted(rule.iif, key.iif)))
  if (rule.oif !== null && (rule.oifDetached || rule.oif !== key.oif?.name))
    lacks.push(lack('out-interface', wanted(rule.oif, key.oif?.name ?? '')))
  const { fwmark, tos } = rule
  if (fwmark !== null && ((fwmark.value ^ key.mark) & fwmark.mask) !== 0)
    lacks.push(lack('mark', wanted(`${hex(fwmark.value)}/${hex(fwmark.mask)}`, hex(key.mark))))
  if (tos !== null && tos !== 0 && (tos & 0xfc) !== (key.tos & 0xfc))
    lacks.push(lack('tos', wanted(hex(tos), hex(key.tos))))
  if (rule.ipProtocol !== null && rule.ipProtocol !== key.protocol)
    lacks.push(lack('protocol', wanted(protocolName(rule.ipProtocol), protocolName(key.protocol))))
  const outside = (range: PolicyRule['sourcePort'], port: number): range is { from: number; to: number } =>
    range !== null && port >= 0 && (port < range.from || port > range.to)
  if (outside(rule.sourcePort, key.sourcePort))
    lacks.push(lack('source-port', wanted(rangeText(rule.sourcePort), key.sourcePort)))
  if (outside(rule.destinationPort, key.destinationPort))
    lacks.push(lack('destination-port', wanted(rangeText(rule.destinationPort), key.destinationPort)))
  const { uidRange } = rule
  if (uidRange !== null && key.uid !== null && (key.uid < uidRange.from || key.uid > uidRange.to))
    lacks.push(lack('user', wanted(rangeText(uidRange), key.uid)))
  return lacks.length > 0 ? lacks : [lack('other', { text: 'its selectors' })]
}

const rangeText = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  from === to ? String(from) : `${from}-${to}`

/** More routes than this are not each held against the packet; those that cover the destination always are. */
const mostOthers = 2000

/** Notes every route of a table that was looked into: the one taken, and what the others lacked. */
export function consultRoutes(
  run: Run,
  name: string,
  table: PrefixTable<CompiledRoute>,
  key: FlowKey,
  taken: CompiledRoute | null,
): void {
  const { recorder } = run
  if (!recorder) return
  const chosen = taken?.route ?? null
  const note = (route: Route, lacks: readonly Lack[]): void => {
    recorder.consult('route', name, route.line, route === chosen, route === chosen ? [] : lacks)
  }
  for (const { route } of table.covering(key.dst)) note(route, [routeLack(route, chosen, key)])
  let others = 0
  for (const level of table.levels)
    for (const bucket of level.buckets.values())
      for (const { route } of bucket) {
        if (contains(route.destination, key.dst)) continue
        if (others++ >= mostOthers) return
        note(route, [
          lack('destination', {
            want: formatPrefix(route.destination),
            got: formatIp(key.dst),
            not: false,
          }),
        ])
      }
}

function routeLack(route: Route, chosen: Route | null, key: FlowKey): Lack {
  if (route.tos !== 0 && (route.tos & 0xfc) !== (key.tos & 0xfc))
    return lack('tos', { want: hex(route.tos), got: hex(key.tos), not: false })
  if (chosen === null) return route.type === 'throw' ? lack('throws', {}) : lack('unusable', {})
  if (route.destination.length < chosen.destination.length)
    return lack('shorter-prefix', { length: route.destination.length, chosen: chosen.destination.length })
  if (route.destination.length > chosen.destination.length) return lack('unusable', {})
  if (route.metric > chosen.metric)
    return lack('larger-metric', { metric: route.metric, chosen: chosen.metric })
  return route.metric < chosen.metric ? lack('unusable', {}) : lack('later', {})
}

const matchText = (match: RuleMatch): string =>
  [
    ...(match.module === '' ? [] : ['-m', match.module]),
    ...match.options.flatMap((option) => [...(option.not ? ['!'] : []), option.name, ...option.values]),
  ].join(' ')

/** Every match of an iptables rule that says no. Matches that draw lots are not asked again; `doubt`: what is not understood. */
export function filterLacks(
  run: Run,
  matches: readonly RuleMatch[],
  sets: StackSets,
  doubt: string | null,
): readonly Lack[] {
  const lacks: Lack[] = []
  let otherProtocol = false
  for (const match of matches) {
    // `-m tcp` behind `-p tcp` says no for the same reason; only its ports are another matter.
    if (otherProtocol && portModules.has(match.module)) {
      lacks.push(...portLacks(run, match))
      continue
    }
    const understood = understand(match, sets)
    if (understood.kind !== 'predicate') continue
    const known = run.packet.sourcePort >= 0
    if (understood.last === true && (match.module === 'statistic' || !known)) {
      lacks.push(...portLacks(run, match))
      continue
    }
    if (tryOut(run, understood.test) !== no) continue
    if (match.module === '' && match.options[0]?.name === '-p') otherProtocol = true
    lacks.push(...sayMatch(run, match))
  }
  if (lacks.length > 0) return lacks
  const lot = matches.find((match) => match.module === 'statistic')
  return [lack('other', { text: doubt ?? (lot ? matchText(lot) : 'what is not known') })]
}

const portModules: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite'])

function sayMatch(run: Run, match: RuleMatch): readonly Lack[] {
  if (portModules.has(match.module)) {
    const ports = portLacks(run, match)
    if (ports.length > 0) return ports
  }
  const said = match.options.flatMap((option) => sayOption(run, match, option) ?? [])
  return said.length > 0 ? said : [lack('other', { text: matchText(match) })]
}

/** The options of -m tcp, udp, … that name another port. A port that nobody knows yet is not asked. */
function portLacks(run: Run, match: RuleMatch): readonly Lack[] {
  if (!portModules.has(match.module)) return []
  const { packet } = run
  return match.options.flatMap((option) => {
    const side = /^--(?:s|source-)port$/.test(option.name)
      ? 'source-port'
      : /^--(?:d|destination-)port$/.test(option.name)
        ? 'destination-port'
        : null
    const range = rangeIn(option.values[0], 65535)
    if (side === null || range === undefined) return []
    const port = side === 'source-port' ? packet.sourcePort : packet.destinationPort
    if (port < 0 && hasPorts(packet.protocol)) return []
    const within = hasPorts(packet.protocol) && port >= range[0] && port <= range[1]
    if (within !== option.not) return []
    const got = hasPorts(packet.protocol) ? String(port) : ''
    return [lack(side, { want: option.values[0] ?? '', got, not: option.not })]
  })
}

/** What the packet has, beside what one option asks for. Undefined: the option's own text says it best. */
function sayOption(run: Run, match: RuleMatch, option: RuleOption): Lack | undefined {
  const { packet, stack } = run
  const want = option.values.join(' ')
  const wanted = (got: string) => ({ want, got, not: option.not })
  switch (`${match.module} ${option.name}`) {
    case ' -s':
      return lack('source', wanted(formatIp(packet.src)))
    case ' -d':
      return lack('destination', wanted(formatIp(packet.dst)))
    case ' -i':
      return lack('in-interface', wanted(run.inLink?.name ?? ''))
    case ' -o':
      return lack('out-interface', wanted(run.outLink?.name ?? ''))
    case ' -p':
      return lack('protocol', {
        ...wanted(protocolName(packet.protocol)),
        want: protocolName(parseProtocol(want) ?? -1),
      })
    case 'mark --mark':
      return lack('mark', wanted(hex(packet.mark)))
    case 'connmark --mark':
      return run.connection === null ? undefined : lack('connection-mark', wanted(hex(run.connection.mark)))
    case 'conntrack --ctstate':
    case 'state --state':
      return lack('connection-state', wanted(stateText(run)))
    case 'addrtype --src-type':
    case 'addrtype --dst-type': {
      const ip = option.name === '--src-type' ? packet.src : packet.dst
      return lack('address-type', { ...wanted(addressType(stack, ip, null)), address: formatIp(ip) })
    }
    case 'set --match-set': {
      const [set = '', sides = ''] = option.values
      const parts = sides.split(',').map((side) => formatIp(side === 'src' ? packet.src : packet.dst))
      return lack('set', { set, got: [...new Set(parts)].join(','), not: option.not })
    }
    default:
      return undefined
  }
}

const stateText = (run: Run): string => (run.tracking === 'none' ? 'INVALID' : run.tracking.toUpperCase())

/** How many leading bits two addresses share: how near they are. Of two families: none. */
export function sharedBits(a: Ip, b: Ip): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.clz32(a ^ b)
  if (typeof a !== 'bigint' || typeof b !== 'bigint') return 0
  const differing = a ^ b
  return differing === 0n ? 128 : 128 - differing.toString(2).length
}

/** The address of `10.0.0.0/8` or of `10.0.0.1`. */
export const addressIn = (text: string): Ip | undefined => parseIp(text.split('/')[0] ?? '')
