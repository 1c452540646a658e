import { familyOf, formatIp, type Ip } from '../../model/address/address.ts'
import type { PacketView } from '../../model/path/path.ts'
import type { SeenPacket, SeenTransport } from '../../model/packet/sighting.ts'
import { icmpType } from '../../wire/network/icmp.ts'
import { icmpv6Type } from '../../wire/network/icmpv6.ts'
import { ipProtocol } from '../../wire/network/ip-protocol.ts'
import { formatTcpFlags, tcpFlag } from '../../wire/transport/tcp.ts'

/**
 * What no translation on the way changes: `SNAT --random-fully` rewrites addresses, ports and the ICMP id,
 * and every stack lowers the TTL; IP id, ICMP sequence, TCP numbers and the payload stay.
 * Two packets with different keys are different packets; equal keys are compared further with `samePayload`.
 */
export function packetKey(packet: SeenPacket): string {
  const { protocol, id, fragmentOffset, payloadLength, transport } = packet
  return `${protocol} ${id} ${fragmentOffset} ${payloadLength} ${transportKey(transport)}`
}

function transportKey(transport: SeenTransport): string {
  switch (transport.kind) {
    case 'icmp':
      // An error's payload is rewritten on the way: translators look into the quoted packet.
      if (transport.about) return `error ${transport.type} ${transport.code} ${quotedKey(transport.about)}`
      return `icmp ${transport.type} ${transport.code} ${transport.sequence}`
    case 'tcp':
      return `tcp ${transport.flags} ${transport.sequence} ${transport.acknowledgement}`
    case 'udp':
      return 'udp'
    case 'other':
      return 'other'
  }
}

/** What a quotation keeps of a packet, whatever little of it is quoted. */
export function quotedKey(packet: SeenPacket): string {
  const { protocol, id, transport } = packet
  const sequence = transport.kind === 'icmp' || transport.kind === 'tcp' ? transport.sequence : 0
  return `${protocol} ${id} ${sequence}`
}

/** An ICMP error's payload changes with translation; any other payload stays, as far as it was captured. */
export const samePayload = (a: SeenPacket, b: SeenPacket): boolean =>
  isError(a) || a.payloadDigest === b.payloadDigest || a.payloadDigest === 0 || b.payloadDigest === 0

export const isError = (packet: SeenPacket): boolean =>
  packet.transport.kind === 'icmp' && packet.transport.about !== undefined

/** The two numbers that translation may change beside the addresses: ports, or the ICMP id as both. */
export function portsOf(transport: SeenTransport): readonly [number, number] {
  switch (transport.kind) {
    case 'tcp':
    case 'udp':
      return [transport.sourcePort, transport.destinationPort]
    case 'icmp':
      return [transport.id, transport.id]
    case 'other':
      return [0, 0]
  }
}

/** Equal in all that translation can change. A wire changes none of it. */
export function sameAddresses(a: SeenPacket, b: SeenPacket): boolean {
  const [aSource, aDestination] = portsOf(a.transport)
  const [bSource, bDestination] = portsOf(b.transport)
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    aSource === bSource &&
    aDestination === bDestination
  )
}

/** How many of source and destination a stack would have rewritten to make `b` of `a`; ports break ties. */
export function rewrites(a: SeenPacket, b: SeenPacket): number {
  const [aSource, aDestination] = portsOf(a.transport)
  const [bSource, bDestination] = portsOf(b.transport)
  return (
    (a.source === b.source ? 0 : 4) +
    (a.destination === b.destination ? 0 : 4) +
    (aSource === bSource ? 0 : 1) +
    (aDestination === bDestination ? 0 : 1)
  )
}

const isEcho = (packet: SeenPacket): boolean =>
  packet.transport.kind === 'icmp' &&
  packet.transport.type === (packet.protocol === ipProtocol.icmp ? icmpType.echo : icmpv6Type.echo)

export const isSyn = (packet: SeenPacket): boolean =>
  packet.transport.kind === 'tcp' &&
  (packet.transport.flags & (tcpFlag.syn | tcpFlag.ack | tcpFlag.rst)) === tcpFlag.syn

/** Does such a packet open an exchange, so that a prober may have sent it? */
export function isProbe(packet: SeenPacket): boolean {
  switch (packet.transport.kind) {
    case 'icmp':
      return isEcho(packet)
    case 'tcp':
    case 'udp':
      return true
    case 'other':
      return packet.fragmentOffset > 0
  }
}

