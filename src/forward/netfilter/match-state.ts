/** The matches on what the stack knows of a packet beyond its headers: conntrack, marks, addresses, chance. */
import { isIp6 } from '../../model/address/address.ts'
import { parseProtocol } from '../../model/packet/packet.ts'
import type { RuleMatch, RuleOption } from '../../model/stack/ruleset.ts'
import { statusBits, statusOf, type Connection } from '../run/connection.ts'
import { addressType, type AddressType } from '../routing/local-address.ts'
import { lookUp } from '../routing/lookup.ts'
import { reverseKey, usesDevice } from '../routing/rp-filter.ts'
import type { Run } from '../compiled/fabric.ts'
import { addressTest } from './match-header.ts'
import {
  all,
  always,
  answer,
  inverted,
  maskedIn,
  maybe,
  no,
  notUnderstood,
  numberIn,
  predicate,
  rangeIn,
  yes,
  type Answer,
  type Predicate,
  type Understood,
} from './predicate.ts'

const unreadable = (match: RuleMatch, option: RuleOption): Understood =>
  notUnderstood(`-m ${match.module} ${option.name} ${option.values.join(' ')}`.trim())

const states: ReadonlySet<string> = new Set([
  'NEW',
  'ESTABLISHED',
  'RELATED',
  'INVALID',
  'UNTRACKED',
  'SNAT',
  'DNAT',
])

/** Of `--ctstatus`; NONE matches nothing (libxt_conntrack.c). */
const statusWords: Readonly<Partial<Record<string, number>>> = {
  NONE: 0,
  EXPECTED: statusBits.expected,
  SEEN_REPLY: statusBits['seen-reply'],
  ASSURED: statusBits.assured,
  CONFIRMED: statusBits.confirmed,
}

/** Is one of these states the packet's? Related packets (errors, helpers) are not among those that are sent. */
function hasState(run: Run, wanted: ReadonlySet<string>): boolean {
  switch (run.tracking) {
    case 'new':
      if (wanted.has('NEW')) return true
      break
    case 'established':
      if (wanted.has('ESTABLISHED')) return true
      break
    case 'untracked':
      return wanted.has('UNTRACKED')
    case 'invalid':
    case 'none':
      return wanted.has('INVALID')
  }
  if (run.connection === null) return false
  return (
    (wanted.has('SNAT') && run.connection.sourceNat) || (wanted.has('DNAT') && run.connection.destinationNat)
  )
}

/** -m conntrack and -m state (net/netfilter/xt_conntrack.c) */
export function conntrackMatch(match: RuleMatch): Understood {
  const tests: Predicate[] = []
  for (const option of match.options) {
    const { not } = option
    const value = option.values[0] ?? ''
    /** Without a connection nothing but the state can match (conntrack_mt). */
    const ofConnection = (test: (connection: Connection, run: Run) => Answer): void => {
      tests.push((run) => (run.connection === null ? no : inverted(test(run.connection, run), not)))
    }
    const port = (read: (connection: Connection) => number): Understood | null => {
      const range = rangeIn(value, 65535)
      if (!range) return unreadable(match, option)
      ofConnection((connection, run) => answer(run.portIn(read(connection), range[0], range[1])))
      return null
    }
    const address = (read: (connection: Connection) => Connection['original']['src']): Understood | null => {
      const test = addressTest(value)
      if (!test) return unreadable(match, option)
      ofConnection((connection) => answer(test(read(connection))))
      return null
    }
    let problem: Understood | null = null
    switch (option.name) {
      case '--state':
      case '--ctstate': {
        const wanted = new Set(value.split(','))
        for (const state of wanted) if (!states.has(state)) return unreadable(match, option)
        tests.push((run) => answer(hasState(run, wanted) !== not))
        break
      }
      case '--ctproto': {
        const protocol = parseProtocol(value)
        if (protocol === undefined) return unreadable(match, option)
        ofConnection((connection) => answer(connection.protocol === protocol))
        break
      }
      case '--ctorigsrc':
        problem = address((connection) => connection.original.src)
        break
      case '--ctorigdst':
        problem = address((connection) => connection.original.dst)
        break
      case '--ctreplsrc':
        problem = address((connection) => connection.reply.src)
        break
      case '--ctrepldst':
        problem = address((connection) => connection.reply.dst)
        break
      case '--ctorigsrcport':
        problem = port((connection) => connection.original.sourcePort)
        break
      case '--ctorigdstport':
        problem = port((connection) => connection.original.destinationPort)
        break
      case '--ctreplsrcport':
        problem = port((connection) => connection.reply.sourcePort)
        break
      case '--ctrepldstport':
        problem = port((connection) => connection.reply.destinationPort)
        break
      case '--ctdir':
        ofConnection((_, run) => answer(run.isReply === (value === 'REPLY')))
        break
      case '--ctstatus': {
        let mask = 0
        for (const word of value.split(',')) {
          const bit = statusWords[word]
          if (bit === undefined) return unreadable(match, option)
          mask |= bit
        }
        ofConnection((connection) => {
          const { set, unknown } = statusOf(connection, mask)
          return set !== 0 ? yes : unknown !== 0 ? maybe : no
        })
        break
      }
      default:
        return unreadable(match, option)
    }
    if (problem) return problem
  }
  return tests.length === 0 ? always : { kind: 'predicate', test: all(tests) }
}

