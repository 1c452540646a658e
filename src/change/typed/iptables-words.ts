/**
 * A rule as people type it → as iptables-save prints it (iptables 1.8, iptables/iptables.c: save_rule4): header first, prefixes
 * and protocols in their shortest form, the module that an option implies by name. What is not known to have another form stays
 * as it was typed: the engine then says by itself what it does not understand.
 */
import { parseIp, type Family } from '../../model/address/address.ts'
import { formatPrefix, networkOf, parsePrefix } from '../../model/address/prefix.ts'
import { parseProtocol, protocolName } from '../../model/packet/packet.ts'
import { badOption, badValue } from '../change-error.ts'
import { valueOf } from './words.ts'

const long: Readonly<Record<string, string>> = {
  '--source': '-s', '--src': '-s', '--destination': '-d', '--dst': '-d', '--in-interface': '-i', '--out-interface': '-o',
  '--protocol': '-p', '--proto': '-p', '--fragment': '-f', '--match': '-m', '--jump': '-j', '--goto': '-g',
  '--destination-port': '--dport', '--source-port': '--sport', '--destination-ports': '--dports', '--source-ports': '--sports',
} // prettier-ignore

/** Options by which iptables loads the module of the protocol itself. */
const ofProtocol = new Set([
  '--dport',
  '--sport',
  '--tcp-flags',
  '--syn',
  '--icmp-type',
  '--icmpv6-type',
  '--tcp-option',
])

interface Piece {
  readonly words: string[]
}

/** @returns a line for each source and destination that the words name */
export function savedRules(chain: string, typed: readonly string[], family: Family): readonly string[] {
  const header = new Map<string, string>()
  const sources: string[] = []
  const destinations: string[] = []
  const matches: Piece[] = []
  let target: Piece | null = null
  let open: Piece | null = null
  let not = false
  let protocol: string | null = null
  const words = typed.map((word) => (Object.hasOwn(long, word) ? (long[word] ?? word) : word))
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const next = (): string => valueOf(word, words[++i])
    const sign = not ? '! ' : ''
    if (word === '!') {
      not = true
      continue
    }
    switch (word) {
      case '-s':
      case '-d': {
        const list = word === '-s' ? sources : destinations
        for (const one of next().split(',')) {
          const saved = prefixText(word, one, family)
          if (saved !== null) list.push(`${sign}${word} ${saved}`)
          else if (not) throw badValue(word, one)
        }
        break
      }
      case '-i':
      case '-o':
        header.set(word, `${sign}${word} ${interfaceName(word, next())}`)
        break
      case '-p': {
        const value = next()
        const number =
          value === 'all' || value === '0' ? null : (parseProtocol(value.toLowerCase()) ?? undefined)
        if (number === undefined) throw badValue(word, value)
        protocol = number === null ? null : number === 58 ? 'ipv6-icmp' : protocolName(number)
        if (protocol !== null) header.set(word, `${sign}-p ${protocol}`)
        break
      }
      case '-f':
        header.set(word, `${sign}-f`)
        break
      case '-m': {
        const module = next()
        if (!/^[\w-]{1,30}$/.test(module)) throw badValue(word, module)
        open = { words: ['-m', module] }
        matches.push(open)
        break
      }
      case '-j':
      case '-g': {
        if (target !== null) throw badOption(word)
        target = { words: [word, next()] }
        open = target
        break
      }
      case '-c':
      case '--set-counters':
        next()
        next()
        break
      default: {
        if (!word.startsWith('-')) throw badOption(word)
        if (ofProtocol.has(word) && open?.words[1] !== moduleOf(protocol)) {
          const module = moduleOf(protocol)
          if (module === null) throw badOption(word)
          open = matches.find(({ words: [, name] }) => name === module) ?? { words: ['-m', module] }
          if (!matches.includes(open)) matches.push(open)
        }
        if (open === null) throw badOption(word)
        const values: string[] = []
        while (i + 1 < words.length && !/^(-|!$)/.test(words[i + 1] ?? '')) values.push(words[++i] ?? '')
        open.words.push(...(not ? ['!'] : []), ...savedOption(open.words[1] ?? '', word, values))
      }
    }
    not = false
  }
  if (not) throw badOption('!')
  if (target !== null) complete(target.words, family)
  const fixed = [
    ...['-i', '-o', '-p', '-f'].flatMap((name) => header.get(name) ?? []),
    ...matches.map((piece) => piece.words.join(' ')),
    ...(target === null ? [] : [target.words.join(' ')]),
  ]
  const each = (list: readonly string[]): readonly (string | null)[] => (list.length === 0 ? [null] : list)
  return each(sources).flatMap((source) =>
    each(destinations).map((destination) =>
      [`-A ${chain}`, source, destination, ...fixed].filter((word) => word !== null).join(' '),
    ),
  )
}

