import { formatPrefix, prefixFamily } from '../../../model/address/prefix.ts'
import type { SecurityGroup, SecurityGroupRule } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { tagSet, tagsOf, type Describe } from '../describe.ts'
import type { Xml } from '../xml.ts'

/** What EC2 prints as protocol and ports: -1 has none; all TCP ports are 0-65535; all ICMP is -1 to -1. */
export function protocolXml(rule: Pick<SecurityGroupRule, 'protocol' | 'ports'>): {
  readonly ipProtocol: string
  readonly fromPort?: number
  readonly toPort?: number
} {
  const { protocol, ports } = rule
  const name = protocol === null ? '-1' : (wellKnown.get(protocol) ?? String(protocol))
  if (ports !== null) return { ipProtocol: name, fromPort: ports.from, toPort: ports.to }
  if (protocol === 1 || protocol === 58) return { ipProtocol: name, fromPort: -1, toPort: -1 }
  if (protocol === 6 || protocol === 17) return { ipProtocol: name, fromPort: 0, toPort: 65535 }
  return { ipProtocol: name }
}
const wellKnown: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmpv6'],
])

/** EC2 lists one permission for each protocol and port range, with all its peers. */
export function permissions(
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
  account: string,
): readonly Readonly<Record<string, Xml>>[] {
  const byPorts = new Map<string, SecurityGroupRule[]>()
  for (const rule of group.rules) {
    if (rule.direction !== direction) continue
    const { ipProtocol, fromPort, toPort } = protocolXml(rule)
    const key = `${ipProtocol} ${fromPort} ${toPort}`
    byPorts.set(key, [...(byPorts.get(key) ?? []), rule])
  }
  return [...byPorts.values()].flatMap((rules) => {
    const [first] = rules
    if (first === undefined) return []
    const ranges = rules.flatMap((r) => (r.peer.kind === 'prefix' ? [r.peer.prefix] : []))
    return [
      {
        ...protocolXml(first),
        groups: rules.flatMap((r) =>
          r.peer.kind === 'group' ? [{ userId: account, groupId: r.peer.id }] : [],
        ),
        ipRanges: ranges.filter((p) => prefixFamily(p) === 4).map((p) => ({ cidrIp: formatPrefix(p) })),
        ipv6Ranges: ranges.filter((p) => prefixFamily(p) === 6).map((p) => ({ cidrIpv6: formatPrefix(p) })),
        prefixListIds: rules.flatMap((r) =>
          r.peer.kind === 'prefix-list' ? [{ prefixListId: r.peer.id }] : [],
        ),
      },
    ]
  })
}

const arnOf = (group: SecurityGroup, view: CloudView): string =>
  `arn:aws:ec2:${view.vpc.region}:${view.account}:security-group/${group.id}`

const inDirection =
  (direction: SecurityGroupRule['direction'], of: (rule: SecurityGroupRule) => string | number | undefined) =>
  (group: SecurityGroup) =>
    group.rules.filter((r) => r.direction === direction).map(of)

const cidrIn = (family: 4 | 6) => (rule: SecurityGroupRule) =>
  rule.peer.kind === 'prefix' && prefixFamily(rule.peer.prefix) === family
    ? formatPrefix(rule.peer.prefix)
    : undefined
const groupIn = (rule: SecurityGroupRule) => (rule.peer.kind === 'group' ? rule.peer.id : undefined)
const listIn = (rule: SecurityGroupRule) => (rule.peer.kind === 'prefix-list' ? rule.peer.id : undefined)

const permissionFilters = (name: string, direction: SecurityGroupRule['direction']) => ({
  [`${name}.cidr`]: inDirection(direction, cidrIn(4)),
  [`${name}.ipv6-cidr`]: inDirection(direction, cidrIn(6)),
  [`${name}.group-id`]: inDirection(direction, groupIn),
  [`${name}.prefix-list-id`]: inDirection(direction, listIn),
  [`${name}.protocol`]: inDirection(direction, (r) => protocolXml(r).ipProtocol),
  [`${name}.from-port`]: inDirection(direction, (r) => protocolXml(r).fromPort),
  [`${name}.to-port`]: inDirection(direction, (r) => protocolXml(r).toPort),
})

