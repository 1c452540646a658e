/** What a rule of iptables lacked: for who asks why a packet did not go the expected way. Asked only when somebody wants to know. */
import { formatIp } from '../../model/address/address.ts'
import { mismatch, type Mismatch } from '../../model/path/evaluated.ts'
import { parseProtocol, protocolName } from '../../model/packet/packet.ts'
import type { RuleMatch, RuleOption } from '../../model/stack/ruleset.ts'
import type { Run } from '../compiled/fabric.ts'
import { addressType } from '../routing/local-address.ts'
import { hasPorts } from '../run/packet-state.ts'
import { understand, type StackSets } from './match.ts'
import { no, rangeIn, tryOut } from './predicate.ts'
import { hex } from '../run/hex.ts'

const matchText = (match: RuleMatch): string =>
  [
    ...(match.module === '' ? [] : ['-m', match.module]),
    ...match.options.flatMap((option) => [...(option.not ? ['!'] : []), option.name, ...option.values]),
  ].join(' ')

/** Every match of an iptables rule that says no. Matches that draw lots are not asked again; `doubt`: what is not understood. */
export function filterMismatches(
  run: Run,
  matches: readonly RuleMatch[],
  sets: StackSets,
  uncertainty: string | null,
): readonly Mismatch[] {
  const mismatches: Mismatch[] = []
  let otherProtocol = false
  for (const match of matches) {
    // `-m tcp` behind `-p tcp` says no for the same reason; only its ports are another matter.
    if (otherProtocol && portModules.has(match.module)) {
      mismatches.push(...portMismatches(run, match))
      continue
    }
    const understood = understand(match, sets)
    if (understood.kind !== 'predicate') continue
    const known = run.packet.sourcePort >= 0
    if (understood.last === true && (match.module === 'statistic' || !known)) {
      mismatches.push(...portMismatches(run, match))
      continue
    }
    if (tryOut(run, understood.test) !== no) continue
    if (match.module === '' && match.options[0]?.name === '-p') otherProtocol = true
    mismatches.push(...matchSentence(run, match))
  }
  if (mismatches.length > 0) return mismatches
  const lot = matches.find((match) => match.module === 'statistic')
  return [mismatch('other', { text: uncertainty ?? (lot ? matchText(lot) : 'what is not known') })]
}

const portModules: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite'])

function matchSentence(run: Run, match: RuleMatch): readonly Mismatch[] {
  if (portModules.has(match.module)) {
    const ports = portMismatches(run, match)
    if (ports.length > 0) return ports
  }
  const said = match.options.flatMap((option) => optionSentence(run, match, option) ?? [])
  return said.length > 0 ? said : [mismatch('other', { text: matchText(match) })]
}

/** The options of -m tcp, udp, … that name another port. A port that nobody knows yet is not asked. */
function portMismatches(run: Run, match: RuleMatch): readonly Mismatch[] {
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
    return [mismatch(side, { want: option.values[0] ?? '', got, not: option.not })]
  })
}

/** What the packet has, beside what one option asks for. Undefined: the option's own text says it best. */
function optionSentence(run: Run, match: RuleMatch, option: RuleOption): Mismatch | undefined {
  const { packet, stack } = run
  const want = option.values.join(' ')
  const wanted = (got: string) => ({ want, got, not: option.not })
  switch (`${match.module} ${option.name}`) {
    case ' -s':
      return mismatch('source', wanted(formatIp(packet.src)))
    case ' -d':
      return mismatch('destination', wanted(formatIp(packet.dst)))
    case ' -i':
      return mismatch('in-interface', wanted(run.inLink?.name ?? ''))
    case ' -o':
      return mismatch('out-interface', wanted(run.outLink?.name ?? ''))
    case ' -p':
      return mismatch('protocol', {
        ...wanted(protocolName(packet.protocol)),
        want: protocolName(parseProtocol(want) ?? -1),
      })
    case 'mark --mark':
      return mismatch('mark', wanted(hex(packet.mark)))
    case 'connmark --mark':
      return run.connection === null
        ? undefined
        : mismatch('connection-mark', wanted(hex(run.connection.mark)))
    case 'conntrack --ctstate':
    case 'state --state':
      return mismatch('connection-state', wanted(stateText(run)))
    case 'addrtype --src-type':
    case 'addrtype --dst-type': {
      const ip = option.name === '--src-type' ? packet.src : packet.dst
      return mismatch('address-type', { ...wanted(addressType(stack, ip, null)), address: formatIp(ip) })
    }
    case 'set --match-set': {
      const [set = '', sides = ''] = option.values
      const parts = sides.split(',').map((side) => formatIp(side === 'src' ? packet.src : packet.dst))
      return mismatch('set', { set, got: [...new Set(parts)].join(','), not: option.not })
    }
    default:
      return undefined
  }
}

const stateText = (run: Run): string => (run.tracking === 'none' ? 'INVALID' : run.tracking.toUpperCase())
