import { parseIp, type Ip } from '../../model/address/address.ts'
import { protocolName } from '../../model/packet/packet.ts'
import { contains, parsePrefix } from '../../model/address/prefix.ts'
import type { FilterRule, RuleMatch, RuleOption, RuleTable } from '../../model/stack/ruleset.ts'

/** The first packet of a connection, at one hook of the nat table. */
export interface NatPacket {
  readonly src: Ip
  readonly dst: Ip
  /** IANA protocol number. */
  readonly protocol: number
  readonly destinationPort: number | null
  /** Null where the hook knows none. */
  readonly iif: string | null
  readonly oif: string | null
  readonly mark: number
  readonly connmark: number
  /** The addresses of the stack's own interfaces, for `-m addrtype --dst-type LOCAL`. */
  readonly local: readonly Ip[]
}

interface Walked {
  /** The rules that matched, in order: the jumps and the last one. */
  readonly matched: readonly FilterRule[]
  /** The rules that were looked at and did not match. */
  readonly passedOver: readonly FilterRule[]
  readonly mark: number
}

export type NatOutcome = Walked &
  (
    | { readonly kind: 'rewritten'; readonly rule: FilterRule; readonly to: string | null }
    | { readonly kind: 'untouched' }
    | { readonly kind: 'undecided'; readonly rule: FilterRule; readonly because: string }
  )

/** Jumps deeper than this are a loop; the kernel refuses such a table. */
const deepest = 32

/**
 * Walks one chain of an iptables nat table as the kernel does (ip_tables.c, ipt_do_table): rules in order, jumps and
 * returns, until one rewrites. A match that is not known here makes the walk undecided at that rule.
 */
export function walkNat(table: RuleTable, chain: string, packet: NatPacket): NatOutcome {
  const walk = { matched: [] as FilterRule[], passedOver: [] as FilterRule[] }
  let mark = packet.mark
  let connmark = packet.connmark
  const chains = new Map(table.chains.map((one) => [one.name, one.rules]))
  type Step =
    'return' | 'accept' | { rule: FilterRule; to: string | null } | { rule: FilterRule; because: string }
  const run = (name: string, depth: number): Step => {
    for (const rule of chains.get(name) ?? []) {
      const fits = rule.problem === null ? ruleMatches(rule, { ...packet, mark, connmark }) : rule.problem
      if (typeof fits === 'string') return { rule, because: fits }
      if (!fits) {
        walk.passedOver.push(rule)
        continue
      }
      walk.matched.push(rule)
      const { target } = rule
      if (target === null) continue
      switch (target.name) {
        case 'RETURN':
          return 'return'
        case 'ACCEPT':
          return 'accept'
        case 'SNAT':
        case 'DNAT':
          return {
            rule,
            to: valueOf(target.options, target.name === 'SNAT' ? '--to-source' : '--to-destination'),
          }
        case 'MASQUERADE':
        case 'REDIRECT':
        case 'NETMAP':
          return { rule, to: null }
        case 'MARK':
          mark = applyMark(mark, valueOf(target.options, '--set-xmark'))
          continue
        case 'CONNMARK':
          if (hasOption(target.options, '--set-xmark'))
            connmark = applyMark(connmark, valueOf(target.options, '--set-xmark'))
          else if (hasOption(target.options, '--restore-mark')) {
            const mask = Number(valueOf(target.options, '--nfmask') ?? 0xffffffff)
            mark =
              ((mark & ~mask) | (connmark & Number(valueOf(target.options, '--ctmask') ?? 0xffffffff))) >>> 0
          }
          continue
        case 'LOG':
        case 'NFLOG':
        case 'TRACE':
        case 'CT':
          continue
        default: {
          if (!chains.has(target.name)) return { rule, because: target.name }
          if (depth >= deepest) return { rule, because: 'too many jumps' }
          const inner = run(target.name, depth + 1)
          if (inner !== 'return') return inner
          if (target.kind === 'goto') return 'return'
        }
      }
    }
    return 'return'
  }
  const end = run(chain, 0)
  const walked: Walked = { ...walk, mark }
  if (typeof end === 'string') return { ...walked, kind: 'untouched' }
  return 'because' in end
    ? { ...walked, kind: 'undecided', rule: end.rule, because: end.because }
    : { ...walked, kind: 'rewritten', rule: end.rule, to: end.to }
}

