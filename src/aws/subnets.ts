import * as z from 'zod'
import type { Subnet } from '../model/vpc/vpc.ts'
import { cidr, id, readItems, type Reading } from './reading.ts'

/** An object together with the VPC that EC2 says it is in. */
export interface InVpc<T> {
  readonly vpc: string
  readonly value: T
}

const subnet = z
  .object({
    SubnetId: id,
    VpcId: id,
    CidrBlock: cidr,
    AvailabilityZone: id,
    MapPublicIpOnLaunch: z.boolean().default(false),
    Ipv6CidrBlockAssociationSet: z
      .array(
        z.object({ Ipv6CidrBlock: cidr, Ipv6CidrBlockState: z.object({ State: z.string() }).optional() }),
      )
      .default([]),
  })
  .transform((s): InVpc<Subnet> => {
    const ipv6 = s.Ipv6CidrBlockAssociationSet.filter(
      (a) => a.Ipv6CidrBlockState === undefined || a.Ipv6CidrBlockState.State === 'associated',
    ).map((a) => a.Ipv6CidrBlock)
    return {
      vpc: s.VpcId,
      value: {
        id: s.SubnetId,
        prefix: s.CidrBlock,
        ...(ipv6.length === 0 ? {} : { ipv6Prefixes: ipv6 }),
        zone: s.AvailabilityZone,
        mapPublicIp: s.MapPublicIpOnLaunch,
      },
    }
  })

/** `aws ec2 describe-subnets` */
export const readSubnets = (json: unknown): Reading<readonly InVpc<Subnet>[]> =>
  readItems('ec2/subnets.json', json, 'Subnets', subnet)
