import { createHash } from 'node:crypto'
import { formatIp, isIp4, type Ip } from '../../model/address/address.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'

/**
 * An id that EC2 would have made up when the object came to be (an association, an attachment, a reservation): the
 * same for the same object every time, in EC2's form of 17 hexadecimal digits.
 */
export const derivedId = (kind: string, ...of: readonly string[]): string =>
  `${kind}-0${createHash('sha256')
    .update([kind, ...of].join('\n'))
    .digest('hex')
    .slice(0, 16)}`

/** `ip-192-168-1-138.ap-northeast-2.compute.internal`; us-east-1 has `.ec2.internal`. */
export const privateDnsName = (region: string, address: Ip): string =>
  `ip-${formatIp(address).replace(/[.:]/g, '-')}.${region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`}`

/** `ec2-203-0-113-10.ap-northeast-2.compute.amazonaws.com`; us-east-1 has `.compute-1.amazonaws.com`. */
export const publicDnsName = (region: string, address: Ip): string =>
  `ec2-${formatIp(address).replace(/[.:]/g, '-')}.${region === 'us-east-1' ? 'compute-1' : `${region}.compute`}.amazonaws.com`

/** `apne2-az1` for `ap-northeast-2a`: directions shortened to a letter or two, as AWS does. */
export function zoneId(zone: string): string {
  const match = /^([a-z]{2})-([a-z]+)-(\d+)([a-z])$/.exec(zone)
  if (!match) return zone
  const [, area, direction, number, letter] = match
  const short = (direction ?? '').replace(/north|south|east|west|central/g, (word) => word.charAt(0))
  return `${area}${short}${number}-az${(letter ?? 'a').charCodeAt(0) - 96}`
}

/** The zones in which the VPC has subnets, in order. */
export const zonesOf = (vpc: Vpc): readonly string[] => [...new Set(vpc.subnets.map((s) => s.zone))].sort()

export const zoneOfSubnet = (vpc: Vpc, subnet: string): string | undefined =>
  vpc.subnets.find((s) => s.id === subnet)?.zone

/** EC2 keeps five addresses of every subnet for itself: the first four and the last. */
export function freeAddresses(vpc: Vpc, subnet: string): number {
  const range = vpc.subnets.find((s) => s.id === subnet)?.prefix
  if (range === undefined || !isIp4(range.address)) return 0
  const here = vpc.interfaces.filter((eni) => eni.subnet === subnet)
  const used = here.reduce(
    (sum, eni) =>
      sum +
      eni.addresses.filter((a) => isIp4(a.address)).length +
      eni.prefixes.reduce((more, p) => more + (isIp4(p.address) ? 2 ** (32 - p.length) : 0), 0),
    0,
  )
  return Math.max(0, 2 ** (32 - range.length) - 5 - used)
}