/** -m mark --mark V/M; -m connmark --mark V/M */
export function markMatch(match: RuleMatch): Understood {
  const [option] = match.options
  const masked = maskedIn(option?.values[0])
  if (!option || !masked) return notUnderstood(`-m ${match.module}`)
  const { not } = option
  const same = (mark: number): boolean => ((mark & masked.mask) >>> 0 === masked.value) !== not
  return match.module === 'mark'
    ? predicate((run) => answer(same(run.packet.mark)))
    : predicate((run) => (run.connection === null ? no : answer(same(run.connection.mark))))
}

const addressTypes: ReadonlySet<string> = new Set([
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
])

/** -m addrtype (net/netfilter/xt_addrtype.c): what the `local` table says of an address. */
export function addrtypeMatch(match: RuleMatch): Understood {
  const limitIn = match.options.some((option) => option.name === '--limit-iface-in')
  const limitOut = match.options.some((option) => option.name === '--limit-iface-out')
  const tests: Predicate[] = []
  for (const option of match.options) {
    if (option.name.startsWith('--limit-iface')) continue
    const source = option.name === '--src-type'
    if (!source && option.name !== '--dst-type') return unreadable(match, option)
    const wanted = new Set((option.values[0] ?? '').split(','))
    for (const type of wanted) if (!addressTypes.has(type)) return unreadable(match, option)
    tests.push((run) => {
      const link = limitIn ? run.inLink : limitOut ? run.outLink : null
      const ip = source ? run.packet.src : run.packet.dst
      return answer(isOfTypes(addressType(run.stack, ip, link), isIp6(ip), wanted) !== option.not)
    })
  }
  return predicate(all(tests))
}

/**
 * One of the types for IPv4. For IPv6 all of them: an address of this stack's own is UNICAST as well, for that is told
 * from the address alone (match_type6).
 */
const isOfTypes = (type: AddressType, six: boolean, wanted: ReadonlySet<string>): boolean =>
  six
    ? (!wanted.has('MULTICAST') || type === 'MULTICAST') &&
      (!wanted.has('UNICAST') || (type !== 'MULTICAST' && type !== 'UNSPEC')) &&
      (!wanted.has('UNSPEC') || type === 'UNSPEC') &&
      ((!wanted.has('LOCAL') && !wanted.has('ANYCAST')) || wanted.has(type))
    : wanted.has(type)

