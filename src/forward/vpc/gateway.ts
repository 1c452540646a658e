import { formatIp, isIp6, type Ip } from '../../model/address/address.ts'
import type { Packet } from '../../model/packet/packet.ts'
import type { Decision } from '../../model/path/path.ts'
import type { Eni, EniAddress, NatGateway } from '../../model/vpc/vpc.ts'
import { inVpc, eniOwnerOf, type CompiledVpc } from './compile.ts'
import { isPrivate } from './special-address.ts'

/** Octets that pass an internet gateway: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html */
export const internetMtu = 1500

const gateway = (by: string, effect: string): Decision => ({ stage: 'gateway', by, effect })

export type Translated =
  | { readonly kind: 'passes'; readonly packet: Packet; readonly decision: Decision }
  | { readonly kind: 'dropped' | 'unknown'; readonly decision: Decision }

/** `eni-0abc: 192.168.1.138 <-> 203.0.113.11`, with the Elastic IP's association where it is one. */
export const mappingLine = (eni: Eni, address: EniAddress): string => {
  const here = formatIp(address.address)
  if (address.publicAddress === null) return `${eni.id}: ${here} has no public address`
  const elastic = address.associationId === null ? '' : ` (${address.associationId})`
  return `${eni.id}: ${here} <-> ${formatIp(address.publicAddress)}${elastic}`
}

/** Larger packets are fragmented, or dropped where the sender forbade it. */
export function checkInternetMtu(id: string, packet: Packet): Decision | null {
  if (packet.length <= internetMtu) return null
  if (!packet.dontFragment && !isIp6(packet.src)) return null
  return {
    stage: 'mtu',
    by: `${id}: MTU ${internetMtu}`,
    effect: `dropped: ${packet.length} octets and must not be fragmented`,
  }
}

/**
 * Out by an internet gateway: the one private address that has a public one is translated to it, one to one; any
 * other is dropped. IPv6 addresses are public already.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
 */
export function internetGatewayOut(compiled: CompiledVpc, id: string, packet: Packet): Translated {
  if (isPrivate(packet.dst) || inVpc(compiled.vpc, packet.dst))
    return {
      kind: 'dropped',
      decision: gateway(
        `${id}: carries public addresses only`,
        `dropped: ${formatIp(packet.dst)} is not on the internet`,
      ),
    }
  if (isIp6(packet.src))
    return { kind: 'passes', packet, decision: gateway(`${id}: IPv6`, 'passes unchanged') }
  const owner = eniOwnerOf(compiled, packet.src)
  if (owner === null)
    return {
      kind: compiled.isUnread('network-interfaces') ? 'unknown' : 'dropped',
      decision: gateway(
        `${id}: no ENI has ${formatIp(packet.src)}`,
        'no public address belongs to the source',
      ),
    }
  if (owner.address?.publicAddress === undefined || owner.address.publicAddress === null)
    return {
      kind: 'dropped',
      decision: gateway(
        owner.address === null
          ? `${owner.eni.id}: ${formatIp(packet.src)} is in a delegated prefix, which has no public address`
          : mappingLine(owner.eni, owner.address),
        'dropped: the internet gateway translates only an address that has a public one',
      ),
    }
  const to = owner.address.publicAddress
  return {
    kind: 'passes',
    packet: { ...packet, src: to },
    decision: gateway(mappingLine(owner.eni, owner.address), `source becomes ${formatIp(to)}`),
  }
}

/** In by an internet gateway: a public address becomes the private one that it is mapped to. */
export function internetGatewayIn(compiled: CompiledVpc, id: string, packet: Packet): Translated {
  if (isPrivate(packet.src))
    return {
      kind: 'dropped',
      decision: gateway(
        `${id}: carries public addresses only`,
        `dropped: ${formatIp(packet.src)} is not on the internet`,
      ),
    }
  if (isIp6(packet.dst)) {
    const known = eniOwnerOf(compiled, packet.dst) !== null
    return known
      ? { kind: 'passes', packet, decision: gateway(`${id}: IPv6`, 'passes unchanged') }
      : { kind: nobody(compiled), decision: noOwner(id, packet.dst) }
  }
  const owner = compiled.byPublicAddress.get(packet.dst)
  if (owner?.address != null) {
    const to = owner.address.address
    return {
      kind: 'passes',
      packet: { ...packet, dst: to },
      decision: gateway(mappingLine(owner.eni, owner.address), `destination becomes ${formatIp(to)}`),
    }
  }
  // A NAT gateway's ENI may be missing from the recording while the gateway itself tells its addresses.
  const nat = compiled.vpc.natGateways.find((each) => each.publicAddress === packet.dst)
  if (nat !== undefined)
    return {
      kind: 'passes',
      packet: { ...packet, dst: nat.privateAddress },
      decision: gateway(natGatewayLine(nat), `destination becomes ${formatIp(nat.privateAddress)}`),
    }
  return { kind: nobody(compiled), decision: noOwner(id, packet.dst) }
}

const nobody = (compiled: CompiledVpc): 'dropped' | 'unknown' =>
  compiled.isUnread('network-interfaces') ? 'unknown' : 'dropped'

const noOwner = (id: string, address: Ip): Decision =>
  gateway(`${id}: no ENI has the public address ${formatIp(address)}`, 'nobody to deliver it to')

export const natGatewayLine = (nat: NatGateway): string =>
  `${nat.id}: ${nat.connectivity ?? 'public'}, ${formatIp(nat.privateAddress)}${
    nat.publicAddress === null ? '' : ` <-> ${formatIp(nat.publicAddress)}`
  } in ${nat.subnet} (${nat.state ?? 'available'})`