/** `certain`: the kernel answers by itself. `possible`: a process may. `none`: nothing is due. */
export function answerDue(packet: SeenPacket): 'certain' | 'possible' | 'none' {
  if (packet.fragmentOffset > 0) return 'none'
  if (isEcho(packet) || isSyn(packet)) return 'certain'
  return packet.transport.kind === 'udp' ? 'possible' : 'none'
}

export type AnswerKind = 'echo-reply' | 'syn-ack' | 'reset' | 'datagram' | 'icmp-error'

/** Is `answer` what comes back to `packet`, seen at the same place? Null when it is not. */
export function answerKind(packet: SeenPacket, answer: SeenPacket): AnswerKind | null {
  if (isError(answer))
    return isErrorAbout(answer, packet) && answer.source === packet.destination ? 'icmp-error' : null
  if (
    answer.protocol !== packet.protocol ||
    answer.source !== packet.destination ||
    answer.destination !== packet.source
  )
    return null
  const to = packet.transport
  const back = answer.transport
  if (to.kind === 'icmp' && back.kind === 'icmp') {
    const reply = packet.protocol === ipProtocol.icmp ? icmpType.echoReply : icmpv6Type.echoReply
    const matches = back.type === reply && back.id === to.id && back.sequence === to.sequence
    return matches && answer.payloadLength === packet.payloadLength && samePayload(packet, answer)
      ? 'echo-reply'
      : null
  }
  if (to.kind === 'tcp' && back.kind === 'tcp') {
    if (back.sourcePort !== to.destinationPort || back.destinationPort !== to.sourcePort) return null
    const expected = (to.sequence + 1 + packet.payloadLength) >>> 0
    // A SYN with data (fast open) may be acknowledged without its data.
    if (back.acknowledgement !== expected && back.acknowledgement !== (to.sequence + 1) >>> 0) return null
    if (back.flags & tcpFlag.rst) return 'reset'
    return (back.flags & tcpFlag.syn) !== 0 && (back.flags & tcpFlag.ack) !== 0 ? 'syn-ack' : null
  }
  if (to.kind === 'udp' && back.kind === 'udp')
    return back.sourcePort === to.destinationPort && back.destinationPort === to.sourcePort
      ? 'datagram'
      : null
  return null
}

/** Does the ICMP error quote this very packet, as it looked at the same place? */
export function isErrorAbout(error: SeenPacket, packet: SeenPacket): boolean {
  const about = error.transport.kind === 'icmp' ? error.transport.about : undefined
  return (
    about?.source === packet.source &&
    about.destination === packet.destination &&
    quotedKey(about) === quotedKey(about.transport.kind === 'other' ? withoutTransport(packet) : packet)
  )
}

/** A short quotation (RFC 792: eight octets) does not show the transport; then IP's own fields decide. */
const withoutTransport = (packet: SeenPacket): SeenPacket => ({ ...packet, transport: { kind: 'other' } })

const protocolNames: Readonly<Record<number, string>> = {
  [ipProtocol.icmp]: 'icmp',
  [ipProtocol.tcp]: 'tcp',
  [ipProtocol.udp]: 'udp',
  [ipProtocol.icmpv6]: 'icmpv6',
}

/** The packet as it stands in a result. */
export function packetView(packet: SeenPacket): PacketView {
  return {
    src: formatIp(packet.source),
    dst: formatIp(packet.destination),
    protocol: protocolNames[packet.protocol] ?? String(packet.protocol),
    ttl: packet.ttl,
    ...transportView(packet.transport),
    ...(familyOf(packet.source) === 4 ? { id: packet.id } : {}),
    length: packet.length,
  }
}

function transportView(transport: SeenTransport): Partial<PacketView> {
  switch (transport.kind) {
    case 'icmp':
      return {
        icmpType: transport.type,
        icmpCode: transport.code,
        ...(transport.about ? {} : { icmpId: transport.id, icmpSequence: transport.sequence }),
      }
    case 'tcp':
      return {
        sourcePort: transport.sourcePort,
        destinationPort: transport.destinationPort,
        tcpFlags: formatTcpFlags(transport.flags),
      }
    case 'udp':
      return { sourcePort: transport.sourcePort, destinationPort: transport.destinationPort }
    case 'other':
      return {}
  }
}

/** Another address in a view; the TTL beyond what was captured is not known. */
export function viewWith(view: PacketView, change: { readonly src?: Ip; readonly dst?: Ip }): PacketView {
  const { ttl: _ttl, ...rest } = view
  return {
    ...rest,
    ...(change.src === undefined ? {} : { src: formatIp(change.src) }),
    ...(change.dst === undefined ? {} : { dst: formatIp(change.dst) }),
  }
}
