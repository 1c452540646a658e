/** `route -n` and `netstat -rn` of net-tools: the table main in eight columns. */
import { parseIp4, type Ip4 } from '../../model/address/address.ts'
import type { Route } from '../../model/stack/route.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'

export const isKernelTable = (line: string): boolean =>
  /^Kernel IP routing table|^Destination\s+Gateway\s+Genmask/.test(line)

/** Flags (net-tools lib/inet_gr.c): U up, G a gateway, H a host, ! a rejecting route. */
export function readKernelTable(text: string): Reading<Route> {
  const problems = new Problems()
  const value: Route[] = []
  for (const [index, raw] of linesOf(text).entries()) {
    const line = raw.trim()
    if (line === '' || isKernelTable(line)) continue
    const [destination = '', gateway = '', mask = '', flags = '', metric = '', , , device = ''] =
      line.split(/\s+/)
    const address = destination === 'default' ? (0 as Ip4) : parseIp4(destination)
    const via = gateway === '-' || gateway === '*' ? (0 as Ip4) : parseIp4(gateway)
    const length = lengthOf(mask)
    if (
      address === undefined ||
      via === undefined ||
      length === null ||
      !/^[A-Z!]{1,8}$/.test(flags) ||
      device === ''
    ) {
      problems.add(`line ${index + 1}: not a route: ${excerpt(line)}`)
      continue
    }
    const rejects = flags.includes('!')
    value.push({
      family: 4,
      type: rejects ? 'unreachable' : 'unicast',
      destination: { address, length },
      table: 'main',
      protocol: 'boot',
      scope: flags.includes('G') ? 'global' : 'link',
      source: null,
      metric: /^\d{1,9}$/.test(metric) ? Number(metric) : 0,
      tos: 0,
      mtu: null,
      preference: null,
      from: null,
      nextHops: rejects ? [] : [{ via: via === 0 ? null : via, device, weight: 1, flags: [] }],
      line,
    })
  }
  return { value, problems: problems.list() }
}

function lengthOf(mask: string): number | null {
  const value = parseIp4(mask)
  if (value === undefined) return null
  const zeros = ~value >>> 0
  return ((zeros + 1) & zeros) >>> 0 === 0 ? Math.clz32(zeros) : null
}
