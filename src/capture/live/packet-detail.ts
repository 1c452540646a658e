import { formatIp, formatIp4, formatIp6 } from '../../model/address/address.ts'
import type { PacketDetail } from '../../model/packet/live-packet.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import { dissect } from '../../wire/dissect.ts'
import { dnsType, type DnsMessage, type DnsRecord } from '../../wire/dns/message.ts'
import { packetView } from '../follow/packet.ts'
import type { FrameInPlace } from '../files/frame.ts'

const dnsPort = 53
const mostAnswers = 4

/** What a line says of a frame beside its addresses. During the frame's visit; looks at all octets only where it must. */
export function packetDetail(frame: FrameInPlace, sighting: Sighting | null): PacketDetail {
  if (!sighting) return withoutIp(frame)
  const { transport, payloadLength } = sighting.packet
  if (transport.kind === 'icmp' && transport.about)
    return { kind: 'error', about: packetView(transport.about) }
  if (transport.kind === 'udp' && (transport.sourcePort === dnsPort || transport.destinationPort === dnsPort))
    return dnsOf(frame) ?? { kind: 'payload', length: payloadLength }
  return { kind: 'payload', length: payloadLength }
}

const layersOf = (frame: FrameInPlace) =>
  dissect(frame.octets.subarray(frame.start, frame.end), frame.interface.linkType).layers

function dnsOf(frame: FrameInPlace): PacketDetail | null {
  for (const layer of layersOf(frame)) {
    if (layer.kind !== 'dns') continue
    const message: DnsMessage = layer.header
    const [question] = message.questions
    return {
      kind: 'dns',
      response: message.response,
      code: message.code,
      question: question ? { name: question.name, type: typeName(question.type) } : null,
      answers: message.answers.slice(0, mostAnswers).map(answerText),
    }
  }
  return null
}

const typeNames = new Map<number, string>(
  Object.entries(dnsType).map(([name, number]) => [number, name.toUpperCase()]),
)

const typeName = (type: number): string => typeNames.get(type) ?? `TYPE${type}`

function answerText({ type, data }: DnsRecord): string {
  switch (data.kind) {
    case 'a':
      return formatIp4(data.address)
    case 'aaaa':
      return formatIp6(data.address)
    case 'cname':
    case 'ptr':
    case 'ns':
      return `${typeName(type)} ${data.name}`
    case 'other':
      return typeName(type)
  }
}

function withoutIp(frame: FrameInPlace): PacketDetail {
  const layers = layersOf(frame)
  for (const layer of layers)
    if (layer.kind === 'arp') {
      const { operation, senderAddress, targetAddress } = layer.header
      return {
        kind: 'arp',
        operation: operation === 1 ? 'request' : operation === 2 ? 'reply' : 'other',
        sender: formatIp(senderAddress),
        target: formatIp(targetAddress),
      }
    }
  const [link] = layers
  if (link?.kind === 'ethernet') return { kind: 'frame', etherType: link.header.type }
  if (link?.kind === 'linux-sll' || link?.kind === 'linux-sll2')
    return { kind: 'frame', etherType: link.header.protocol }
  return { kind: 'frame', etherType: null }
}
