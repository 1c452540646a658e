/** Rules of security groups: authorize and revoke, by single options or by permissions (EC2's `IpPermissions`). */
import * as z from 'zod'
import { readPorts, parseProtocol } from '../../aws/protocol.ts'
import { securityGroupRuleLine } from '../../aws/line.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { formatPrefix, parsePrefix } from '../../model/address/prefix.ts'
import type { SecurityGroup, SecurityGroupPeer, SecurityGroupRule, Vpc } from '../../model/vpc/vpc.ts'
import { badValue, lacking, notThere, thereAlready } from '../change-error.ts'
import { structuresOf, type Options } from './options.ts'

const port = z.coerce.number().int().min(-1).max(65535).optional()
const permission = z.strictObject({
  IpProtocol: z.string(),
  FromPort: port,
  ToPort: port,
  IpRanges: z.array(z.object({ CidrIp: z.string() })).default([]),
  Ipv6Ranges: z.array(z.object({ CidrIpv6: z.string() })).default([]),
  PrefixListIds: z.array(z.object({ PrefixListId: z.string() })).default([]),
  UserIdGroupPairs: z.array(z.object({ GroupId: z.string() })).default([]),
})
type Permission = z.infer<typeof permission>

export function groupRuleEdits(action: string, options: Options, vpc: Vpc): readonly Edit[] {
  const direction = action.endsWith('egress') ? 'egress' : 'ingress'
  const group = groupOf(options, vpc)
  const ids = options.all('--security-group-rule-ids')
  const revokes = action.startsWith('revoke')
  const permissions = ids.length > 0 ? [] : permissionsOf(options)
  options.all('--tag-specifications')
  options.done()
  const edit = (before: SecurityGroupRule | null, after: SecurityGroupRule | null): Edit => ({
    kind: 'security-group-rule',
    group: group.id,
    before,
    after,
  })
  if (ids.length > 0) {
    if (!revokes) throw badValue('--security-group-rule-ids', ids.join(' '))
    return ids.map((id) => {
      const rule = group.rules.find((one) => one.id === id && one.direction === direction)
      if (rule === undefined) throw notThere(id, group.id)
      return edit(rule, null)
    })
  }
  return permissions
    .flatMap((one) => rulesOf(one, group, direction, vpc))
    .map((rule) => {
      const there = group.rules.find((one) => sameRule(one, rule))
      if (revokes) {
        if (there === undefined) throw notThere(rule.line, group.id)
        return edit(there, null)
      }
      if (there !== undefined) throw thereAlready(there.line, group.id)
      return edit(null, rule)
    })
}

function groupOf(options: Options, vpc: Vpc): SecurityGroup {
  const id = options.one('--group-id')
  const name = options.one('--group-name')
  if (id === null && name === null) throw lacking('--group-id sg-…')
  const group = vpc.securityGroups.find((one) => (id === null ? one.name === name : one.id === id))
  if (group === undefined) throw notThere(id ?? name ?? '', vpc.id)
  return group
}

function permissionsOf(options: Options): readonly Permission[] {
  const given = options.all('--ip-permissions')
  const cidr = options.one('--cidr')
  const source = options.one('--source-group')
  const protocol = options.one('--protocol')
  if (given.length > 0) {
    if (cidr !== null || source !== null || protocol !== null)
      throw badValue('--ip-permissions', '--protocol')
    return structuresOf('--ip-permissions', given).map((one) => {
      const read = permission.safeParse(one)
      if (!read.success) throw badValue('--ip-permissions', JSON.stringify(one).slice(0, 100))
      return read.data
    })
  }
  if (protocol === null) throw lacking('--protocol PROTOCOL, --ip-permissions')
  const ports = portRange(options.one('--port'))
  if (cidr === null && source === null) throw lacking('--cidr PREFIX, --source-group sg-…')
  return [
    {
      IpProtocol: protocol === 'all' ? '-1' : protocol,
      ...ports,
      IpRanges: cidr === null ? [] : [{ CidrIp: cidr }],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: source === null ? [] : [{ GroupId: source }],
    },
  ]
}

/** `22`, `8000-8100`, `all`, of ICMP a type. */
export function portRange(text: string | null): { readonly FromPort?: number; readonly ToPort?: number } {
  if (text === null || text === 'all') return {}
  const match = /^(-?\d{1,5})(?:-(-?\d{1,5}))?$/.exec(text)
  const from = Number(match?.[1] ?? NaN)
  const to = Number(match?.[2] ?? match?.[1] ?? NaN)
  if (!(from >= -1 && from <= 65535 && to >= -1 && to <= 65535)) throw badValue('--port', text)
  return { FromPort: from, ToPort: to }
}

function rulesOf(
  { IpProtocol, FromPort, ToPort, ...peers }: Permission,
  group: SecurityGroup,
  direction: SecurityGroupRule['direction'],
  vpc: Vpc,
): readonly SecurityGroupRule[] {
  const protocol = parseProtocol(IpProtocol)
  if (protocol === undefined) throw badValue('IpProtocol', IpProtocol)
  if ((protocol === 6 || protocol === 17) && FromPort === undefined) throw lacking('--port PORT')
  const all: readonly SecurityGroupPeer[] = [
    ...peers.IpRanges.map(({ CidrIp }) => prefixPeer(CidrIp)),
    ...peers.Ipv6Ranges.map(({ CidrIpv6 }) => prefixPeer(CidrIpv6)),
    ...peers.PrefixListIds.map(({ PrefixListId }): SecurityGroupPeer => ({
      kind: 'prefix-list',
      id: PrefixListId,
      prefixes: vpc.prefixLists?.find(({ id }) => id === PrefixListId)?.prefixes ?? null,
    })),
    ...peers.UserIdGroupPairs.map(({ GroupId }): SecurityGroupPeer => {
      if (!vpc.securityGroups.some(({ id }) => id === GroupId)) throw notThere(GroupId, vpc.id)
      return { kind: 'group', id: GroupId }
    }),
  ]
  if (all.length === 0) throw lacking('IpRanges, Ipv6Ranges, PrefixListIds, UserIdGroupPairs')
  return all.map((peer) => {
    const rule = { id: 'sgr-new', direction, protocol, ports: readPorts(protocol, FromPort, ToPort), peer }
    return { ...rule, line: securityGroupRuleLine({ ...rule, id: `${group.id} (new)` }) }
  })
}

function prefixPeer(text: string): SecurityGroupPeer {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined
  if (prefix === undefined) throw badValue('--cidr', text)
  return { kind: 'prefix', prefix }
}

const sameRule = (one: SecurityGroupRule, other: SecurityGroupRule): boolean =>
  one.direction === other.direction &&
  one.protocol === other.protocol &&
  JSON.stringify(one.ports) === JSON.stringify(other.ports) &&
  peerKey(one.peer) === peerKey(other.peer)

const peerKey = (peer: SecurityGroupPeer): string =>
  peer.kind === 'prefix' ? formatPrefix(peer.prefix) : peer.id
