/** The packet header's own options (-s -d -i -o -p -f) and the matches on the headers of IP and its protocols. */
import { parseIp, type Ip } from '../../model/address/address.ts'
import { parseProtocol, TCP } from '../../model/packet/packet.ts'
import { contains, parsePrefix } from '../../model/address/prefix.ts'
import type { RuleMatch, RuleOption } from '../../model/stack/ruleset.ts'
import { hasPorts } from '../run/packet-state.ts'
import { peerOf } from '../compiled/current.ts'
import { isMulticast } from '../routing/local-address.ts'
import type { Run } from '../compiled/fabric.ts'
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

const unreadable = (option: RuleOption): Understood =>
  notUnderstood(`${option.name} ${option.values.join(' ')}`.trim())

/** `eth0`, `eni+` */
export function nameTest(pattern: string): (name: string) => boolean {
  if (pattern === '+') return () => true
  if (!pattern.endsWith('+')) return (name) => name === pattern
  const stem = pattern.slice(0, -1)
  return (name) => name.startsWith(stem)
}

/** `10.0.0.0/8`, a host, or a mask that is no prefix (`10.0.0.1/255.0.0.255`). */
export function addressTest(text: string): ((ip: Ip) => boolean) | undefined {
  const prefix = parsePrefix(text)
  if (prefix) {
    if (prefix.length === (typeof prefix.address === 'number' ? 32 : 128)) {
      const only = prefix.address
      return (ip) => ip === only
    }
    return (ip) => contains(prefix, ip)
  }
  const [first = '', second = ''] = text.split('/')
  const network = parseIp(first)
  const mask = parseIp(second)
  if (typeof network === 'number' && typeof mask === 'number')
    return (ip) => typeof ip === 'number' && ((ip ^ network) & mask) === 0
  if (typeof network === 'bigint' && typeof mask === 'bigint')
    return (ip) => typeof ip === 'bigint' && ((ip ^ network) & mask) === 0n
  return undefined
}

export function headerMatch(option: RuleOption): Understood {
  const { not } = option
  const value = option.values[0] ?? ''
  switch (option.name) {
    case '-s':
    case '-d': {
      const test = addressTest(value)
      if (!test) return unreadable(option)
      return option.name === '-s'
        ? predicate((run) => answer(test(run.packet.src) !== not))
        : predicate((run) => answer(test(run.packet.dst) !== not))
    }
    case '-i': {
      const test = nameTest(value)
      return predicate((run) => answer(test(run.inLink?.name ?? '') !== not))
    }
    case '-o': {
      const test = nameTest(value)
      return predicate((run) => answer(test(run.outLink?.name ?? '') !== not))
    }
    case '-p': {
      if (value === 'all' || value === '0') return always
      const protocol = parseProtocol(value)
      if (protocol === undefined) return unreadable(option)
      return predicate((run) => answer((run.packet.protocol === protocol) !== not))
    }
    case '-f':
      // Only fragments after the first match; what the engine sends is whole.
      return predicate(() => answer(not))
    default:
      return unreadable(option)
  }
}

type Side = 'source' | 'destination'
type Ranges = readonly (readonly [number, number])[]

/** Is the port in one of the ranges? A port that nobody can know beforehand draws lots, once. */
function portTest(side: Side, ranges: Ranges): (run: Run) => boolean {
  return (run) => {
    const port = side === 'source' ? run.packet.sourcePort : run.packet.destinationPort
    if (port >= 0) {
      for (const [low, high] of ranges) if (port >= low && port <= high) return true
      return false
    }
    return ranges.some(([low, high]) => run.portIn(port, low, high))
  }
}

/** -m tcp, udp, sctp, dccp, udplite */
export function portsMatch(match: RuleMatch): Understood {
  const tests: Predicate[] = []
  let last = false
  for (const option of match.options) {
    const { not } = option
    switch (option.name) {
      case '--sport':
      case '--source-port':
      case '--dport':
      case '--destination-port': {
        const range = rangeIn(option.values[0], 65535)
        if (!range) return unreadable(option)
        const side = option.name.startsWith('--s') ? 'source' : 'destination'
        const test = portTest(side, [range])
        if (side === 'source') last = true
        tests.push((run) => answer(test(run) !== not))
        break
      }
      case '--tcp-flags': {
        const mask = flagsIn(option.values[0])
        const flags = flagsIn(option.values[1])
        if (mask === undefined || flags === undefined) return unreadable(option)
        tests.push((run) => answer(((run.packet.tcpFlags & mask) === flags) !== not))
        break
      }
      case '--syn':
        tests.push((run) => answer(((run.packet.tcpFlags & 0x17) === 2) !== not))
        break
      default:
        return unreadable(option)
    }
  }
  const wanted = match.module === 'tcp' ? TCP : undefined
  const whole = all(tests)
  const test: Predicate =
    wanted === undefined ? whole : (run) => (run.packet.protocol === wanted ? whole(run) : no)
  return tests.length === 0 ? always : { kind: 'predicate', test, last }
}

const flagNames: Readonly<Record<string, number>> = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ALL: 63,
  NONE: 0,
}

function flagsIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  let bits = 0
  for (const word of text.split(',')) {
    const bit = Object.hasOwn(flagNames, word) ? flagNames[word] : undefined
    if (bit === undefined) return undefined
    bits |= bit
  }
  return bits
}

/** Ports of one rule that the kernel has room for (XT_MULTI_PORTS). */
const mostMultiports = 15

