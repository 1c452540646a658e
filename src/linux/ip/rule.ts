/** `ip -json rule show`, and plain `ip rule show` as the EKS log collector keeps it (iproute2, ip/iprule.c). */
import type { Family } from '../../model/address/address.ts'
import { parseProtocol } from '../../model/packet/packet.ts'
import { parsePrefix, type Prefix } from '../../model/address/prefix.ts'
import type { NumberRange, PolicyRule, RuleAction } from '../../model/stack/rule.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'
import { has, numberOf, readRows, textOf, type Row } from '../record.ts'

/** One rule object, told as the words of its plain line: one grammar serves both outputs. */
function wordsOf(row: Row): string[] {
  const words: string[] = []
  const pair = (word: string, key: string): void => {
    const value = textOf(row, key)
    if (value !== undefined) words.push(word, value)
  }
  const prefixed = (word: string, key: string, length: string): void => {
    const value = textOf(row, key)
    if (value === undefined) return
    const bits = numberOf(row, length)
    words.push(word, bits === undefined ? value : `${value}/${bits}`)
  }
  const range = (word: string, key: string): void => {
    const single = textOf(row, key)
    // iproute2 6.14 and later tell the mask of every port; the plain line shows it when it is not whole.
    const mask = textOf(row, `${key}_mask`) ?? wholePort
    if (single !== undefined) words.push(word, mask === wholePort ? single : `${hexOf(single)}/${mask}`)
    const start = textOf(row, `${key}_start`)
    if (start !== undefined) words.push(word, `${start}-${textOf(row, `${key}_end`) ?? start}`)
  }
  if (has(row, 'not')) words.push('not')
  prefixed('from', 'src', 'srclen')
  prefixed('to', 'dst', 'dstlen')
  pair('tos', 'tos')
  pair('dsfield', 'dsfield')
  const mark = textOf(row, 'fwmark')
  const mask = textOf(row, 'fwmask')
  if (mark !== undefined) words.push('fwmark', mask === undefined ? mark : `${mark}/${mask}`)
  pair('iif', 'iif')
  if (has(row, 'iif_detached')) words.push('[detached]')
  pair('oif', 'oif')
  if (has(row, 'oif_detached')) words.push('[detached]')
  if (has(row, 'uid_start'))
    words.push('uidrange', `${textOf(row, 'uid_start') ?? ''}-${textOf(row, 'uid_end') ?? ''}`)
  pair('ipproto', 'ipproto')
  range('sport', 'sport')
  range('dport', 'dport')
  pair('tun_id', 'tun_id')
  if (has(row, 'l3mdev')) words.push('lookup', '[l3mdev-table]')
  pair('lookup', 'table')
  pair('suppress_prefixlength', 'suppress_prefixlen')
  pair('suppress_ifgroup', 'suppress_ifgroup')
  if (has(row, 'flow_to')) {
    const from = textOf(row, 'flow_from')
    const to = textOf(row, 'flow_to') ?? ''
    words.push('realms', from === undefined ? to : `${from}/${to}`)
  }
  if (has(row, 'masquerade')) words.push('masquerade')
  if (has(row, 'nop')) words.push('nop')
  pair('goto', 'goto')
  if (has(row, 'unresolved')) words.push('[unresolved]')
  pair('', 'action')
  const protocol = textOf(row, 'protocol')
  // Without -details ip(8) prints the protocol only when somebody set one.
  if (protocol !== undefined && protocol !== 'kernel' && protocol !== 'unspec') words.push('proto', protocol)
  // A selector that is passed over would make the rule one for more packets than it is.
  for (const key of Object.keys(row)) if (!members.has(key)) words.push(key, textOf(row, key) ?? '')
  return words.filter((word) => word !== '')
}

/** Every member that is read above. */
const members: ReadonlySet<string> = new Set([
  'priority',
  'not',
  'src',
  'srclen',
  'dst',
  'dstlen',
  'tos',
  'dsfield',
  'fwmark',
  'fwmask',
  'iif',
  'iif_detached',
  'oif',
  'oif_detached',
  'uid_start',
  'uid_end',
  'ipproto',
  ...['sport', 'dport'].flatMap((port) => ['', '_mask', '_start', '_end'].map((part) => port + part)),
  'tun_id',
  'l3mdev',
  'table',
  'suppress_prefixlen',
  'suppress_ifgroup',
  'flow_from',
  'flow_to',
  'masquerade',
  'nop',
  'goto',
  'unresolved',
  'action',
  'protocol',
])

const wholePort = '0xffff'
const hexOf = (number: string): string => `0x${Number(number).toString(16)}`

const any4 = { family: 4, text: '0.0.0.0/0' } as const
const any6 = { family: 6, text: '::/0' } as const

function prefixOf(word: string, family: Family): Prefix | null | undefined {
  if (word === 'all' || word === any4.text || word === any6.text) return null
  const value = parsePrefix(word)
  if (!value) return undefined
  return (typeof value.address === 'number' ? 4 : 6) === family ? value : undefined
}

function rangeOf(word: string): NumberRange | undefined {
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(word)
  if (!match) return undefined
  const from = Number(match[1])
  return { from, to: match[2] === undefined ? from : Number(match[2]) }
}

function hex(word: string): number | undefined {
  if (!/^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(word)) return undefined
  const value = Number(word)
  return value <= 0xffffffff ? value : undefined
}

