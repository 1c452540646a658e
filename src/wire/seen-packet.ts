import type { Ip, Ip4 } from '../model/address/address.ts'
import type { SeenPacket, SeenTransport } from '../model/packet/sighting.ts'
import { icmpAt, isIcmpError } from './network/icmp.ts'
import { isIcmpv6Error } from './network/icmpv6.ts'
import { ipProtocol } from './network/ip-protocol.ts'
import { ipv4At } from './network/ipv4.ts'
import { ipv6At, ipv6ExtensionLength, isIpv6Extension, readIp6 } from './network/ipv6.ts'
import { networkOffset, notIp } from './network/network-offset.ts'
import { digestedOctets, payloadDigest } from './transport/payload-digest.ts'
import { tcpAt } from './transport/tcp.ts'
import { udpAt } from './transport/udp.ts'

const other: SeenTransport = { kind: 'other' }

/** More extension headers than this are not followed. */
const mostExtensions = 16

/**
 * The fast path from a captured frame to what following needs; `dissect` is the thorough one and must agree.
 * Reads the octets where they lie and never throws.
 * @param view all octets of the capture at hand
 * @param start where the frame begins, at its link layer
 * @param end one past its last captured octet
 * @param cut octets of the frame that were not captured
 * @returns null when the frame holds no IP packet whose addresses can be read
 */
export function readSeenPacket(
  view: DataView,
  start: number,
  end: number,
  cut: number,
  linkType: number,
): SeenPacket | null {
  const at = networkOffset(view, start, end, linkType)
  return at === notIp ? null : readSeenIp(view, at, end, cut, false)
}

/** The same from an IP header on. `quoted`: within an ICMP error, which is not looked into any further. */
function readSeenIp(
  view: DataView,
  at: number,
  end: number,
  cut: number,
  quoted: boolean,
): SeenPacket | null {
  if (end - at < ipv4At.options) return null
  const first = view.getUint8(at)
  if (first >> 4 === 6) return readSeenIp6(view, at, end, cut, quoted)
  const headerLength = (first & 15) << 2
  if (first >> 4 !== 4 || headerLength < ipv4At.options) return null
  const said = view.getUint16(at + ipv4At.totalLength)
  // Segmentation offload leaves 0 here: then the frame's own length counts.
  const length = said === 0 ? end - at + cut : said
  if (length < headerLength) return null
  const fragmentOffset = (view.getUint16(at + ipv4At.flags) & 0x1fff) << 3
  return seen(
    view,
    view.getUint32(at + ipv4At.source) as Ip4,
    view.getUint32(at + ipv4At.destination) as Ip4,
    view.getUint8(at + ipv4At.protocol),
    view.getUint8(at + ipv4At.ttl),
    view.getUint16(at + ipv4At.id),
    length,
    fragmentOffset,
    at + headerLength,
    end < at + length ? end : at + length,
    length - headerLength,
    quoted,
  )
}

function readSeenIp6(
  view: DataView,
  at: number,
  end: number,
  cut: number,
  quoted: boolean,
): SeenPacket | null {
  if (end - at < ipv6At.payload) return null
  const said = view.getUint16(at + ipv6At.payloadLength)
  const length = said === 0 ? end - at + cut : said + ipv6At.payload
  const stop = end < at + length ? end : at + length
  let protocol = view.getUint8(at + ipv6At.nextHeader)
  let transport = at + ipv6At.payload
  let fragmentOffset = 0
  for (let n = 0; n < mostExtensions && isIpv6Extension(protocol) && fragmentOffset === 0; n++) {
    if (stop - transport < 8) break
    const octets = ipv6ExtensionLength(protocol, view.getUint8(transport + 1))
    if (stop - transport < octets) break
    if (protocol === ipProtocol.fragment) fragmentOffset = view.getUint16(transport + 2) & 0xfff8
    protocol = view.getUint8(transport)
    transport += octets
  }
  return seen(
    view,
    readIp6(view, at + ipv6At.source),
    readIp6(view, at + ipv6At.destination),
    protocol,
    view.getUint8(at + ipv6At.hopLimit),
    0,
    length,
    fragmentOffset,
    transport,
    stop,
    length - (transport - at),
    quoted,
  )
}

/** @param at where the transport header begins; @param end one past the packet's last captured octet */
function seen(
  view: DataView,
  source: Ip,
  destination: Ip,
  protocol: number,
  ttl: number,
  id: number,
  length: number,
  fragmentOffset: number,
  at: number,
  end: number,
  octets: number,
  quoted: boolean,
): SeenPacket {
  let transport = other
  let header = 0
  if (fragmentOffset === 0) {
    const have = end - at
    if (protocol === ipProtocol.tcp && have >= tcpAt.options) {
      const offset = (view.getUint8(at + tcpAt.dataOffset) >> 4) << 2
      if (offset >= tcpAt.options && offset <= octets) {
        header = offset
        transport = {
          kind: 'tcp',
          sourcePort: view.getUint16(at + tcpAt.sourcePort),
          destinationPort: view.getUint16(at + tcpAt.destinationPort),
          flags: view.getUint8(at + tcpAt.flags),
          sequence: view.getUint32(at + tcpAt.sequence),
          acknowledgement: view.getUint32(at + tcpAt.acknowledgement),
        }
      }
    } else if (protocol === ipProtocol.udp && have >= udpAt.payload) {
      header = udpAt.payload
      transport = {
        kind: 'udp',
        sourcePort: view.getUint16(at + udpAt.sourcePort),
        destinationPort: view.getUint16(at + udpAt.destinationPort),
      }
    } else if ((protocol === ipProtocol.icmp || protocol === ipProtocol.icmpv6) && have >= icmpAt.payload) {
      header = icmpAt.payload
      transport = readIcmpTransport(view, at, end, protocol, quoted)
    }
  }
  const payloadLength = octets - header
  const tag = quoted ? undefined : tagOf(view, at + header, end, payloadLength, transport)
  return {
    source,
    destination,
    protocol,
    ttl,
    id,
    length,
    fragmentOffset,
    transport,
    payloadDigest: payloadDigest(view, at + header, end, payloadLength),
    payloadLength,
    ...(tag === undefined ? {} : { tag }),
  }
}

function tagOf(
  view: DataView,
  payload: number,
  end: number,
  payloadLength: number,
  transport: SeenTransport,
): number | undefined {
  if (transport.kind === 'udp') return end - payload < 2 ? undefined : view.getUint16(payload)
  if (transport.kind !== 'icmp' || transport.about || payloadLength < digestedOctets) return undefined
  const digest = payloadDigest(view, payload + stampOctets, end, digestedOctets - stampOctets)
  return digest === 0 ? undefined : digest
}

/** ping's time stamp: a struct timeval (iputils, ping_common.c). */
const stampOctets = 16

/** ICMP and ICMPv6 lay out these fields alike. */
function readIcmpTransport(
  view: DataView,
  at: number,
  end: number,
  protocol: number,
  quoted: boolean,
): SeenTransport {
  const type = view.getUint8(at + icmpAt.type)
  const code = view.getUint8(at + icmpAt.code)
  const id = view.getUint16(at + icmpAt.id)
  const sequence = view.getUint16(at + icmpAt.sequence)
  const isError = protocol === ipProtocol.icmp ? isIcmpError(type) : isIcmpv6Error(type)
  const about = isError && !quoted ? readSeenIp(view, at + icmpAt.payload, end, 0, true) : null
  return about
    ? { kind: 'icmp', type, code, id, sequence, about }
    : { kind: 'icmp', type, code, id, sequence }
}
