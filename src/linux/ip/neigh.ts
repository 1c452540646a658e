/** `ip -json neigh show` and `ip -json neigh show proxy` (iproute2, ip/ipneigh.c). */
import { formatIp, parseIp } from '../../model/address/address.ts'
import type { Neighbour, NeighbourState } from '../../model/stack/neighbour.ts'
import { excerpt, type Reading } from '../reading.ts'
import { has, readRows, textOf, textsOf } from '../record.ts'

/** As iproute2 prints them (ip/ipneigh.c). */
export const neighbourStates: readonly NeighbourState[] = [
  'PERMANENT',
  'NOARP',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'INCOMPLETE',
  'FAILED',
]

export const readNeighbours = (json: string): Reading<Neighbour> =>
  readRows(json, (row) => {
    const address = parseIp(textOf(row, 'dst') ?? '')
    const device = textOf(row, 'dev')
    if (address === undefined || device === undefined)
      return `a neighbour without address or device: ${excerpt(JSON.stringify(row))}`
    const printed = textsOf(row, 'state')
    const state = neighbourStates.find((name) => printed.includes(name)) ?? 'NONE'
    const mac = textOf(row, 'lladdr')?.toLowerCase() ?? null
    const proxy = has(row, 'proxy')
    const words = [formatIp(address), 'dev', device]
    if (mac !== null) words.push('lladdr', mac)
    if (has(row, 'router')) words.push('router')
    if (proxy) words.push('proxy')
    words.push(...printed)
    return { address, device, mac, state, proxy, line: words.join(' ') }
  })