export const describeSecurityGroups: Describe<SecurityGroup> = {
  action: 'DescribeSecurityGroups',
  element: 'securityGroupInfo',
  list: (view) => view.vpc.securityGroups,
  ids: [
    {
      parameter: 'GroupId',
      of: (group) => group.id,
      prefix: 'sg-',
      malformed: 'InvalidGroupId.Malformed',
      notFound: 'InvalidGroup.NotFound',
      message: (id) => `The security group '${id}' does not exist`,
    },
    {
      parameter: 'GroupName',
      of: (group) => group.name,
      prefix: '',
      malformed: 'InvalidGroupId.Malformed',
      notFound: 'InvalidGroup.NotFound',
      message: (name) => `The security group '${name}' does not exist in default VPC`,
    },
  ],
  filters: {
    'group-id': (g) => [g.id],
    'group-name': (g) => [g.name],
    description: (g) => [g.description],
    'vpc-id': (_, view) => [view.vpc.id],
    'owner-id': (_, view) => [view.account],
    ...permissionFilters('ip-permission', 'ingress'),
    ...permissionFilters('egress.ip-permission', 'egress'),
  },
  tags: (g, view) => tagsOf(view, g.id),
  paged: true,
  render: (group, view) => ({
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.description,
    securityGroupArn: arnOf(group, view),
    ownerId: view.account,
    vpcId: view.vpc.id,
    ipPermissions: permissions(group, 'ingress', view.account),
    ipPermissionsEgress: permissions(group, 'egress', view.account),
    tagSet: tagSet(tagsOf(view, group.id)),
  }),
}

/** A rule and the group it stands in. */
export interface RuleOfGroup {
  readonly group: string
  readonly rule: SecurityGroupRule
}

export const ruleXml = ({ group, rule }: RuleOfGroup, view: CloudView): Readonly<Record<string, Xml>> => {
  // Unlike in permissions, every rule has both ports here: -1 where there are none.
  const { ipProtocol, fromPort = -1, toPort = -1 } = protocolXml(rule)
  return {
    securityGroupRuleId: rule.id,
    securityGroupRuleArn: `arn:aws:ec2:${view.vpc.region}:${view.account}:security-group-rule/${rule.id}`,
    groupId: group,
    groupOwnerId: view.account,
    isEgress: rule.direction === 'egress',
    ipProtocol,
    fromPort,
    toPort,
    cidrIpv4: cidrIn(4)(rule),
    cidrIpv6: cidrIn(6)(rule),
    prefixListId: listIn(rule),
    referencedGroupInfo:
      rule.peer.kind === 'group' ? { groupId: rule.peer.id, userId: view.account } : undefined,
    tagSet: tagSet(tagsOf(view, rule.id)),
  }
}

export const describeSecurityGroupRules: Describe<RuleOfGroup> = {
  action: 'DescribeSecurityGroupRules',
  element: 'securityGroupRuleSet',
  list: (view) => view.vpc.securityGroups.flatMap((g) => g.rules.map((rule) => ({ group: g.id, rule }))),
  ids: [
    {
      parameter: 'SecurityGroupRuleId',
      of: ({ rule }) => rule.id,
      prefix: 'sgr-',
      malformed: 'InvalidSecurityGroupRuleId.Malformed',
      notFound: 'InvalidSecurityGroupRuleId.NotFound',
      message: (id) => `The security group rule ID '${id}' does not exist`,
    },
  ],
  filters: {
    'group-id': ({ group }) => [group],
    'security-group-rule-id': ({ rule }) => [rule.id],
  },
  tags: ({ rule }, view) => tagsOf(view, rule.id),
  paged: true,
  render: ruleXml,
}
