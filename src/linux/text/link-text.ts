/** `ip addr` and `ip link` as people see them → what `ip -json` would have printed (iproute2: ip/ipaddress.c). */
import { addressFlags } from '../ip/link.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'

/** An interface as a row of `ip -json -details addr show`. */
export type LinkRow = Readonly<Record<string, unknown>>

interface Open {
  readonly row: Record<string, unknown>
  readonly addresses: Record<string, unknown>[]
}

const begin = /^(\d{1,9}): ([^\s:@]{1,64})(?:@([^\s:]{1,64}))?: <([A-Z0-9_,-]{0,300})> mtu (\d{1,9})(.*)$/

/** Words that are followed by one value, on the first line. */
const valued: Readonly<Record<string, string>> = {
  qdisc: 'qdisc',
  master: 'master',
  state: 'operstate',
  mode: 'linkmode',
  group: 'group',
}

/** The interfaces, in order, with their addresses. Never throws; linear in the text. */
export function readLinkText(text: string): Reading<LinkRow> {
  const problems = new Problems()
  const found: Open[] = []
  let open: Open | null = null
  for (const [index, line] of linesOf(text).entries()) {
    if (line.trim() === '') continue
    const started = begin.exec(line)
    if (started) {
      open = { row: firstLine(started), addresses: [] }
      found.push(open)
      continue
    }
    const words = line.trim().split(/\s+/)
    if (open === null || !/^\s/.test(line))
      problems.add(`line ${index + 1}: not of an interface: ${excerpt(line)}`)
    else if (words[0]?.startsWith('link/')) hardware(open.row, words)
    else if (words[0] === 'inet' || words[0] === 'inet6') {
      const address = addressOf(words)
      if (address === null) problems.add(`line ${index + 1}: not an address: ${excerpt(line)}`)
      else open.addresses.push(address)
    } else if (words[0] === 'valid_lft') lifetime(open, words)
    else if (kinds.has(words[0] ?? '')) open.row['linkinfo'] ??= { info_kind: words[0] }
  }
  return {
    value: found.map(({ row, addresses }) => ({ ...row, addr_info: addresses })),
    problems: problems.list(),
  }
}

/** Devices of which `ip -details` prints the kind at the beginning of a line, and that the prediction knows apart. */
const kinds: ReadonlySet<string> = new Set([
  'veth',
  'dummy',
  'vlan',
  'bridge',
  'ipvlan',
  'macvlan',
  'vxlan',
  'ipip',
  'vrf',
])

function firstLine(match: RegExpExecArray): Record<string, unknown> {
  const [, index, name, peer, flags = '', mtu, rest = ''] = match
  const row: Record<string, unknown> = { ifindex: Number(index), ifname: name }
  const number = /^if(\d{1,9})$/.exec(peer ?? '')?.[1]
  if (number !== undefined) row['link_index'] = Number(number)
  else if (peer !== undefined) row['link'] = peer
  row['flags'] = flags === '' ? [] : flags.split(',')
  row['mtu'] = Number(mtu)
  const words = rest.trim().split(/\s+/)
  for (let i = 0; i + 1 < words.length; i++) {
    const key = valued[words[i] ?? '']
    if (key !== undefined) row[key] = words[++i]
    else if (words[i] === 'qlen') row['txqlen'] = Number(words[++i])
  }
  return row
}

function hardware(row: Record<string, unknown>, words: readonly string[]): void {
  row['link_type'] = (words[0] ?? '').slice('link/'.length)
  if (words[1] !== undefined && /^[0-9a-f:]{2,60}$/.test(words[1])) row['address'] = words[1]
  const namespace = words.indexOf('link-netnsid')
  if (namespace > 0) row['link_netnsid'] = Number(words[namespace + 1])
}

const flags: ReadonlySet<string> = new Set(addressFlags)

function addressOf(words: readonly string[]): Record<string, unknown> | null {
  const row: Record<string, unknown> = { family: words[0] }
  let i = 1
  const take = (text: string): readonly [string, number | null] => {
    const [address = '', length] = text.split('/')
    return [address, length === undefined ? null : Number(length)]
  }
  const [local, bits] = take(words[i++] ?? '')
  row['local'] = local
  let length = bits
  if (words[i] === 'peer') {
    const [peer, peerBits] = take(words[i + 1] ?? '')
    row['address'] = peer
    length = peerBits
    i += 2
  }
  row['prefixlen'] = length ?? (local.includes(':') ? 128 : 32)
  for (; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === 'brd') row['broadcast'] = words[++i]
    else if (word === 'scope') row['scope'] = words[++i]
    else if (word === 'metric') row['metric'] = Number(words[++i])
    else if (word === 'proto') row['protocol'] = words[++i]
    else if (flags.has(word)) row[word] = true
    else if (i === words.length - 1) row['label'] = word
  }
  return Number.isInteger(row['prefixlen']) ? row : null
}

/** `valid_lft forever preferred_lft forever`, `valid_lft 3012sec …` */
function lifetime(open: Open, words: readonly string[]): void {
  const last = open.addresses.at(-1)
  const valid = words[1] ?? ''
  if (last) last['valid_life_time'] = valid === 'forever' ? 4294967295 : Number(valid.replace(/sec$/, ''))
}
