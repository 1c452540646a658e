/** A packet's header in the field's own words, the same in every language. Pure. */
import type { PacketView } from '../model/path/path.ts'

/** `192.168.1.239 → 198.51.100.100`, with ports where there are any. */
export function addressesOf(view: PacketView): string {
  const end = (address: string, port: number | undefined): string =>
    port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  return `${end(view.src, view.sourcePort)} → ${end(view.dst, view.destinationPort)}`
}

const icmpNames: Readonly<Record<number, string>> = {
  0: 'echo reply',
  3: 'unreachable',
  5: 'redirect',
  8: 'echo request',
  11: 'time exceeded',
}
const icmpv6Names: Readonly<Record<number, string>> = {
  1: 'unreachable',
  2: 'packet too big',
  3: 'time exceeded',
  128: 'echo request',
  129: 'echo reply',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbour solicitation',
  136: 'neighbour advertisement',
}

/** RFC 792 and RFC 1191: the codes that a cluster's packets meet. */
const unreachableNames: Readonly<Record<number, string>> = {
  0: 'net unreachable',
  1: 'host unreachable',
  3: 'port unreachable',
  4: 'fragmentation needed',
  10: 'host prohibited',
  13: 'administratively prohibited',
}

/** `echo request id 8 seq 1`, `tcp [S]`, `udp` */
export function transportText(view: PacketView): string {
  if (view.tcpFlags !== undefined) return `tcp [${view.tcpFlags}]`
  if (view.icmpType === undefined) return view.protocol
  const names = view.protocol === 'icmpv6' ? icmpv6Names : icmpNames
  const name =
    (view.protocol === 'icmp' && view.icmpType === 3 ? unreachableNames[view.icmpCode ?? 0] : undefined) ??
    names[view.icmpType] ??
    `type ${view.icmpType} code ${view.icmpCode ?? 0}`
  const echo = name.startsWith('echo ') ? name : `${view.protocol} ${name}`
  return `${echo}${view.icmpId === undefined ? '' : ` id ${view.icmpId} seq ${view.icmpSequence ?? 0}`}`
}
