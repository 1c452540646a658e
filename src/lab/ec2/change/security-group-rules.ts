import { securityGroupRuleLine } from '../../../aws/line.ts'
import type { SecurityGroup, SecurityGroupPeer, SecurityGroupRule, Vpc } from '../../../model/vpc/vpc.ts'
import type { Edited } from '../cloud-view.ts'
import { derivedId } from '../derived.ts'
import { protocolXml } from '../describe/security-groups.ts'
import { fault, type AwsFault } from '../fault.ts'

/** A rule as a caller asks for it: without an id. */
export type WantedRule = Pick<SecurityGroupRule, 'direction' | 'protocol' | 'ports' | 'peer'>

const noGroup = (id: string): AwsFault =>
  fault('InvalidGroup.NotFound', `The security group '${id}' does not exist`)

/** Two rules are one when all that they say is the same. */
const saying = (rule: WantedRule): string =>
  JSON.stringify([rule.direction, protocolXml(rule), peerKey(rule.peer)])

const peerKey = (peer: SecurityGroupPeer): string =>
  peer.kind === 'prefix' ? `${peer.prefix.address}/${peer.prefix.length}` : peer.id

const withGroup = (vpc: Vpc, group: SecurityGroup): Vpc => ({
  ...vpc,
  securityGroups: vpc.securityGroups.map((each) => (each.id === group.id ? group : each)),
})

/** EC2's own words for a rule in its messages: `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW`. */
function inWords(rule: WantedRule): string {
  const { ipProtocol, fromPort, toPort } = protocolXml(rule)
  const peer =
    rule.peer.kind === 'prefix'
      ? securityGroupRuleLine({ id: '', ...rule })
          .split(' ')
          .at(-1)
      : rule.peer.id
  const ports = fromPort === undefined ? '' : `, from port: ${fromPort}, to port: ${toPort}`
  return `peer: ${peer}, ${ipProtocol === '-1' ? 'ALL' : ipProtocol.toUpperCase()}${ports}, ALLOW`
}

/** AuthorizeSecurityGroupIngress and -Egress: adds rules, all or none. */
export function authorize(
  vpc: Vpc,
  groupId: string,
  wanted: readonly WantedRule[],
): Edited<readonly SecurityGroupRule[]> {
  const group = vpc.securityGroups.find((each) => each.id === groupId)
  if (group === undefined) return noGroup(groupId)
  const there = new Set(group.rules.map(saying))
  const made: SecurityGroupRule[] = []
  for (const rule of wanted) {
    if (rule.peer.kind === 'group' && !vpc.securityGroups.some((each) => each.id === peerKey(rule.peer)))
      return noGroup(peerKey(rule.peer))
    const key = saying(rule)
    if (there.has(key))
      return fault('InvalidPermission.Duplicate', `the specified rule "${inWords(rule)}" already exists`)
    there.add(key)
    const named = { id: derivedId('sgr', groupId, key), ...rule }
    made.push({ ...named, line: securityGroupRuleLine(named) })
  }
  return { vpc: withGroup(vpc, { ...group, rules: [...group.rules, ...made] }), made }
}

/** RevokeSecurityGroupIngress and -Egress by what the rules say: removes them, all or none. */
export function revoke(
  vpc: Vpc,
  groupId: string,
  unwanted: readonly WantedRule[],
): Edited<readonly SecurityGroupRule[]> {
  const group = vpc.securityGroups.find((each) => each.id === groupId)
  if (group === undefined) return noGroup(groupId)
  const keys = new Set(unwanted.map(saying))
  const gone = group.rules.filter((rule) => keys.has(saying(rule)))
  if (gone.length < keys.size)
    return fault('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
  return without(vpc, group, gone)
}

/** The same by rule ids. */
export function revokeByIds(
  vpc: Vpc,
  groupId: string,
  direction: SecurityGroupRule['direction'],
  ids: readonly string[],
): Edited<readonly SecurityGroupRule[]> {
  const group = vpc.securityGroups.find((each) => each.id === groupId)
  if (group === undefined) return noGroup(groupId)
  const gone = group.rules.filter((rule) => rule.direction === direction && ids.includes(rule.id))
  const absent = ids.filter((id) => !gone.some((rule) => rule.id === id))
  if (absent.length > 0)
    return fault(
      'InvalidSecurityGroupRuleId.NotFound',
      `The security group rule ID '${absent.join(', ')}' does not exist`,
    )
  return without(vpc, group, gone)
}

const without = (
  vpc: Vpc,
  group: SecurityGroup,
  gone: readonly SecurityGroupRule[],
): Edited<readonly SecurityGroupRule[]> => ({
  vpc: withGroup(vpc, { ...group, rules: group.rules.filter((rule) => !gone.includes(rule)) }),
  made: gone,
})
