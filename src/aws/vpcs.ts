import * as z from 'zod'
import type { Prefix } from '../model/address/prefix.ts'
import { cidr, id, readItems, type Reading } from './reading.ts'

/** `aws ec2 describe-vpcs`: the address ranges of each VPC that are associated, IPv4 and IPv6. */
export interface VpcRanges {
  readonly id: string
  readonly prefixes: readonly Prefix[]
}

const state = z.object({ State: z.string() }).optional()
const associated = (s: z.infer<typeof state>): boolean => s === undefined || s.State === 'associated'

const vpc = z
  .object({
    VpcId: id,
    CidrBlock: cidr,
    CidrBlockAssociationSet: z.array(z.object({ CidrBlock: cidr, CidrBlockState: state })).default([]),
    Ipv6CidrBlockAssociationSet: z
      .array(z.object({ Ipv6CidrBlock: cidr, Ipv6CidrBlockState: state }))
      .default([]),
  })
  .transform((v): VpcRanges => {
    const ipv4 = v.CidrBlockAssociationSet.filter((a) => associated(a.CidrBlockState)).map((a) => a.CidrBlock)
    const ipv6 = v.Ipv6CidrBlockAssociationSet.filter((a) => associated(a.Ipv6CidrBlockState)).map(
      (a) => a.Ipv6CidrBlock,
    )
    return { id: v.VpcId, prefixes: [...(ipv4.length === 0 ? [v.CidrBlock] : ipv4), ...ipv6] }
  })

export const readVpcRanges = (json: unknown): Reading<readonly VpcRanges[]> =>
  readItems('ec2/vpcs.json', json, 'Vpcs', vpc)
