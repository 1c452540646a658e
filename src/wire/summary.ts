import { formatIp } from '../model/address/address.ts'
import type { Dissection } from './dissect.ts'
import type { DnsMessage, DnsRecord } from './dns/message.ts'
import { icmpType } from './network/icmp.ts'
import { icmpv6Type } from './network/icmpv6.ts'
import { formatTcpFlags } from './transport/tcp.ts'

/** A frame on one line of a table, in the words of tcpdump. */
export interface PacketSummary {
  readonly source: string
  readonly destination: string
  /** Of the innermost layer that could be read. */
  readonly protocol: string
  readonly info: string
}

/** One line about a frame. Texts from within (names of the DNS) are as they came: strip and escape them before showing. */
export function summarize({ layers, stopped, payload, end }: Dissection): PacketSummary {
  let source = ''
  let destination = ''
  let protocol = ''
  let info = ''
  let quoting = false
  for (const layer of layers) {
    switch (layer.kind) {
      case 'ethernet':
        source = layer.header.source
        destination = layer.header.destination
        protocol = 'Ethernet'
        break
      case 'linux-sll':
      case 'linux-sll2':
        protocol = 'Linux'
        break
      case 'arp': {
        const { operation, senderAddress, targetAddress, senderMac } = layer.header
        source = formatIp(senderAddress)
        destination = formatIp(targetAddress)
        protocol = 'ARP'
        info =
          operation === 1
            ? `who has ${destination}? tell ${source}`
            : operation === 2
              ? `${source} is at ${senderMac}`
              : `operation ${operation}`
        break
      }
      case 'ipv4':
      case 'ipv6': {
        const from = formatIp(layer.header.source)
        const to = formatIp(layer.header.destination)
        // An ICMP error quotes another packet: the addresses of the line are those of the error.
        if (quoting) {
          info = `${info}, about ${from} → ${to}`
          break
        }
        source = from
        destination = to
        protocol = layer.kind === 'ipv4' ? 'IPv4' : 'IPv6'
        info = `protocol ${layer.header.protocol}`
        break
      }
      case 'icmp':
        protocol = 'ICMP'
        info = icmpInfo(icmpNames, layer.header)
        quoting = true
        break
      case 'icmpv6':
        protocol = 'ICMPv6'
        info = icmpInfo(icmpv6Names, layer.header)
        quoting = true
        break
      case 'tcp': {
        const { sourcePort, destinationPort, flags, sequence, acknowledgement, window } = layer.header
        const ports = `${sourcePort} → ${destinationPort}`
        if (quoting) info = `${info}, TCP ${ports}`
        else {
          protocol = 'TCP'
          info = `${ports} [${formatTcpFlags(flags)}] seq ${sequence} ack ${acknowledgement} win ${window} length ${Math.max(0, end - payload)}`
        }
        break
      }
      case 'udp': {
        const ports = `${layer.header.sourcePort} → ${layer.header.destinationPort}`
        if (quoting) info = `${info}, UDP ${ports}`
        else {
          protocol = 'UDP'
          info = `${ports} length ${Math.max(0, end - payload)}`
        }
        break
      }
      case 'dns':
        protocol = 'DNS'
        info = dnsInfo(layer.header)
        break
    }
  }
  return {
    source,
    destination,
    protocol,
    info: stopped ? [info, cut(stopped)].filter(Boolean).join(', ') : info,
  }
}

const cut = (stopped: NonNullable<Dissection['stopped']>): string =>
  stopped.problem === 'short'
    ? `${stopped.layer} is cut short`
    : `${stopped.field} cannot be ${stopped.value}`

const icmpNames: ReadonlyMap<number, string> = new Map([
  [icmpType.echo, 'echo request'],
  [icmpType.echoReply, 'echo reply'],
  [icmpType.unreachable, 'unreachable'],
  [icmpType.sourceQuench, 'source quench'],
  [icmpType.redirect, 'redirect'],
  [icmpType.timeExceeded, 'time exceeded'],
  [icmpType.parameterProblem, 'parameter problem'],
])

const icmpv6Names: ReadonlyMap<number, string> = new Map([
  [icmpv6Type.echo, 'echo request'],
  [icmpv6Type.echoReply, 'echo reply'],
  [icmpv6Type.unreachable, 'unreachable'],
  [icmpv6Type.packetTooBig, 'packet too big'],
  [icmpv6Type.timeExceeded, 'time exceeded'],
  [icmpv6Type.parameterProblem, 'parameter problem'],
  [icmpv6Type.neighbourSolicitation, 'neighbour solicitation'],
  [icmpv6Type.neighbourAdvertisement, 'neighbour advertisement'],
])

function icmpInfo(
  names: ReadonlyMap<number, string>,
  {
    type,
    code,
    id,
    sequence,
  }: { readonly type: number; readonly code: number; readonly id: number; readonly sequence: number },
): string {
  const name = names.get(type)
  if (name?.startsWith('echo')) return `${name} id ${id} seq ${sequence}`
  return `${name ?? `type ${type}`} code ${code}`
}

function dnsInfo({ response, code, questions, answers, id }: DnsMessage): string {
  const asked = questions.map((question) => `${typeName(question.type)} ${question.name}`).join(', ')
  if (!response) return `query ${id} ${asked}`
  const said = answers.slice(0, 4).map(answer).join(', ')
  return `answer ${id} ${code === 0 ? '' : `code ${code} `}${asked}${said === '' ? '' : ` = ${said}`}`
}

const typeNames: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [16, 'TXT'],
  [28, 'AAAA'],
])
const typeName = (type: number): string => typeNames.get(type) ?? `TYPE${type}`

function answer({ data, type }: DnsRecord): string {
  switch (data.kind) {
    case 'a':
    case 'aaaa':
      return formatIp(data.address)
    case 'cname':
    case 'ptr':
    case 'ns':
      return data.name
    case 'other':
      return typeName(type)
  }
}
