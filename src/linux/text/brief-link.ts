/** `ip -br addr` and `ip -br link` (iproute2: ip/ipaddress.c, print_linkinfo_brief): a line for each interface. */
import { parseIp } from '../../model/address/address.ts'
import type { Link, LinkAddress } from '../../model/stack/link.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'

/** Larger than any packet: a brief line tells no MTU. */
const noLimit = 65_536

const shape =
  /^([^\s@]{1,64})(?:@\S{1,64})?\s+(UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|TESTING|NOTPRESENT)\b\s*(.*)$/

export const isBrief = (line: string): boolean => shape.test(line)

/** Indexes are the places in the output: they are not printed. */
export function readBriefLinks(text: string): Reading<Link> {
  const problems = new Problems()
  const byName = new Map<string, Link>()
  for (const [index, line] of linesOf(text).entries()) {
    if (line.trim() === '') continue
    const match = shape.exec(line.trimEnd())
    if (!match) {
      problems.add(`line ${index + 1}: not an interface: ${excerpt(line)}`)
      continue
    }
    const [, name = '', state = '', rest = ''] = match
    const words = rest.split(/\s+/).filter((word) => word !== '')
    const flags = /<([A-Z0-9_,-]{0,300})>/.exec(rest)?.[1]?.split(',')
    const loopback = name === 'lo'
    const mac = words.find((word) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(word)) ?? null
    const before = byName.get(name)
    const up = state === 'UP' || state === 'UNKNOWN'
    byName.set(name, {
      index: before?.index ?? byName.size + 1,
      name,
      kind: null,
      type: loopback ? 'loopback' : 'ether',
      flags:
        flags ??
        before?.flags ??
        (up ? ['UP', 'LOWER_UP', ...(loopback ? ['LOOPBACK'] : [])] : ['NO-CARRIER']),
      state,
      mtu: noLimit,
      mac: mac ?? before?.mac ?? null,
      master: null,
      group: 'default',
      addresses: [
        ...(before?.addresses ?? []),
        ...words.flatMap((word) => addressOf(word, loopback, line) ?? []),
      ],
      line: line.trimEnd(),
    })
  }
  return { value: [...byName.values()], problems: problems.list() }
}

function addressOf(word: string, loopback: boolean, line: string): LinkAddress | null {
  const [text = '', bits] = word.split('/')
  const address = parseIp(text)
  if (address === undefined || bits === undefined || !/^\d{1,3}$/.test(bits)) return null
  const length = Number(bits)
  if (length > (typeof address === 'number' ? 32 : 128)) return null
  const scope = loopback
    ? 'host'
    : typeof address === 'bigint' && address >> 118n === 0x3fan
      ? 'link'
      : 'global'
  return { address, length, peer: null, broadcast: null, scope, flags: [], line: line.trimEnd() }
}
