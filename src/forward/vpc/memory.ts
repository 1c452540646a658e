import type { Ip } from '../../model/address/address.ts'
import type { Packet } from '../../model/packet/packet.ts'
import type { Eni, NatGateway } from '../../model/vpc/vpc.ts'

/** What a NAT gateway wrote down of the connection. */
export interface NatMapping {
  readonly client: Ip
  readonly clientPort: number | null
}

/** What the VPC remembers of one connection: it lives as long as the flow. */
export interface Memory {
  /** By ENI id: the line that let the connection in or out there. */
  readonly allowedIn: Map<string, string>
  readonly allowedOut: Map<string, string>
  readonly translated: Map<NatGateway, NatMapping>
  /** The address of a VPC service that got the packet, and what it is. */
  service: { readonly address: Ip; readonly what: string } | null
  /** The ENI behind which a service of AWS got the packet. */
  managed: Eni | null
}

export const newMemory = (): Memory => ({
  allowedIn: new Map(),
  allowedOut: new Map(),
  translated: new Map(),
  service: null,
  managed: null,
})

/** Equal texts, equal memories. */
export const memoryText = ({ allowedIn, allowedOut, translated, service, managed }: Memory): string =>
  JSON.stringify([
    [...allowedIn],
    [...allowedOut],
    [...translated].map(([nat, { client, clientPort }]) => [nat.id, String(client), clientPort]),
    service && [String(service.address), service.what],
    managed?.id ?? null,
  ])

/**
 * Out by a NAT gateway: the source becomes the gateway's private address and a port of its choosing; for ICMP, an
 * identifier of its choosing.
 */
export function translateOut(memory: Memory, nat: NatGateway, packet: Packet): Packet {
  memory.translated.set(nat, { client: packet.src, clientPort: packet.sourcePort })
  return { ...packet, src: nat.privateAddress, sourcePort: null }
}

/** Back in: null when the gateway knows no such connection. */
export function translateBack(memory: Memory, nat: NatGateway, packet: Packet): Packet | null {
  const mapping = memory.translated.get(nat)
  return mapping === undefined
    ? null
    : { ...packet, dst: mapping.client, destinationPort: mapping.clientPort }
}