/** True, false, or the words of the match that cannot be decided. A match that fails decides, whatever the others. */
function ruleMatches(rule: FilterRule, packet: NatPacket): boolean | string {
  let uncertainty: string | null = null
  for (const match of rule.matches) {
    for (const option of match.options) {
      const fits = optionMatches(match, option, packet)
      if (fits === false) return false
      if (fits === null)
        uncertainty = [match.module === '' ? '' : `-m ${match.module}`, option.name].join(' ').trim()
    }
  }
  return uncertainty ?? true
}

function optionMatches(match: RuleMatch, option: RuleOption, packet: NatPacket): boolean | null {
  const bare = bareMatch(match, option, packet)
  return bare === null ? null : bare !== option.not
}

function bareMatch(match: RuleMatch, option: RuleOption, packet: NatPacket): boolean | null {
  const value = option.values[0] ?? ''
  switch (`${match.module} ${option.name}`) {
    case ' -s':
      return inPrefix(value, packet.src)
    case ' -d':
      return inPrefix(value, packet.dst)
    case ' -i':
      return packet.iif === null ? null : nameMatches(value, packet.iif)
    case ' -o':
      return packet.oif === null ? null : nameMatches(value, packet.oif)
    case ' -p':
      return value === 'all' || value === protocolName(packet.protocol) || value === String(packet.protocol)
    case 'comment --comment':
      // A comment is no condition; `!` before it does not exist.
      return !option.not
    case 'addrtype --dst-type':
      return value === 'LOCAL' ? packet.local.includes(packet.dst) : null
    case 'addrtype --src-type':
      return value === 'LOCAL' ? packet.local.includes(packet.src) : null
    case 'mark --mark':
      return markMatches(value, packet.mark)
    case 'connmark --mark':
      return markMatches(value, packet.connmark)
    case 'tcp --dport':
    case 'udp --dport':
      return packet.destinationPort === null ? null : value === String(packet.destinationPort)
    case 'conntrack --ctstate':
    case 'state --state':
      // The nat table sees the first packet of a connection only.
      return value.split(',').includes('NEW')
    default:
      return null
  }
}

function inPrefix(text: string, address: Ip): boolean | null {
  const prefix = parsePrefix(text)
  return prefix ? contains(prefix, address) : null
}

const nameMatches = (pattern: string, name: string): boolean =>
  pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

function markMatches(text: string, mark: number): boolean | null {
  const [value, mask] = text.split('/').map(Number)
  if (value === undefined || Number.isNaN(value) || Number.isNaN(mask ?? 0)) return null
  return (mark & (mask ?? 0xffffffff)) >>> 0 === value
}

/** iptables-extensions(8), --set-xmark value/mask: zero the mask's bits, then XOR the value. */
function applyMark(mark: number, text: string | null): number {
  const [value = 0, mask = 0xffffffff] = (text ?? '').split('/').map(Number)
  return ((mark & ~mask) ^ value) >>> 0
}

const hasOption = (options: readonly RuleOption[], name: string): boolean =>
  options.some((option) => option.name === name)

const valueOf = (options: readonly RuleOption[], name: string): string | null =>
  options.find((option) => option.name === name)?.values[0] ?? null

/** The address of `--to-source 192.168.1.138` or of `--to-destination 192.168.1.10:53`. */
export const natAddress = (to: string): string =>
  parseIp(to) === undefined ? to.replace(/:\d+(-\d+)?$/, '').replace(/^\[(.*)\]$/, '$1') : to
