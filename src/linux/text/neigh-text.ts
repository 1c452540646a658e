/** `ip neigh` without -json (iproute2: ip/ipneigh.c), and `arp -n` and `arp -a` of net-tools. */
import { parseIp } from '../../model/address/address.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import { neighbourStates } from '../ip/neigh.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'

export const isNeighbour = (line: string): boolean =>
  /^[0-9a-f.:]{2,45} dev \S+ .{0,100}\b(PERMANENT|NOARP|REACHABLE|STALE|DELAY|PROBE|INCOMPLETE|FAILED)\s*$/.test(
    line,
  )

export function readNeighbourText(text: string): Reading<Neighbour> {
  return eachLine(text, (line) => {
    const words = line.split(/\s+/)
    const address = parseIp(words[0] ?? '')
    const device = words[words.indexOf('dev') + 1]
    if (address === undefined || words[1] !== 'dev' || device === undefined) return null
    const at = words.indexOf('lladdr')
    return {
      address,
      device,
      mac: at > 0 ? (words[at + 1]?.toLowerCase() ?? null) : null,
      state: neighbourStates.find((name) => words.includes(name)) ?? 'NONE',
      proxy: words.includes('proxy'),
      line: words.join(' '),
    }
  })
}

/** `192.168.1.1  ether  02:…  C  eth0`, or `? (192.168.1.1) at 02:… [ether] on eth0` */
const table = /^(\S+)\s+(?:ether\s+)?([0-9a-f:]{17}|\(incomplete\))\s+(?:([CMP!]{1,4})\s+)?(?:\S+\s+)??(\S+)$/
const list = /^\S+ \(([0-9.]{7,15})\) at ([0-9a-f:]{17}|<incomplete>)(?: \[\w+\])?( PERM)?(?: PUB)? on (\S+)$/

export const isArp = (line: string): boolean => /^Address\s+HWtype\s+HWaddress/.test(line) || list.test(line)

export function readArp(text: string): Reading<Neighbour> {
  return eachLine(text, (line) => {
    if (/^Address\s+HWtype|^Entries:/.test(line)) return undefined
    const listed = list.exec(line)
    const [, name = '', mac = '', flags = '', device = ''] = listed
      ? ['', listed[1], listed[2], listed[3] === undefined ? 'C' : 'CM', listed[4]]
      : (table.exec(line) ?? [])
    const address = parseIp(name)
    if (address === undefined || device === '') return null
    const known = /^[0-9a-f]{2}:/.test(mac)
    return {
      address,
      device,
      mac: known ? mac : null,
      // net-tools tell only whether an entry is complete and whether it is for ever.
      state: known ? (flags.includes('M') ? 'PERMANENT' : 'STALE') : 'INCOMPLETE',
      proxy: false,
      line,
    }
  })
}

function eachLine<T>(text: string, read: (line: string) => T | null | undefined): Reading<T> {
  const problems = new Problems()
  const value: T[] = []
  for (const [index, raw] of linesOf(text).entries()) {
    const line = raw.trim()
    if (line === '') continue
    const item = read(line)
    if (item === null) problems.add(`line ${index + 1}: not a neighbour: ${excerpt(line)}`)
    else if (item !== undefined) value.push(item)
  }
  return { value, problems: problems.list() }
}
