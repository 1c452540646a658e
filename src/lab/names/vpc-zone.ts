import { formatIp4, ip4Of, type Ip4 } from '../../model/address/address.ts'
import { contains, type Prefix } from '../../model/address/prefix.ts'
import {
  addressOfReverse,
  addressRecord,
  authorityRecord,
  pointerRecord,
  zoneOf,
  type Zone,
  type ZoneRecord,
} from './zone.ts'

export interface VpcZoneInput {
  /** `ap-northeast-2` */
  readonly region: string
  readonly vpcCidrs: readonly Prefix[]
  /** Names of the internet beside it: `www.google.com`, `ipinfo.io`, `ec2.ap-northeast-2.amazonaws.com`. */
  readonly hosts: readonly { readonly name: string; readonly address: Ip4 }[]
}

/**
 * What the VPC's resolver knows: every private address as `ip-192-168-1-138.REGION.compute.internal` and back
 * (it answers for any address of the VPC, used or not), and the names of the lab's internet. All else is NXDOMAIN.
 */
export function vpcZone({ region, vpcCidrs, hosts }: VpcZoneInput): Zone {
  // us-east-1 is the one region with another suffix.
  const suffix = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`
  const internal = (name: string): readonly ZoneRecord[] | undefined => {
    const back = addressOfReverse(name)
    if (back !== undefined)
      return inside(back)
        ? [pointerRecord(`ip-${formatIp4(back).replaceAll('.', '-')}.${suffix}`, 60)]
        : undefined
    if (!name.endsWith(`.${suffix}`)) return undefined
    const dashed = /^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})$/.exec(name.slice(0, -suffix.length - 1))
    if (!dashed || dashed.slice(1).some((octet) => Number(octet) > 255 || /^0\d/.test(octet)))
      return undefined
    const address = ip4Of(dashed.slice(1).join('.'))
    return inside(address) ? [addressRecord(address, 60)] : undefined
  }
  const inside = (address: Ip4): boolean => vpcCidrs.some((cidr) => contains(cidr, address))
  const root = authorityRecord(
    'a.root-servers.net',
    'nstld.verisign-grs.com',
    [2026010100, 1800, 900, 604800, 86400],
  )
  return zoneOf(
    [{ name: '', soa: { ...root, ttl: 60 }, fallthrough: false }],
    hosts.map(({ name, address }) => [name, addressRecord(address, 300)] as const),
    internal,
  )
}
