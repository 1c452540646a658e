import { randomFor } from './random.ts'

const hex = '0123456789abcdef'

/** An EC2 resource id of the long form: `eni-0` and 16 more hexadecimal digits. */
export const resourceId = (seed: number, kind: string, label: string): string =>
  `${kind}-0${randomFor(seed, `id/${kind}/${label}`).text(16, hex)}`

/** What EKS calls a cluster inside the name of its endpoint: 32 hexadecimal digits in upper case. */
export const clusterId = (seed: number): string => randomFor(seed, 'id/cluster').text(32, hex.toUpperCase())

/** A MAC address as EC2 hands them out: locally administered, unicast, beginning with 0a or 02 or 06. */
export function eniMac(seed: number, label: string): string {
  const random = randomFor(seed, `mac/${label}`)
  const first = ['02', '06', '0a'][random.below(3)] ?? '0a'
  return [first, ...Array.from({ length: 5 }, () => random.text(2, hex))].join(':')
}

/** `ip-192-168-1-138.ap-northeast-2.compute.internal`: the private DNS name of an instance outside us-east-1. */
export const privateDnsName = (address: string, region: string): string =>
  `ip-${address.replaceAll('.', '-')}.${region}.compute.internal`
