import { readArp, type Arp } from './link/arp.ts'
import { isProblem, viewFrom, type Decoded, type Problem } from './decoded.ts'
import { readDns, type DnsMessage } from './dns/message.ts'
import { readEthernet, type Ethernet } from './link/ethernet.ts'
import { etherType } from './link/ether-type.ts'
import { isIcmpError, readIcmp, type Icmp } from './network/icmp.ts'
import { isIcmpv6Error, readIcmpv6, type Icmpv6 } from './network/icmpv6.ts'
import { ipProtocol } from './network/ip-protocol.ts'
import { readIpv4, type Ipv4 } from './network/ipv4.ts'
import { readIpv6, type Ipv6 } from './network/ipv6.ts'
import { linkType } from './link/link-type.ts'
import { readLinuxSll, type LinuxSll } from './link/linux-sll.ts'
import { readLinuxSll2, type LinuxSll2 } from './link/linux-sll2.ts'
import { readTcp, type Tcp } from './transport/tcp.ts'
import { readUdp, type Udp } from './transport/udp.ts'

interface LayerOf<Kind extends string, Header> {
  readonly kind: Kind
  /** Octets from the frame's first one to the header's. */
  readonly offset: number
  readonly header: Header
}

export type Layer =
  | LayerOf<'ethernet', Ethernet>
  | LayerOf<'linux-sll', LinuxSll>
  | LayerOf<'linux-sll2', LinuxSll2>
  | LayerOf<'arp', Arp>
  | LayerOf<'ipv4', Ipv4>
  | LayerOf<'ipv6', Ipv6>
  | LayerOf<'icmp', Icmp>
  | LayerOf<'icmpv6', Icmpv6>
  | LayerOf<'tcp', Tcp>
  | LayerOf<'udp', Udp>
  | LayerOf<'dns', DnsMessage>

/** What could be read of a frame, where reading stopped, and why. */
export interface Dissection {
  readonly layers: readonly Layer[]
  /** Where the octets begin that no layer holds: the payload. */
  readonly payload: number
  /** One past the last octet that belongs to the packet: link-layer padding lies behind it. */
  readonly end: number
  /** Absent when everything that we know how to read was read. */
  readonly stopped?: Problem
}

/** What comes next: which reader, where, and where the packet ends. */
interface Step {
  readonly next: Next
  readonly at: number
  readonly end: number
}

type Next =
  | { readonly kind: 'ether-type'; readonly type: number }
  | { readonly kind: 'ip' }
  | { readonly kind: 'transport'; readonly protocol: number }
  | { readonly kind: 'dns' }
  | { readonly kind: 'payload' }

/** An ICMP error quotes a packet; more depth than frame, error and quotation is hostile. */
const mostLayers = 12

/** Every header of a frame, from the link layer up. Never throws on octets from the wire. */
export function dissect(octets: Uint8Array, type: number): Dissection {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const layers: Layer[] = []
  let step: Step | Problem = linkLayer(view, type, layers)
  while (!isProblem(step) && step.next.kind !== 'payload' && layers.length < mostLayers) {
    const before: Step = step
    const after = oneLayer(view, before, layers)
    if (isProblem(after)) return { layers, payload: before.at, end: before.end, stopped: after }
    step = after
  }
  return isProblem(step)
    ? { layers, payload: 0, end: octets.length, stopped: step }
    : { layers, payload: step.at, end: step.end }
}

const payload = (at: number, end: number): Step => ({ next: { kind: 'payload' }, at, end })

function linkLayer(view: DataView, type: number, layers: Layer[]): Step | Problem {
  const end = view.byteLength
  switch (type) {
    case linkType.ethernet:
      return push(layers, 'ethernet', 0, readEthernet(view), (header, at) => ({
        next: { kind: 'ether-type', type: header.type },
        at,
        end,
      }))
    case linkType.linuxSll:
      return push(layers, 'linux-sll', 0, readLinuxSll(view), (header, at) => ({
        next: { kind: 'ether-type', type: header.protocol },
        at,
        end,
      }))
    case linkType.linuxSll2:
      return push(layers, 'linux-sll2', 0, readLinuxSll2(view), (header, at) => ({
        next: { kind: 'ether-type', type: header.protocol },
        at,
        end,
      }))
    case linkType.raw:
    case linkType.rawBsd:
    case linkType.rawOpenBsd:
    case linkType.ipv4:
    case linkType.ipv6:
      return { next: { kind: 'ip' }, at: 0, end }
    default:
      return payload(0, end)
  }
}