/** The module of a protocol's own options; its name is not always the protocol's. */
const moduleOf = (protocol: string | null): string | null =>
  protocol === 'ipv6-icmp'
    ? 'icmp6'
    : protocol !== null && /^(tcp|udp|icmp|sctp|udplite|dccp)$/.test(protocol)
      ? protocol
      : null

/** Null: every address. */
function prefixText(option: string, text: string, family: Family): string | null {
  const [address = '', mask] = text.split('/')
  const length = mask !== undefined && mask.includes('.') ? maskLength(mask) : mask
  const parsed = parsePrefix(length === undefined ? address : `${address}/${length}`)
  const own = parseIp(address)
  if (parsed === undefined || own === undefined || (typeof own === 'number' ? 4 : 6) !== family)
    throw badValue(option, text)
  const network = { address: networkOf(parsed), length: parsed.length }
  return network.length === 0 ? null : formatPrefix(network)
}

function maskLength(mask: string): string {
  const value = parseIp(mask)
  const bits = typeof value === 'number' ? value.toString(2).padStart(32, '0') : ''
  return /^1*0*$/.test(bits) && bits !== '' ? String(bits.indexOf('0') < 0 ? 32 : bits.indexOf('0')) : 'none'
}

function interfaceName(option: string, name: string): string {
  if (!/^[^\s/"!]{1,15}$/.test(name)) throw badValue(option, name)
  return name
}

const hex = (text: string): string | null => {
  const value = /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : -1
  return value >= 0 && value <= 0xffffffff ? `0x${value.toString(16)}` : null
}

/** `0x80` or `0x80/0x80`, in hex; the mask of every bit is `full` where it is told. */
function markText(option: string, text: string, full: boolean): string {
  const [value = '', mask] = text.split('/')
  const shown = hex(value)
  const bits = mask === undefined ? '0xffffffff' : hex(mask)
  if (shown === null || bits === null) throw badValue(option, text)
  return bits === '0xffffffff' && !full ? shown : `${shown}/${bits}`
}

/** In the order in which they are printed (extensions/libxt_conntrack.c, libxt_state.c). */
const states = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']

const icmpTypes: Readonly<Record<string, string>> = {
  'echo-reply': '0', pong: '0', 'destination-unreachable': '3', 'fragmentation-needed': '3/4', 'echo-request': '8', ping: '8',
  'time-exceeded': '11', 'ttl-exceeded': '11',
} // prettier-ignore

function savedOption(module: string, option: string, values: readonly string[]): readonly string[] {
  const [value = ''] = values
  switch (option) {
    case '--ctstate':
    case '--state': {
      const list = value.toUpperCase().split(',')
      const other = list.find((one) => !states.includes(one))
      if (other !== undefined) throw badValue(option, other)
      return [option, states.filter((one) => list.includes(one)).join(',')]
    }
    case '--dport':
    case '--sport': {
      if (!/^\d{1,5}(:\d{1,5})?$/.test(value)) throw badValue(option, value)
      return [option, value]
    }
    case '--syn':
      return ['--tcp-flags', 'FIN,SYN,RST,ACK', 'SYN']
    case '--icmp-type':
      return [option, icmpTypes[value] ?? value]
    case '--mark':
      return [option, markText(option, value, false)]
    case '--set-mark':
    case '--set-xmark':
      if (module !== 'MARK' && module !== 'CONNMARK') break
      return ['--set-xmark', setMark(option, value)]
    case '--or-mark':
      return ['--set-xmark', `${hex(value) ?? '0x0'}/${hex(value) ?? '0x0'}`]
    case '--and-mark':
      return ['--set-xmark', `0x0/0x${(~Number(hex(value) ?? '0') >>> 0).toString(16)}`]
    case '--to':
      if (module === 'SNAT') return ['--to-source', ...values]
      if (module === 'DNAT') return ['--to-destination', ...values]
      break
    case '--comment':
      return [option, /^[\w.:-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '')}"`]
  }
  for (const one of values) if (/["\s]/.test(one)) throw badValue(option, one)
  return [option, ...values]
}

/** --set-mark clears the bits of its mask and sets those of its value: xmark with a mask of both (libxt_MARK.c). */
function setMark(option: string, text: string): string {
  const [value = '', mask] = text.split('/')
  const shown = hex(value)
  const bits = mask === undefined ? '0xffffffff' : hex(mask)
  if (shown === null || bits === null) throw badValue(option, text)
  const both = option === '--set-mark' ? (Number(bits) | Number(shown)) >>> 0 : Number(bits)
  return `${shown}/0x${both.toString(16)}`
}

/** What a target says by itself where nobody asked for another. */
function complete(words: string[], family: Family): void {
  if (words[1] === 'REJECT' && !words.includes('--reject-with'))
    words.push('--reject-with', family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable')
}
