/** One line of `iptables -L -n [-v]` → the rule that it is of (iptables/iptables.c: print_rule; each extension's own words). */
import type { FilterRule } from '../../model/stack/ruleset.ts'
import { readRule } from '../netfilter/iptables-rule.ts'

const protocols: ReadonlySet<string> = new Set([
  'all',
  'tcp',
  'udp',
  'icmp',
  'ipv6-icmp',
  'icmpv6',
  'sctp',
  'udplite',
  'esp',
  'ah',
  'dccp',
])

/**
 * Null: no such line. What is not known among the words at its end makes the rule one that may match or not (`problem`); the
 * line that is quoted is the one that was listed.
 */
export function listedRule(line: string, chain: string): FilterRule | null {
  const words = line.trim().split(/\s+/)
  const at = words.findIndex((word, i) => /^(--|-f|!f)$/.test(word) && isProtocol(words[i - 1] ?? ''))
  if (at < 1) return null
  const before = words.slice(0, at - 1).filter((word) => !/^\d+[KMGT]?$/.test(word))
  if (before.length > 1) return null
  const wide = words.slice(0, at - 1).length - before.length >= 2
  const fields = words.slice(at + 1)
  const [iif = '*', oif = '*'] = wide ? fields.splice(0, 2) : []
  const [source = '', destination = ''] = fields.splice(0, 2)
  if (!isPrefix(source) || !isPrefix(destination)) return null
  // Of the end the very letters count: a comment may have any.
  const rest = endOf(line, at + 1 + (wide ? 2 : 0) + 2)
  const spec = [
    `-A ${chain}`,
    ...option('-s', source, /^!?(0\.0\.0\.0\/0|anywhere|::\/0)$/),
    ...option('-d', destination, /^!?(0\.0\.0\.0\/0|anywhere|::\/0)$/),
    ...option('-i', iif, /^(\*|any)$/),
    ...option('-o', oif, /^(\*|any)$/),
    ...option('-p', words[at - 1] ?? '', /^(all|0)$/),
    ...(words[at] === '--' ? [] : [words[at] === '-f' ? '-f' : '! -f']),
  ]
  const { matches, target, unknown } = readEnd(rest)
  const name = before[0]
  const own = target.options.map((one) =>
    one.startsWith('to ')
      ? `${name === 'SNAT' ? '--to-source' : name === 'NETMAP' ? '--to' : '--to-destination'}${one.slice(2)}`
      : one,
  )
  const jump = name === undefined ? [] : [`${target.goto ? '-g' : '-j'} ${name}`, ...own]
  const read = readRule([...spec, ...matches, ...jump].join(' '))
  if (typeof read === 'string') return null
  const doubt =
    unknown ??
    (name !== undefined && needsMore(name, target.options) ? `what ${name} does is not told` : null)
  return { ...read, problem: doubt === null ? read.problem : `not understood: ${doubt}`, line: line.trim() }
}

const isProtocol = (word: string): boolean =>
  protocols.has(word.replace(/^!/, '')) || /^!?\d{1,3}$/.test(word)

const isPrefix = (word: string): boolean => word === 'anywhere' || /^!?[0-9a-f.:]+(\/[0-9.]+)?$/.test(word)

const option = (name: string, value: string, any: RegExp): readonly string[] =>
  any.test(value) && !value.startsWith('!')
    ? []
    : value.startsWith('!')
      ? [`! ${name} ${value.slice(1)}`]
      : [`${name} ${value}`]

/** The line from its word number `count` on. */
function endOf(line: string, count: number): string {
  const gap = /\s*\S+/y
  for (let i = 0; i < count; i++) if (!gap.test(line)) return ''
  return line.slice(gap.lastIndex).trim()
}

/** Targets of which nothing is known without their words. */
const needsMore = (name: string, options: readonly string[]): boolean =>
  [
    'DNAT',
    'SNAT',
    'MARK',
    'CONNMARK',
    'NETMAP',
    'TPROXY',
    'SET',
    'CT',
    'NFQUEUE',
    'HMARK',
    'TTL',
    'DSCP',
    'TOS',
    'CONNSECMARK',
    'SECMARK',
    'IDLETIMER',
    'TEE',
    'TCPMSS',
    'CLASSIFY',
  ].includes(name) && options.length === 0

