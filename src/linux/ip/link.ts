/** `ip -json -details link show` and `ip -json addr show` (iproute2 4.14 and later). */
import { formatIp, parseIp } from '../../model/address/address.ts'
import type { Link, LinkAddress } from '../../model/stack/link.ts'
import { excerpt, type Reading } from '../reading.ts'
import { has, isRow, numberOf, readRows, rowsOf, textOf, textsOf, type Row } from '../record.ts'

const forever = 4294967295

/** The interfaces, without addresses. Reads the output of `ip addr` too, which holds the same members. */
export const readLinks = (json: string): Reading<Link> =>
  readRows(json, (row) => {
    const name = textOf(row, 'ifname')
    const index = numberOf(row, 'ifindex')
    const mtu = numberOf(row, 'mtu')
    if (name === undefined || index === undefined || mtu === undefined)
      return `an interface without ifname, ifindex or mtu: ${excerpt(JSON.stringify(row))}`
    const info = row['linkinfo']
    const type = textOf(row, 'link_type') ?? 'ether'
    return {
      index,
      name,
      kind: isRow(info) ? (textOf(info, 'info_kind') ?? null) : null,
      type,
      flags: textsOf(row, 'flags'),
      state: textOf(row, 'operstate') ?? 'UNKNOWN',
      mtu,
      mac: textOf(row, 'address')?.toLowerCase() ?? null,
      master: textOf(row, 'master') ?? null,
      group: textOf(row, 'group') ?? 'default',
      addresses: rowsOf(row, 'addr_info').flatMap((info) => readAddress(info) ?? []),
      ...(isRow(row['xdp']) ? { xdp: `xdp ${textOf(programOf(row['xdp']), 'id') ?? ''}`.trim() } : {}),
      line: linkLine(row),
    }
  })

const programOf = (xdp: Row): Row => (isRow(xdp['prog']) ? xdp['prog'] : {})

/** The addresses of each interface, by the interface's name. */
export function readAddresses(json: string): {
  readonly value: ReadonlyMap<string, readonly LinkAddress[]>
  readonly problems: readonly string[]
} {
  const read = readLinks(json)
  return { value: new Map(read.value.map((link) => [link.name, link.addresses])), problems: read.problems }
}

/** The first line of `ip link` (link/ip_link.c: print_linkinfo). */
function linkLine(row: Row): string {
  const name = textOf(row, 'ifname') ?? ''
  const peer = textOf(row, 'link')
  const peerIndex = numberOf(row, 'link_index')
  const at = peer !== undefined ? `@${peer}` : peerIndex !== undefined ? `@if${peerIndex}` : ''
  const words = [
    `${numberOf(row, 'ifindex') ?? 0}:`,
    `${name}${at}:`,
    `<${textsOf(row, 'flags').join(',')}>`,
    `mtu ${numberOf(row, 'mtu') ?? 0}`,
  ]
  const word = (label: string, key: string): void => {
    const value = textOf(row, key)
    if (value !== undefined) words.push(`${label} ${value}`)
  }
  word('qdisc', 'qdisc')
  word('master', 'master')
  word('state', 'operstate')
  word('mode', 'linkmode')
  word('group', 'group')
  word('qlen', 'txqlen')
  return words.join(' ')
}

/** Words that stand behind an address (iproute2, ip/ipaddress.c). */
export const addressFlags = [
  'secondary',
  'temporary',
  'tentative',
  'deprecated',
  'optimistic',
  'dadfailed',
  'nodad',
  'home',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
  'dynamic',
] as const

function readAddress(row: Row): LinkAddress | undefined {
  const address = parseIp(textOf(row, 'local') ?? '')
  const length = numberOf(row, 'prefixlen')
  if (address === undefined || length === undefined) return undefined
  if (length > (typeof address === 'number' ? 32 : 128)) return undefined
  const peer = parseIp(textOf(row, 'address') ?? '') ?? null
  const broadcast = parseIp(textOf(row, 'broadcast') ?? '') ?? null
  const scope = textOf(row, 'scope') ?? 'global'
  const valid = numberOf(row, 'valid_life_time')
  const flags = addressFlags.filter((flag) => has(row, flag))
  if (!flags.includes('dynamic') && valid !== undefined && valid !== forever) flags.push('dynamic')
  const family = typeof address === 'number' ? 'inet' : 'inet6'
  const shown =
    peer === null ? `${formatIp(address)}/${length}` : `${formatIp(address)} peer ${formatIp(peer)}/${length}`
  const words = [family, shown]
  const metric = numberOf(row, 'metric')
  if (metric !== undefined) words.push('metric', String(metric))
  if (broadcast !== null) words.push('brd', formatIp(broadcast))
  words.push('scope', scope, ...flags)
  // Who added it; iproute2 6.4 and later.
  const protocol = textOf(row, 'protocol')
  if (protocol !== undefined) words.push('proto', protocol)
  const label = textOf(row, 'label')
  if (label !== undefined) words.push(label)
  return { address, length, peer, broadcast, scope, flags, line: words.join(' ') }
}
