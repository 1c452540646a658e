import * as z from 'zod'
import type { PrefixList, SecurityGroup, SecurityGroupPeer, SecurityGroupRule } from '../model/vpc/vpc.ts'
import { securityGroupRuleLine } from './line.ts'
import { parseProtocol, readPorts } from './protocol.ts'
import { cidr, id, readItems, text, type Reading } from './reading.ts'
import type { InVpc } from './subnets.ts'

const port = z.int().min(-1).max(65535).optional()

/** EC2's protocol word, number or -1, as the model's number. */
export const protocol = z.string().transform((word, context): number | null => {
  const parsed = parseProtocol(word)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'not a protocol' })
  return z.NEVER
})

const permission = z.object({
  IpProtocol: protocol,
  FromPort: port,
  ToPort: port,
  IpRanges: z.array(z.object({ CidrIp: cidr })).default([]),
  Ipv6Ranges: z.array(z.object({ CidrIpv6: cidr })).default([]),
  PrefixListIds: z.array(z.object({ PrefixListId: id })).default([]),
  UserIdGroupPairs: z.array(z.object({ GroupId: id })).default([]),
})

const group = z.object({
  GroupId: id,
  VpcId: id.optional(),
  GroupName: text.default(''),
  Description: text.default(''),
  IpPermissions: z.array(permission).default([]),
  IpPermissionsEgress: z.array(permission).default([]),
})

/** One entry of `aws ec2 describe-security-group-rules`: the same rule, with the id that EC2 gave it. */
const ruleItem = z.object({
  SecurityGroupRuleId: id,
  GroupId: id,
  IsEgress: z.boolean(),
  IpProtocol: protocol,
  FromPort: port,
  ToPort: port,
  CidrIpv4: cidr.optional(),
  CidrIpv6: cidr.optional(),
  PrefixListId: id.optional(),
  ReferencedGroupInfo: z.object({ GroupId: id }).optional(),
})

type Lists = ReadonlyMap<string, PrefixList>

const listPeer = (listId: string, lists: Lists): SecurityGroupPeer => ({
  kind: 'prefix-list',
  id: listId,
  prefixes: lists.get(listId)?.prefixes ?? null,
})

const withLine = (rule: Omit<SecurityGroupRule, 'line'>): SecurityGroupRule => ({
  ...rule,
  line: securityGroupRuleLine(rule),
})

/** A permission is several rules: one for each peer. It carries no rule ids, so the group and the place name them. */
function rulesOf(
  groupId: string,
  direction: 'ingress' | 'egress',
  permissions: readonly z.infer<typeof permission>[],
  lists: Lists,
): readonly SecurityGroupRule[] {
  let place = 0
  return permissions.flatMap((p) => {
    const peers: readonly SecurityGroupPeer[] = [
      ...p.IpRanges.map((r): SecurityGroupPeer => ({ kind: 'prefix', prefix: r.CidrIp })),
      ...p.Ipv6Ranges.map((r): SecurityGroupPeer => ({ kind: 'prefix', prefix: r.CidrIpv6 })),
      ...p.PrefixListIds.map((l) => listPeer(l.PrefixListId, lists)),
      ...p.UserIdGroupPairs.map((g): SecurityGroupPeer => ({ kind: 'group', id: g.GroupId })),
    ]
    return peers.map((peer) =>
      withLine({
        id: `${groupId}/${direction}/${++place}`,
        direction,
        protocol: p.IpProtocol,
        ports: readPorts(p.IpProtocol, p.FromPort, p.ToPort),
        peer,
      }),
    )
  })
}

function ruleOf(item: z.infer<typeof ruleItem>, lists: Lists): SecurityGroupRule | null {
  const range = item.CidrIpv4 ?? item.CidrIpv6
  const peer: SecurityGroupPeer | null =
    range !== undefined
      ? { kind: 'prefix', prefix: range }
      : item.PrefixListId !== undefined
        ? listPeer(item.PrefixListId, lists)
        : item.ReferencedGroupInfo !== undefined
          ? { kind: 'group', id: item.ReferencedGroupInfo.GroupId }
          : null
  if (peer === null) return null
  return withLine({
    id: item.SecurityGroupRuleId,
    direction: item.IsEgress ? 'egress' : 'ingress',
    protocol: item.IpProtocol,
    ports: readPorts(item.IpProtocol, item.FromPort, item.ToPort),
    peer,
  })
}

/**
 * `aws ec2 describe-security-groups`, and where it was recorded too `aws ec2 describe-security-group-rules`, which
 * alone tells rule ids: its rules then stand in for the permissions of the groups that it speaks of.
 */
export function readSecurityGroups(
  groupsJson: unknown,
  rulesJson: unknown,
  prefixLists: readonly PrefixList[],
): Reading<readonly InVpc<SecurityGroup>[]> {
  const lists: Lists = new Map(prefixLists.map((list) => [list.id, list]))
  const groups = readItems('ec2/security-groups.json', groupsJson, 'SecurityGroups', group)
  const rules =
    rulesJson === undefined
      ? { seen: [], gaps: [] }
      : readItems('ec2/security-group-rules.json', rulesJson, 'SecurityGroupRules', ruleItem)
  const byGroup = new Map<string, z.infer<typeof ruleItem>[]>()
  for (const rule of rules.seen) {
    const known = byGroup.get(rule.GroupId)
    if (known) known.push(rule)
    else byGroup.set(rule.GroupId, [rule])
  }
  // A rule that could not be read must not vanish behind the ones that could.
  const trusted = rules.gaps.length === 0
  return {
    gaps: [...groups.gaps, ...rules.gaps],
    seen: groups.seen.flatMap((g) => {
      if (g.VpcId === undefined) return []
      const fromPermissions = [
        ...rulesOf(g.GroupId, 'ingress', g.IpPermissions, lists),
        ...rulesOf(g.GroupId, 'egress', g.IpPermissionsEgress, lists),
      ]
      const named = (byGroup.get(g.GroupId) ?? [])
        .map((item) => ruleOf(item, lists))
        .filter((r) => r !== null)
      const value: SecurityGroup = {
        id: g.GroupId,
        name: g.GroupName,
        description: g.Description,
        rules: trusted && named.length === fromPermissions.length ? named : fromPermissions,
      }
      return [{ vpc: g.VpcId, value }]
    }),
  }
}