/** -m statistic: the kernel draws lots. `nth` counts packets, so that one packet among many is as good as a draw. */
export function statisticMatch(match: RuleMatch): Understood {
  const mode = match.options.find((option) => option.name === '--mode')?.values[0]
  const chance = match.options.find((option) => option.name === '--probability')
  const every = match.options.find((option) => option.name === '--every')
  let probability: number
  let not: boolean
  if (mode === 'random' && chance) {
    probability = Number(chance.values[0])
    not = chance.not
  } else if (mode === 'nth' && every) {
    probability = 1 / Number(every.values[0])
    not = every.not
  } else return notUnderstood('-m statistic')
  if (!(probability >= 0 && probability <= 1)) return notUnderstood('-m statistic --probability')
  const share = not ? 1 - probability : probability
  if (share >= 1) return always
  if (share <= 0) return predicate(() => no)
  const weights = [share, 1 - share]
  return { kind: 'predicate', test: (run) => answer(run.pick(weights) === 0), last: true, share }
}

/** -m physdev: only bridged packets have physical devices, and the engine carries none (xt_physdev.c). */
export const physdevMatch = (match: RuleMatch): Understood => {
  const sure = match.options.every((option) => option.not)
  return predicate(() => answer(sure))
}

/** -m owner: only packets of this stack's own have an owner (xt_owner.c). */
export function ownerMatch(match: RuleMatch): Understood {
  const tests = match.options.map((option): Predicate | undefined => {
    const [low, high = low] = (option.values[0] ?? '').split('-').map((text) => numberIn(text))
    const of = option.name === '--uid-owner' ? 'uid' : option.name === '--gid-owner' ? 'gid' : null
    if (of !== null && low !== undefined && high !== undefined)
      return (run) => {
        const own = run[of]
        if (!run.local) return answer(option.not)
        if (own === null) return maybe
        return answer((own >= low && own <= high) !== option.not)
      }
    return (run) => (run.local ? maybe : answer(option.not))
  })
  return predicate(all(tests.filter((test) => test !== undefined)))
}

/** -m rpfilter (net/ipv4/netfilter/ipt_rpfilter.c): a look-up of the way back, in raw and mangle PREROUTING. */
export function rpfilterMatch(match: RuleMatch): Understood {
  const has = (name: string): boolean => match.options.some((option) => option.name === name)
  const loose = has('--loose')
  const invert = has('--invert')
  const validMark = has('--validmark')
  const acceptLocal = has('--accept-local')
  return predicate((run): Answer => {
    const link = run.inLink
    if (link === null) return maybe
    if (link.loopback) return answer(!invert)
    if (typeof run.packet.src !== 'number') return maybe
    const found = lookUp(run, run.stack.routing, {
      ...reverseKey(run, false, null),
      mark: validMark ? run.packet.mark : 0,
    })
    if (found.kind === 'unknown') return maybe
    if (found.kind !== 'route') return answer(invert)
    const { type } = found.route.route
    if (type !== 'unicast' && !(type === 'local' && acceptLocal)) return answer(invert)
    return answer((loose || usesDevice(found, link)) !== invert)
  })
}

/** -m ipvs, socket and the like depend on what else the stack has. */
export const stateful = (match: RuleMatch): Understood =>
  notUnderstood(
    [`-m ${match.module}`, ...match.options.map((option) => `${option.name} ${option.values.join(' ')}`)]
      .join(' ')
      .trim(),
  )

/** -m ipv6header, frag, … of packets without extension headers; -m devgroup */
export function devgroupMatch(match: RuleMatch): Understood {
  const tests = match.options.map((option): Predicate | undefined => {
    const masked = maskedIn(option.values[0])
    if (!masked) return undefined
    const group = (run: Run): string | undefined =>
      (option.name === '--src-group' ? run.inLink : run.outLink)?.link.group
    return (run) => {
      const name = group(run)
      if (name === undefined) return no
      const value = name === 'default' ? 0 : numberIn(name)
      return value === undefined ? maybe : answer(((value & masked.mask) === masked.value) !== option.not)
    }
  })
  return tests.some((test) => test === undefined)
    ? notUnderstood('-m devgroup')
    : predicate(all(tests.filter((test) => test !== undefined)))
}
