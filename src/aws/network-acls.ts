import * as z from 'zod'
import type { NetworkAcl, NetworkAclEntry } from '../model/vpc/vpc.ts'
import { networkAclEntryLine } from './line.ts'
import { hasPorts, isIcmp, readPorts } from './protocol.ts'
import { inOrder } from './entry-order.ts'
import { cidr, id, readItems, type Reading } from './reading.ts'
import { protocol } from './security-groups.ts'
import type { InVpc } from './subnets.ts'

const number = z.int().min(-1).max(65535)

const entry = z.object({
  RuleNumber: z.int().min(1).max(65535),
  RuleAction: z.enum(['allow', 'deny']),
  Egress: z.boolean(),
  Protocol: protocol,
  CidrBlock: cidr.optional(),
  Ipv6CidrBlock: cidr.optional(),
  PortRange: z.object({ From: number.optional(), To: number.optional() }).optional(),
  IcmpTypeCode: z.object({ Type: number.optional(), Code: number.optional() }).optional(),
})

const acl = z
  .object({
    NetworkAclId: id,
    VpcId: id,
    IsDefault: z.boolean().default(false),
    Associations: z.array(z.object({ SubnetId: id, NetworkAclAssociationId: id.optional() })).default([]),
    Entries: z.array(entry).default([]),
  })
  .transform((a): InVpc<NetworkAcl> => ({
    vpc: a.VpcId,
    value: {
      id: a.NetworkAclId,
      default: a.IsDefault,
      subnets: a.Associations.map((s) => s.SubnetId),
      ...associationsOf(a.Associations),
      entries: a.Entries.flatMap((e) => entryOf(a.NetworkAclId, e)).toSorted(inOrder),
    },
  }))

function associationsOf(
  list: readonly { readonly SubnetId: string; readonly NetworkAclAssociationId?: string | undefined }[],
): Pick<NetworkAcl, 'associations'> {
  const named = list.flatMap((one) =>
    one.NetworkAclAssociationId === undefined ? [] : [[one.NetworkAclAssociationId, one.SubnetId] as const],
  )
  return named.length === 0 ? {} : { associations: Object.fromEntries(named) }
}

function entryOf(aclId: string, e: z.infer<typeof entry>): readonly NetworkAclEntry[] {
  const prefix = e.CidrBlock ?? e.Ipv6CidrBlock
  if (prefix === undefined) return []
  const ports = isIcmp(e.Protocol)
    ? readPorts(e.Protocol, e.IcmpTypeCode?.Type, e.IcmpTypeCode?.Code)
    : hasPorts(e.Protocol)
      ? readPorts(e.Protocol, e.PortRange?.From, e.PortRange?.To)
      : null
  const made: Omit<NetworkAclEntry, 'line'> = {
    number: e.RuleNumber,
    direction: e.Egress ? 'egress' : 'ingress',
    action: e.RuleAction,
    protocol: e.Protocol,
    prefix,
    ports,
  }
  return [{ ...made, line: networkAclEntryLine(aclId, made) }]
}

/** `aws ec2 describe-network-acls` */
export const readNetworkAcls = (json: unknown): Reading<readonly InVpc<NetworkAcl>[]> =>
  readItems('ec2/network-acls.json', json, 'NetworkAcls', acl)