interface End {
  readonly matches: readonly string[]
  readonly target: { readonly goto: boolean; readonly options: readonly string[] }
  /** What was left; null: nothing. */
  readonly unknown: string | null
}

type Part = readonly [
  pattern: RegExp,
  match: ((found: RegExpExecArray) => string) | null,
  target?: (found: RegExpExecArray) => string,
]

const not = (text: string | undefined): string => ((text ?? '').includes('!') ? '! ' : '')
const range = (text: string | undefined): string => (text ?? '').replace(/^!/, '')

/** Words as the extensions print them, in whatever order they come (extensions/libxt_*.c, libipt_*.c). */
const parts: readonly Part[] = [
  [/^\/\* (.{0,300}?) \*\//, (found) => `-m comment --comment ${JSON.stringify(found[1] ?? '')}`],
  [
    /^(tcp|udp|sctp|udplite|dccp)(?: (spts?|dpts?):(!?[\d:]+))(?: (spts?|dpts?):(!?[\d:]+))?(?: flags:(!?)0x([0-9A-F]{2})\/0x([0-9A-F]{2}))?(?= |$)/,
    (found) =>
      `-m ${found[1] ?? ''}${ports(found[2], found[3])}${ports(found[4], found[5])}${found[7] === undefined ? '' : ` ${not(found[6])}--tcp-flags ${flagNames(found[7])} ${flagNames(found[8])}`}`,
  ],
  [
    /^tcp flags:(!?)0x([0-9A-F]{2})\/0x([0-9A-F]{2})/,
    (found) => `-m tcp ${not(found[1])}--tcp-flags ${flagNames(found[2])} ${flagNames(found[3])}`,
  ],
  [
    /^multiport (dports|sports|ports) (!?)([\d,:]+)/,
    (found) => `-m multiport ${not(found[2])}--${found[1] ?? ''} ${found[3] ?? ''}`,
  ],
  [/^(!?)(?: ?)ctstate ([A-Z,]+)/, (found) => `-m conntrack ${not(found[1])}--ctstate ${found[2] ?? ''}`],
  [/^(!?)(?: ?)state ([A-Z,]+)/, (found) => `-m state ${not(found[1])}--state ${found[2] ?? ''}`],
  [
    /^(connmark|mark) match (!?) ?(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/,
    (found) => `-m ${found[1] ?? ''} ${not(found[2])}--mark ${found[3] ?? ''}`,
  ],
  [
    /^ADDRTYPE match((?: (?:dst|src)-type !?[A-Z,]+)+)( limit-(?:in|out))?/,
    (found) =>
      `-m addrtype${(found[1] ?? '').replace(/ (dst|src)-type (!?)([A-Z,]+)/g, (_, side: string, bang: string, type: string) => ` ${not(bang)}--${side}-type ${type}`)}${found[2] === undefined ? '' : ` --limit-iface-${found[2].endsWith('in') ? 'in' : 'out'}`}`,
  ],
  [
    /^statistic mode random(!?) probability ([\d.]+)/,
    (found) => `-m statistic --mode random ${not(found[1])}--probability ${found[2] ?? ''}`,
  ],
  [
    /^(!? ?)match-set (\S+) ([a-z,]+)/,
    (found) => `-m set ${not(found[1])}--match-set ${found[2] ?? ''} ${found[3] ?? ''}`,
  ],
  [
    /^icmp(?:type| type) (\d+)(?: code (\d+))?/,
    (found) => `-m icmp --icmp-type ${found[1] ?? ''}${found[2] === undefined ? '' : `/${found[2]}`}`,
  ],
  [
    /^(source|destination) IP range (!?)([0-9.]+-[0-9.]+)/,
    (found) =>
      `-m iprange ${not(found[2])}--${found[1] === 'source' ? 'src' : 'dst'}-range ${found[3] ?? ''}`,
  ],
  [/^nfacct-name {1,2}(\S+)/, (found) => `-m nfacct --nfacct-name ${found[1] ?? ''}`],
  [/^\[goto\]/, null, () => 'goto'],
  [
    /^to:(\S+)(?: (random-fully|random|persistent))*/,
    null,
    (found) =>
      `to ${found[1] ?? ''}${/ random-fully/.test(found[0]) ? ' --random-fully' : / random/.test(found[0]) ? ' --random' : ''}${/ persistent/.test(found[0]) ? ' --persistent' : ''}`,
  ],
  [/^redir ports ([\d-]+)/, null, (found) => `--to-ports ${found[1] ?? ''}`],
  [/^masq ports: ([\d-]+)/, null, (found) => `--to-ports ${found[1] ?? ''}`],
  [/^random-fully(?= |$)/, null, () => '--random-fully'],
  [/^reject-with (\S+)/, null, (found) => `--reject-with ${found[1] ?? ''}`],
  [/^MARK or (0x[0-9a-f]+)/, null, (found) => `--set-xmark ${found[1] ?? ''}/${found[1] ?? ''}`],
  [/^MARK xset (0x[0-9a-f]+\/0x[0-9a-f]+)/, null, (found) => `--set-xmark ${found[1] ?? ''}`],
  [/^MARK set (0x[0-9a-f]+)/, null, (found) => `--set-xmark ${found[1] ?? ''}/0xffffffff`],
  [/^MARK and (0x[0-9a-f]+)/, null, (found) => `--set-xmark 0x0/0x${(~Number(found[1]) >>> 0).toString(16)}`],
  [/^CONNMARK or (0x[0-9a-f]+)/, null, (found) => `--set-xmark ${found[1] ?? ''}/${found[1] ?? ''}`],
  [/^CONNMARK xset (0x[0-9a-f]+\/0x[0-9a-f]+)/, null, (found) => `--set-xmark ${found[1] ?? ''}`],
  [/^CONNMARK set (0x[0-9a-f]+)/, null, (found) => `--set-xmark ${found[1] ?? ''}/0xffffffff`],
  [
    /^CONNMARK restore mask (0x[0-9a-f]+)/,
    null,
    (found) => `--restore-mark --nfmask ${found[1] ?? ''} --ctmask ${found[1] ?? ''}`,
  ],
  [/^CONNMARK restore(?= |$)/, null, () => '--restore-mark'],
  [
    /^CONNMARK save mask (0x[0-9a-f]+)/,
    null,
    (found) => `--save-mark --nfmask ${found[1] ?? ''} --ctmask ${found[1] ?? ''}`,
  ],
]

const ports = (which: string | undefined, value: string | undefined): string =>
  which === undefined ? '' : ` ${not(value)}--${which.startsWith('s') ? 'sport' : 'dport'} ${range(value)}`

const bits = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const
const flagNames = (hex: string | undefined): string => {
  const value = Number(`0x${hex ?? '0'}`)
  const names = bits.filter((_, i) => (value & (1 << i)) !== 0)
  return names.length === 0 ? 'NONE' : names.join(',')
}

function readEnd(text: string): End {
  const matches: string[] = []
  const options: string[] = []
  let goto = false
  let rest = text
  scan: while (rest !== '') {
    for (const [pattern, match, target] of parts) {
      const found = pattern.exec(rest)
      if (!found) continue
      if (match) matches.push(match(found))
      const said = target?.(found)
      if (said === 'goto') goto = true
      else if (said !== undefined) options.push(said)
      rest = rest.slice(found[0].length).trimStart()
      continue scan
    }
    // A protocol's name before nothing that it adds.
    const bare = /^(tcp|udp|sctp|icmp)(?= |$)/.exec(rest)
    if (!bare) break
    rest = rest.slice(bare[0].length).trimStart()
  }
  return { matches, target: { goto, options }, unknown: rest === '' ? null : rest.slice(0, 120) }
}
