import * as z from 'zod'
import { formatPrefix, type Prefix } from '../model/address/prefix.ts'
import { cidr, id, readItems, type Reading } from './reading.ts'

/** `aws ec2 describe-vpcs`: the address ranges of each VPC that are associated, the primary IPv4 range first. */
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
    // `CidrBlock` is the primary range; the order of the associations says nothing.
    const others = ipv4.filter((range) => formatPrefix(range) !== formatPrefix(v.CidrBlock))
    return { id: v.VpcId, prefixes: [v.CidrBlock, ...others, ...ipv6] }
  })

export const readVpcRanges = (json: unknown): Reading<readonly VpcRanges[]> =>
  readItems('ec2/vpcs.json', json, 'Vpcs', vpc)
