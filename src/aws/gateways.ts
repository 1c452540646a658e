import * as z from 'zod'
import type { NatGateway } from '../model/vpc/vpc.ts'
import { address, id, readItems, type Reading } from './reading.ts'
import type { InVpc } from './subnets.ts'

const internetGateway = z
  .object({
    InternetGatewayId: id,
    Attachments: z.array(z.object({ VpcId: id, State: z.string().default('available') })).default([]),
  })
  .transform((g): readonly InVpc<string>[] =>
    // For internet gateways EC2 says `available` where other attachments say `attached`.
    g.Attachments.filter((a) => a.State === 'available' || a.State === 'attached').map((a) => ({
      vpc: a.VpcId,
      value: g.InternetGatewayId,
    })),
  )

/** `aws ec2 describe-internet-gateways`: those that are attached to a VPC. */
export function readInternetGateways(json: unknown): Reading<readonly InVpc<string>[]> {
  const { seen, gaps } = readItems('ec2/internet-gateways.json', json, 'InternetGateways', internetGateway)
  return { seen: seen.flat(), gaps }
}

const natGateway = z
  .object({
    NatGatewayId: id,
    VpcId: id.optional(),
    SubnetId: id.optional(),
    State: z.string().default('available'),
    ConnectivityType: z.enum(['public', 'private']).default('public'),
    NatGatewayAddresses: z
      .array(
        z.object({
          PrivateIp: address.optional(),
          PublicIp: address.optional(),
          IsPrimary: z.boolean().optional(),
        }),
      )
      .default([]),
  })
  .transform((g): InVpc<NatGateway> | null => {
    const primary = g.NatGatewayAddresses.find((a) => a.IsPrimary === true) ?? g.NatGatewayAddresses[0]
    // A failed or regional gateway may have neither a subnet nor an address; nothing can be routed to it by this model.
    if (g.VpcId === undefined || g.SubnetId === undefined || primary?.PrivateIp === undefined) return null
    return {
      vpc: g.VpcId,
      value: {
        id: g.NatGatewayId,
        subnet: g.SubnetId,
        privateAddress: primary.PrivateIp,
        publicAddress: primary.PublicIp ?? null,
        ...(g.ConnectivityType === 'private' ? { connectivity: 'private' as const } : {}),
        ...(g.State === 'available' ? {} : { state: g.State }),
      },
    }
  })

/** `aws ec2 describe-nat-gateways` */
export function readNatGateways(json: unknown): Reading<readonly InVpc<NatGateway>[]> {
  const { seen, gaps } = readItems('ec2/nat-gateways.json', json, 'NatGateways', natGateway)
  return { seen: seen.filter((g) => g !== null), gaps }
}
