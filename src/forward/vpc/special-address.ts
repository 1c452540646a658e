import { ip, isIp4, type Ip, type Ip4 } from '../../model/address/address.ts'
import { contains, networkOf, prefix, type Prefix } from '../../model/address/prefix.ts'
import type { Decision } from '../../model/path/path.ts'
import type { Eni, Vpc } from '../../model/vpc/vpc.ts'

/** RFC 1918, RFC 6598, link-local and unique local addresses: no internet gateway carries them. */
const privateRanges: readonly Prefix[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
].map(prefix)

export const isPrivate = (address: Ip): boolean => privateRanges.some((range) => contains(range, address))

/**
 * What the VPC itself answers on every subnet, beside any route, security group and network ACL.
 * https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html (169.254.169.253, fd00:ec2::253, VPC base + 2),
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (169.254.169.254, fd00:ec2::254),
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html (169.254.169.123, fd00:ec2::123)
 */
const services: ReadonlyMap<Ip, string> = new Map<Ip, string>([
  [ip('169.254.169.253'), 'the VPC resolver (169.254.169.253)'],
  [ip('fd00:ec2::253'), 'the VPC resolver (fd00:ec2::253)'],
  [ip('169.254.169.254'), 'the instance metadata service (169.254.169.254)'],
  [ip('fd00:ec2::254'), 'the instance metadata service (fd00:ec2::254)'],
  [ip('169.254.169.123'), 'the Amazon Time Sync Service (169.254.169.123)'],
  [ip('fd00:ec2::123'), 'the Amazon Time Sync Service (fd00:ec2::123)'],
])

/** What answers at this address, in words; null: an ordinary address. */
export function vpcServiceAt(vpc: Vpc, address: Ip): string | null {
  const fixed = services.get(address)
  if (fixed !== undefined) return fixed
  if (!isIp4(address)) return null
  // The resolver stands at the base plus two of the primary range alone.
  const [primary] = vpc.prefixes
  const base = primary && networkOf(primary)
  if (base !== undefined && isIp4(base) && ((base + 2) as Ip4) === address)
    return `the VPC resolver (${vpc.id} base + 2)`
  return null
}

/** What of AWS's answers TCP behind an ENI; null: nothing that EC2 tells of. */
export function managedServiceAt(eni: Eni): Decision | null {
  const { managed } = eni
  if (managed === undefined) return null
  switch (managed) {
    case 'eks-control-plane':
      return answers(eni, 'the API server of the cluster answers here, on a machine of EKS')
    case 'vpc-endpoint':
      return answers(eni, 'a VPC endpoint answers here, on a machine of AWS')
  }
}

const answers = (eni: Eni, effect: string): Decision => ({
  stage: 'service',
  by: `${eni.id}: ${eni.description}`,
  effect,
})

/** The VPC router's own address on a subnet: the base plus one. It answers ARP, nothing else. */
export function isSubnetRouter(vpc: Vpc, address: Ip): boolean {
  return (
    isIp4(address) &&
    vpc.subnets.some(({ prefix: range }) => {
      const base = networkOf(range)
      return isIp4(base) && base + 1 === address
    })
  )
}
