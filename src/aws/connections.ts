import * as z from 'zod'
import type { VpcEndpoint, VpcPeering } from '../model/vpc/vpc.ts'
import type { Prefix } from '../model/address/prefix.ts'
import { cidr, id, readItems, text, type Reading } from './reading.ts'
import type { InVpc } from './subnets.ts'

const side = z.object({
  VpcId: id,
  CidrBlock: cidr.optional(),
  CidrBlockSet: z.array(z.object({ CidrBlock: cidr })).default([]),
  Ipv6CidrBlockSet: z.array(z.object({ Ipv6CidrBlock: cidr })).default([]),
})

const rangesOf = (s: z.infer<typeof side>): readonly Prefix[] | null => {
  const ipv4 = s.CidrBlockSet.map((b) => b.CidrBlock)
  const all = [
    ...(ipv4.length === 0 && s.CidrBlock !== undefined ? [s.CidrBlock] : ipv4),
    ...s.Ipv6CidrBlockSet.map((b) => b.Ipv6CidrBlock),
  ]
  return all.length === 0 ? null : all
}

const peering = z
  .object({
    VpcPeeringConnectionId: id,
    AccepterVpcInfo: side,
    RequesterVpcInfo: side,
    Status: z.object({ Code: text }),
  })
  .transform((p): readonly InVpc<VpcPeering>[] => {
    const seenFrom = (here: z.infer<typeof side>, there: z.infer<typeof side>): InVpc<VpcPeering> => ({
      vpc: here.VpcId,
      value: {
        id: p.VpcPeeringConnectionId,
        status: p.Status.Code,
        peerVpc: there.VpcId,
        peerPrefixes: rangesOf(there),
      },
    })
    return [seenFrom(p.RequesterVpcInfo, p.AccepterVpcInfo), seenFrom(p.AccepterVpcInfo, p.RequesterVpcInfo)]
  })

/** `aws ec2 describe-vpc-peering-connections`: each connection as either side sees it. */
export function readVpcPeerings(json: unknown): Reading<readonly InVpc<VpcPeering>[]> {
  const { seen, gaps } = readItems('ec2/vpc-peering-connections.json', json, 'VpcPeeringConnections', peering)
  return { seen: seen.flat(), gaps }
}

const endpoint = z
  .object({
    VpcEndpointId: id,
    VpcId: id,
    ServiceName: text.default(''),
    VpcEndpointType: text.default('Gateway'),
    State: text.default('available'),
  })
  .transform((e): InVpc<VpcEndpoint> => ({
    vpc: e.VpcId,
    value: {
      id: e.VpcEndpointId,
      service: e.ServiceName,
      type: endpointType(e.VpcEndpointType),
      state: e.State,
    },
  }))

const endpointType = (word: string): VpcEndpoint['type'] =>
  word === 'Gateway' || word === 'Interface' || word === 'GatewayLoadBalancer' ? word : 'other'

/** `aws ec2 describe-vpc-endpoints` */
export const readVpcEndpoints = (json: unknown): Reading<readonly InVpc<VpcEndpoint>[]> =>
  readItems('ec2/vpc-endpoints.json', json, 'VpcEndpoints', endpoint)