function oneLayer(view: DataView, step: Step, layers: Layer[]): Step | Problem {
  const { next, at, end } = step
  const rest = viewFrom(view, at, end - at)
  switch (next.kind) {
    case 'ether-type':
      if (next.type === etherType.ipv4 || next.type === etherType.ipv6)
        return { next: { kind: 'ip' }, at, end }
      if (next.type === etherType.arp)
        return push(layers, 'arp', at, readArp(rest), (_, after) => payload(after, after))
      return payload(at, end)
    case 'ip':
      return ipLayer(rest, at, end, layers)
    case 'transport':
      return transportLayer(rest, next.protocol, at, end, layers)
    case 'dns':
      return push(layers, 'dns', at, readDns(rest), (_, after) => payload(after, end))
    case 'payload':
      return step
  }
}

function ipLayer(rest: DataView, at: number, end: number, layers: Layer[]): Step | Problem {
  if (rest.byteLength > 0 && rest.getUint8(0) >> 4 === 6)
    return push(layers, 'ipv6', at, readIpv6(rest), (header, after) => {
      const stop = header.payloadLength === 0 ? end : Math.min(end, at + 40 + header.payloadLength)
      return header.fragment !== null && header.fragment.offset > 0
        ? payload(after, stop)
        : { next: { kind: 'transport', protocol: header.protocol }, at: after, end: Math.max(after, stop) }
    })
  return push(layers, 'ipv4', at, readIpv4(rest), (header, after) => {
    const stop = header.totalLength === 0 ? end : Math.min(end, at + header.totalLength)
    return header.fragmentOffset > 0
      ? payload(after, stop)
      : { next: { kind: 'transport', protocol: header.protocol }, at: after, end: stop }
  })
}

/** DNS, RFC 1035; multicast DNS, RFC 6762. */
const isDnsPort = (port: number): boolean => port === 53 || port === 5353

function transportLayer(
  rest: DataView,
  protocol: number,
  at: number,
  end: number,
  layers: Layer[],
): Step | Problem {
  // A packet within a packet is read to its transport; its payload belongs to somebody else.
  const quoted = layers.some((layer) => layer.kind === 'icmp' || layer.kind === 'icmpv6')
  switch (protocol) {
    case ipProtocol.tcp:
      return push(layers, 'tcp', at, readTcp(rest), (_, after) => payload(after, end))
    case ipProtocol.udp:
      return push(layers, 'udp', at, readUdp(rest), (header, after) =>
        !quoted && (isDnsPort(header.sourcePort) || isDnsPort(header.destinationPort))
          ? { next: { kind: 'dns' }, at: after, end }
          : payload(after, end),
      )
    case ipProtocol.icmp:
      return push(layers, 'icmp', at, readIcmp(rest), (header, after) =>
        !quoted && isIcmpError(header.type) ? { next: { kind: 'ip' }, at: after, end } : payload(after, end),
      )
    case ipProtocol.icmpv6:
      return push(layers, 'icmpv6', at, readIcmpv6(rest), (header, after) =>
        !quoted && isIcmpv6Error(header.type)
          ? { next: { kind: 'ip' }, at: after, end }
          : payload(after, end),
      )
    default:
      return payload(at, end)
  }
}

type HeaderOf<Kind extends Layer['kind']> = Extract<Layer, { kind: Kind }>['header']

/** Notes the layer and asks where to go on; a problem goes through as it is. */
function push<Kind extends Layer['kind']>(
  layers: Layer[],
  kind: Kind,
  offset: number,
  decoded: Decoded<HeaderOf<Kind>>,
  then: (header: HeaderOf<Kind>, at: number) => Step,
): Step | Problem {
  if (isProblem(decoded)) return decoded
  layers.push({ kind, offset, header: decoded.value } as Layer)
  return then(decoded.value, offset + decoded.used)
}