/** -m multiport --sports | --dports | --ports 80,443:445 */
export function multiportMatch(match: RuleMatch): Understood {
  const [option] = match.options
  if (!option || match.options.length !== 1) return notUnderstood('-m multiport')
  const words = (option.values[0] ?? '').split(',')
  if (words.length > mostMultiports) return unreadable(option)
  const ranges = words.map((text) => rangeIn(text, 65535))
  if (ranges.some((range) => range === undefined)) return unreadable(option)
  const known = ranges.filter((range) => range !== undefined)
  const source = portTest('source', known)
  const destination = portTest('destination', known)
  const { not } = option
  const ask = (test: (run: Run) => boolean): Understood => ({
    kind: 'predicate',
    test: (run) => answer(hasPorts(run.packet.protocol) && test(run) !== not),
    last: true,
  })
  switch (option.name) {
    case '--sports':
    case '--source-ports':
      return ask(source)
    case '--dports':
    case '--destination-ports':
      return ask(destination)
    case '--ports':
      return ask((run) => destination(run) || source(run))
    default:
      return unreadable(option)
  }
}

/** -m icmp --icmp-type 3/4 | any; -m icmp6 --icmpv6-type 128 */
export function icmpMatch(match: RuleMatch): Understood {
  const [option] = match.options
  if (!option) return always
  const text = option.values[0] ?? ''
  if (text === 'any' || text === '255') return always
  const parts = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text)
  if (!parts) return unreadable(option)
  const type = Number(parts[1])
  const code = parts[2] === undefined ? null : Number(parts[2])
  const { not } = option
  return predicate((run) =>
    answer((run.packet.icmpType === type && (code === null || run.packet.icmpCode === code)) !== not),
  )
}

/** -m iprange --src-range A-B --dst-range A-B */
export function iprangeMatch(match: RuleMatch): Understood {
  const tests: Predicate[] = []
  for (const option of match.options) {
    const [from, to = from] = (option.values[0] ?? '').split('-')
    const low = parseIp(from ?? '')
    const high = parseIp(to ?? '')
    if (low === undefined || high === undefined) return unreadable(option)
    const { not } = option
    const within = (ip: Ip): boolean => ip >= low && ip <= high
    if (option.name === '--src-range') tests.push((run) => answer(within(run.packet.src) !== not))
    else if (option.name === '--dst-range') tests.push((run) => answer(within(run.packet.dst) !== not))
    else return unreadable(option)
  }
  return predicate(all(tests))
}

/** -m length --length 100:200 */
export function lengthMatch(match: RuleMatch): Understood {
  const [option] = match.options
  const range = rangeIn(option?.values[0], 65535)
  if (!option || !range) return notUnderstood('-m length')
  return predicate((run) =>
    answer((run.packet.length >= range[0] && run.packet.length <= range[1]) !== option.not),
  )
}

/** -m ttl --ttl-eq|-lt|-gt N; -m hl --hl-eq|-lt|-gt N */
export function ttlMatch(match: RuleMatch): Understood {
  const [option] = match.options
  const value = numberIn(option?.values[0])
  if (!option || value === undefined) return notUnderstood(`-m ${match.module}`)
  const { not } = option
  switch (option.name.replace(/^--(ttl|hl)-/, '')) {
    case 'eq':
      return predicate((run) => answer((run.packet.ttl === value) !== not))
    case 'lt':
      return predicate((run) => answer(run.packet.ttl < value !== not))
    case 'gt':
      return predicate((run) => answer(run.packet.ttl > value !== not))
    default:
      return unreadable(option)
  }
}

/** -m dscp --dscp 0x2e; -m tos --tos 0x10/0x3f */
export function tosMatch(match: RuleMatch): Understood {
  const [option] = match.options
  if (!option) return notUnderstood(`-m ${match.module}`)
  const { not } = option
  if (match.module === 'dscp') {
    const value = numberIn(option.values[0])
    if (value === undefined || option.name !== '--dscp') return unreadable(option)
    return predicate((run) => answer((run.packet.tos >> 2 === value) !== not))
  }
  const masked = maskedIn(option.values[0])
  if (!masked || option.name !== '--tos') return unreadable(option)
  const mask = option.values[0]?.includes('/') === true ? masked.mask : 0xff
  return predicate((run) => answer(((run.packet.tos & mask) === masked.value) !== not))
}

/** -m mac --mac-source XX: the other end of the wire's, where it is known. Only packets that came in have one. */
export function macMatch(match: RuleMatch): Understood {
  const [option] = match.options
  if (!option) return notUnderstood('-m mac')
  const mac = (option.values[0] ?? '').toLowerCase()
  return predicate((run): Answer => {
    if (run.local || run.inLink === null || run.inLink.loopback) return no
    const sender = peerOf(run.fabric, run.inLink)?.link.mac ?? null
    return sender === null ? maybe : inverted(answer(sender === mac), option.not)
  })
}

/** -m pkttype: what the engine forwards is for this host; what it loops back too. Neighbour discovery asks a group. */
export function pkttypeMatch(match: RuleMatch): Understood {
  const [option] = match.options
  if (!option) return notUnderstood('-m pkttype')
  const type = (option.values[0] ?? '').toLowerCase()
  if (!['unicast', 'host', 'broadcast', 'multicast'].includes(type)) return unreadable(option)
  return predicate((run) => {
    const own = isMulticast(run.packet.dst) ? type === 'multicast' : type === 'unicast' || type === 'host'
    return inverted(own ? yes : no, option.not)
  })
}
