import * as z from 'zod'
import type { Eni, EniAddress, ManagedService } from '../model/vpc/vpc.ts'
import { address, cidr, id, readItems, text, type Reading } from './reading.ts'
import type { InVpc } from './subnets.ts'

const association = z
  .object({ PublicIp: address.optional(), AssociationId: id.optional(), AllocationId: id.optional() })
  .optional()

const privateAddress = z.object({
  PrivateIpAddress: address,
  Primary: z.boolean().default(false),
  Association: association,
})

const fields = z.object({
  NetworkInterfaceId: id,
  SubnetId: id,
  VpcId: id,
  MacAddress: text.default(''),
  PrivateIpAddresses: z.array(privateAddress).default([]),
  Ipv6Addresses: z.array(z.object({ Ipv6Address: address })).default([]),
  Ipv4Prefixes: z.array(z.object({ Ipv4Prefix: cidr })).default([]),
  Ipv6Prefixes: z.array(z.object({ Ipv6Prefix: cidr })).default([]),
  Groups: z.array(z.object({ GroupId: id })).default([]),
  SourceDestCheck: z.boolean(),
  Attachment: z
    .object({
      InstanceId: id.optional(),
      InstanceOwnerId: text.optional(),
      DeviceIndex: z.int().min(0).max(10_000).optional(),
      Status: z.string().optional(),
    })
    .nullish(),
  Description: text.default(''),
  InterfaceType: text.default(''),
  OwnerId: text.optional(),
})
type Fields = z.infer<typeof fields>

const networkInterface = fields.transform((n): InVpc<Eni> => {
  const primaryFirst = n.PrivateIpAddresses.toSorted((a, b) => Number(b.Primary) - Number(a.Primary))
  const addresses = primaryFirst.map((a): EniAddress => ({
    address: a.PrivateIpAddress,
    primary: a.Primary,
    publicAddress: a.Association?.PublicIp ?? null,
    // An automatically assigned public address has neither; EC2 gives ids for Elastic IPs alone.
    associationId: a.Association?.AssociationId ?? null,
  }))
  for (const a of n.Ipv6Addresses)
    addresses.push({ address: a.Ipv6Address, primary: false, publicAddress: null, associationId: null })
  const attached = n.Attachment
  return {
    vpc: n.VpcId,
    value: {
      id: n.NetworkInterfaceId,
      subnet: n.SubnetId,
      mac: n.MacAddress,
      addresses,
      prefixes: [...n.Ipv4Prefixes.map((p) => p.Ipv4Prefix), ...n.Ipv6Prefixes.map((p) => p.Ipv6Prefix)],
      securityGroups: n.Groups.map((g) => g.GroupId),
      sourceDestCheck: n.SourceDestCheck,
      attachment:
        attached?.InstanceId === undefined || attached.Status === 'detached'
          ? null
          : { instance: attached.InstanceId, deviceIndex: attached.DeviceIndex ?? 0 },
      description: n.Description,
      ...managedBy(n),
    },
  }
})

/**
 * An EKS cluster's API server has ENIs in the cluster's subnets, each attached to an instance of EKS' own account (a
 * recorded answer: https://github.com/liwenwu-amazon/reinvent2018-NET410). A customer can describe an ENI with any words,
 * but attach it to none but their own instances.
 */
function managedBy(n: Fields): { readonly managed?: ManagedService } {
  if (n.InterfaceType === 'vpc_endpoint') return { managed: 'vpc-endpoint' }
  const owner = n.Attachment?.InstanceOwnerId
  const isForeign = owner !== undefined && owner !== n.OwnerId && n.Attachment?.InstanceId === undefined
  return isForeign && n.Description.startsWith('Amazon EKS ') ? { managed: 'eks-control-plane' } : {}
}

/** `aws ec2 describe-network-interfaces`. A Lambda's or load balancer's ENI has an attachment without an instance. */
export const readNetworkInterfaces = (json: unknown): Reading<readonly InVpc<Eni>[]> =>
  readItems('ec2/network-interfaces.json', json, 'NetworkInterfaces', networkInterface)