/** TOS as ip prints it: a number, or a name of rt_dsfield. */
function tosOf(word: string): number | undefined {
  const names: Readonly<Record<string, number>> = {
    AF11: 0x28, AF12: 0x30, AF13: 0x38, AF21: 0x48, AF22: 0x50, AF23: 0x58, AF31: 0x68, AF32: 0x70, AF33: 0x78,
    AF41: 0x88, AF42: 0x90, AF43: 0x98, EF: 0xb8, CS1: 0x20, CS2: 0x40, CS3: 0x60, CS4: 0x80, CS5: 0xa0,
    CS6: 0xc0, CS7: 0xe0,
  } // prettier-ignore
  return Object.hasOwn(names, word) ? names[word] : hex(word)
}

/** Reads the words after the priority. Every selector that is not known is kept by name. */
function ruleOf(priority: number, words: readonly string[], family: Family): PolicyRule {
  let not = false
  let from: Prefix | null = null
  let to: Prefix | null = null
  let iif: string | null = null
  let oif: string | null = null
  let iifDetached = false
  let oifDetached = false
  let fwmark: PolicyRule['fwmark'] = null
  let tos: number | null = null
  let ipProtocol: number | null = null
  let sourcePort: NumberRange | null = null
  let destinationPort: NumberRange | null = null
  let uidRange: NumberRange | null = null
  let suppressPrefixLength: number | null = null
  let suppressGroup: string | null = null
  let action: RuleAction | null = null
  const notUnderstood: string[] = []
  let i = 0
  const next = (): string => words[++i] ?? ''
  const take = <T>(word: string, read: (text: string) => T | undefined): T | null => {
    const text = next()
    const value = read(text)
    if (value === undefined) notUnderstood.push(`${word} ${text}`)
    return value ?? null
  }
  for (; i < words.length; i++) {
    const word = words[i] ?? ''
    switch (word) {
      case 'not':
        not = true
        break
      case 'from':
        from = take(word, (text) => prefixOf(text, family))
        break
      case 'to':
        to = take(word, (text) => prefixOf(text, family))
        break
      case 'iif':
        iif = next()
        break
      case 'oif':
        oif = next()
        break
      case '[detached]':
        if (words[i - 2] === 'oif') oifDetached = true
        else iifDetached = true
        break
      case 'fwmark':
        fwmark = take(word, (text) => {
          const [value, mask] = text.split('/')
          const v = hex(value ?? '')
          const m = mask === undefined ? 0xffffffff : hex(mask)
          return v === undefined || m === undefined ? undefined : { value: v, mask: m }
        })
        break
      case 'tos':
      case 'dsfield':
        tos = take(word, tosOf)
        break
      case 'ipproto':
        ipProtocol = take(word, parseProtocol)
        break
      case 'sport':
        sourcePort = take(word, rangeOf)
        break
      case 'dport':
        destinationPort = take(word, rangeOf)
        break
      case 'uidrange':
        uidRange = take(word, rangeOf)
        break
      case 'suppress_prefixlength':
        suppressPrefixLength = take(word, hex)
        break
      case 'suppress_ifgroup':
        suppressGroup = next()
        break
      case 'lookup':
      case 'table': {
        const table = next()
        action = table === '[l3mdev-table]' ? { kind: 'l3mdev' } : { kind: 'lookup', table }
        break
      }
      case 'goto': {
        const target = take(word, hex)
        if (target !== null) action = { kind: 'goto', priority: target }
        break
      }
      case 'nop':
        action = { kind: 'nop' }
        break
      case 'blackhole':
      case 'unreachable':
      case 'prohibit':
        action = { kind: word }
        break
      // They change nothing that forwarding depends on: who made the rule, and classes for tc.
      case 'proto':
      case 'protocol':
      case 'realms':
        next()
        break
      case '[unresolved]':
      case 'unresolved':
        break
      default:
        notUnderstood.push(word)
    }
  }
  return {
    family,
    priority,
    not,
    from,
    to,
    iif,
    oif,
    iifDetached,
    oifDetached,
    fwmark,
    tos,
    ipProtocol,
    sourcePort,
    destinationPort,
    uidRange,
    suppressPrefixLength,
    suppressGroup,
    action: action ?? { kind: 'not-understood', what: words.join(' ') },
    notUnderstood,
    line: `${priority}: ${words.join(' ')}`,
  }
}

const anyPriority = (value: number | undefined): value is number =>
  value !== undefined && value >= 0 && value <= 0xffffffff

export const readRulesJson = (json: string, family: Family): Reading<PolicyRule> =>
  readRows(json, (row) => {
    const priority = numberOf(row, 'priority')
    if (!anyPriority(priority)) return `a rule without a priority: ${excerpt(JSON.stringify(row))}`
    return ruleOf(priority, wordsOf(row), family)
  })

/** `512:	from all to 192.168.1.197 lookup main` */
export function readRulesText(text: string, family: Family): Reading<PolicyRule> {
  const problems = new Problems()
  const value: PolicyRule[] = []
  for (const [index, line] of linesOf(text).entries()) {
    if (line.trim() === '') continue
    const match = /^(\d{1,10}):\s*(.*)$/.exec(line)
    if (!match || !anyPriority(Number(match[1]))) {
      problems.add(`line ${index + 1}: not a rule: ${excerpt(line)}`)
      continue
    }
    value.push(ruleOf(Number(match[1]), (match[2] ?? '').trim().split(/\s+/), family))
  }
  return { value, problems: problems.list() }
}
