import { formatIp4, isIp4, type Ip4 } from '../../model/address/address.ts'
import { formatPrefix, lastOf, networkOf, type Prefix } from '../../model/address/prefix.ts'
import type { EniSlot } from './table-number.ts'

/** An ENI as the node sees it. */
export interface NodeEni extends EniSlot {
  /** `eth1`, `ens6` */
  readonly device: string
  readonly mac: string
  /** The ENI's primary private address. */
  readonly address: Ip4
  readonly subnet: Prefix
  /** The VPC router; the subnet's base + 1 when absent, as in every VPC. */
  readonly gateway?: Ip4
}

const ip4 = (address: ReturnType<typeof networkOf>): Ip4 => {
  if (!isIp4(address)) throw new Error('an ENI of an IPv4 cluster stands in an IPv4 subnet')
  return address
}

export const gatewayOf = ({ subnet, gateway }: NodeEni): Ip4 =>
  gateway ?? ((ip4(networkOf(subnet)) + 1) as Ip4)

/** `192.168.1.0/24` */
export const subnetText = ({ subnet }: NodeEni): string =>
  formatPrefix({ address: networkOf(subnet), length: subnet.length })

/** `192.168.1.55/24` */
export const addressText = ({ address, subnet }: NodeEni): string => `${formatIp4(address)}/${subnet.length}`

/** `192.168.1.255` */
export const broadcastOf = ({ subnet }: NodeEni): string => formatIp4(ip4(lastOf(subnet)))

/** The primary ENI: network card 0, device 0. Throws when the node has none, which cannot be. */
export function primaryOf(enis: readonly NodeEni[]): NodeEni {
  const primary = enis.find(({ deviceIndex, networkCard = 0 }) => deviceIndex === 0 && networkCard === 0)
  if (!primary) throw new Error('a node has a primary ENI (network card 0, device 0)')
  return primary
}
