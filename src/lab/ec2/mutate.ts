import { hasPorts, isIcmp, parseProtocol, readPorts } from '../../aws/protocol.ts'
import { parsePrefix, prefixFamily, type Prefix } from '../../model/address/prefix.ts'
import type { SecurityGroupPeer, SecurityGroupRule, Vpc, VpcRouteTarget } from '../../model/vpc/vpc.ts'
import type { Action } from './call.ts'
import { modifyInstance, modifyInterface, type InterfaceChange } from './change/interface-attributes.ts'
import { createEntry, deleteEntry, replaceEntry, type WantedEntry } from './change/network-acl-entries.ts'
import { createRoute, deleteRoute, replaceRoute } from './change/routes.ts'
import { authorize, revoke, revokeByIds, type WantedRule } from './change/security-group-rules.ts'
import { ruleXml } from './describe/security-groups.ts'
import { refuse } from './fault.ts'
import { modifyingMetadata } from './modify-metadata.ts'
import { flagOf, integerOf, requiredText, textOf, textsOf, treeOf, treesOf, type QueryTree } from './query.ts'
import { change } from './run-edit.ts'
import type { XmlObject } from './xml.ts'

const done: XmlObject = { return: true }

function cidrOf(text: string): Prefix {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined
  return prefix ?? refuse('InvalidParameterValue', `CIDR block ${text.slice(0, 64)} is malformed`)
}

function protocolOf(word: string): number | null {
  const protocol = parseProtocol(word)
  return protocol === undefined
    ? refuse(
        'InvalidParameterValue',
        `Invalid value '${word.slice(0, 32)}' for IP protocol. Unknown protocol.`,
      )
    : protocol
}

function portsOf(
  protocol: number | null,
  from: number | undefined,
  to: number | undefined,
): WantedRule['ports'] {
  if (hasPorts(protocol)) {
    if (from === undefined || to === undefined)
      return refuse(
        'InvalidParameterValue',
        "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
      )
    if (from === -1 && to === -1) return null
    for (const port of [from, to])
      if (port < 0 || port > 65535)
        refuse('InvalidParameterValue', `Invalid value '${port}' for port. Must be between 0 and 65535.`)
    if (from > to) refuse('InvalidParameterValue', `Invalid TCP/UDP port range (${from}:${to})`)
  }
  if (isIcmp(protocol) && (from ?? -1) > 255)
    refuse('InvalidParameterValue', `ICMP type (${from}) is out of range`)
  return readPorts(protocol, from, to)
}

/** A group asked for by id, or in the default VPC by name; the lab's only VPC answers for both. */
function groupId(parameters: QueryTree, vpc: Vpc): string {
  const id = textOf(parameters, 'GroupId')
  if (id !== undefined) return id
  const name = requiredText(parameters, 'GroupName')
  return (
    vpc.securityGroups.find((group) => group.name === name)?.id ??
    refuse('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC`)
  )
}

/** `IpPermissions.N…`, or the short form with one protocol, one port range and one range. */
function wantedRules(
  parameters: QueryTree,
  direction: SecurityGroupRule['direction'],
  vpc: Vpc,
): readonly WantedRule[] {
  const trees = treesOf(parameters, 'IpPermissions')
  const short = textOf(parameters, 'CidrIp')
  const listed = trees.length > 0 ? trees : textOf(parameters, 'IpProtocol') === undefined ? [] : [parameters]
  const rules = listed.flatMap((tree): readonly WantedRule[] => {
    const protocol = protocolOf(requiredText(tree, 'IpProtocol'))
    const ports = portsOf(protocol, integerOf(tree, 'FromPort'), integerOf(tree, 'ToPort'))
    const inFamily = (text: string, family: 4 | 6): SecurityGroupPeer => {
      const prefix = cidrOf(text)
      return prefixFamily(prefix) === family
        ? { kind: 'prefix', prefix }
        : refuse('InvalidParameterValue', `CIDR block ${text} is malformed`)
    }
    const peers: readonly SecurityGroupPeer[] = [
      ...(tree === parameters && short !== undefined ? [inFamily(short, 4)] : []),
      ...treesOf(tree, 'IpRanges').map((range) => inFamily(requiredText(range, 'CidrIp'), 4)),
      ...treesOf(tree, 'Ipv6Ranges').map((range) => inFamily(requiredText(range, 'CidrIpv6'), 6)),
      ...treesOf(tree, 'PrefixListIds').map((list) => listPeer(requiredText(list, 'PrefixListId'), vpc)),
      ...treesOf(tree, 'Groups').map((pair): SecurityGroupPeer => ({
        kind: 'group',
        id: groupId(pair, vpc),
      })),
    ]
    return peers.map((peer) => ({ direction, protocol, ports, peer }))
  })
  if (rules.length === 0) refuse('MissingParameter', 'The request must contain the parameter ipPermissions')
  return rules
}

function listPeer(id: string, vpc: Vpc): SecurityGroupPeer {
  const list = (vpc.prefixLists ?? []).find((each) => each.id === id)
  if (list === undefined)
    return refuse('InvalidPrefixListId.NotFound', `The prefix list ID '${id}' does not exist`)
  return { kind: 'prefix-list', id, prefixes: list.prefixes }
}

const authorizing =
  (direction: SecurityGroupRule['direction']): Action =>
  async (call) => {
    const group = groupId(call.parameters, call.view.vpc)
    const wanted = wantedRules(call.parameters, direction, call.view.vpc)
    const made = await change(call, (vpc) => authorize(vpc, group, wanted))
    return { ...done, securityGroupRuleSet: made.map((rule) => ruleXml({ group, rule }, call.view)) }
  }

const revoking =
  (direction: SecurityGroupRule['direction']): Action =>
  async (call) => {
    const group = groupId(call.parameters, call.view.vpc)
    const ids = textsOf(call.parameters, 'SecurityGroupRuleId')
    const unwanted = ids.length > 0 ? [] : wantedRules(call.parameters, direction, call.view.vpc)
    const gone = await change(call, (vpc) =>
      ids.length > 0 ? revokeByIds(vpc, group, direction, ids) : revoke(vpc, group, unwanted),
    )
    return {
      ...done,
      unknownIpPermissionSet: [],
      revokedSecurityGroupRuleSet: gone.map((rule) => {
        const {
          referencedGroupInfo: _info,
          groupOwnerId: _owner,
          tagSet: _tags,
          ...xml
        } = ruleXml({ group, rule }, call.view)
        return { ...xml, referencedGroupId: rule.peer.kind === 'group' ? rule.peer.id : undefined }
      }),
    }
  }

function entryKey(parameters: QueryTree): Pick<WantedEntry, 'number' | 'direction'> {
  requiredText(parameters, 'RuleNumber')
  requiredText(parameters, 'Egress')
  return {
    number: integerOf(parameters, 'RuleNumber') ?? 0,
    direction: flagOf(parameters, 'Egress') === true ? 'egress' : 'ingress',
  }
}

function wantedEntry(parameters: QueryTree): WantedEntry {
  const protocol = protocolOf(requiredText(parameters, 'Protocol'))
  const action = requiredText(parameters, 'RuleAction')
  if (action !== 'allow' && action !== 'deny')
    return refuse('InvalidParameterValue', `Value (${action}) for parameter ruleAction is invalid.`)
  const range = isIcmp(protocol) ? treeOf(parameters, 'Icmp') : treeOf(parameters, 'PortRange')
  const [low, high] = isIcmp(protocol) ? ['Type', 'Code'] : ['From', 'To']
  if ((isIcmp(protocol) || hasPorts(protocol)) && range === undefined)
    return refuse(
      'MissingParameter',
      `The request must contain the parameter ${isIcmp(protocol) ? 'icmpTypeCode' : 'portRange'}`,
    )
  const ports = range ? portsOf(protocol, integerOf(range, low ?? ''), integerOf(range, high ?? '')) : null
  return {
    ...entryKey(parameters),
    action,
    protocol,
    prefix: cidrOf(textOf(parameters, 'Ipv6CidrBlock') ?? requiredText(parameters, 'CidrBlock')),
    ports,
  }
}

const aclChange =
  <W>(
    read: (parameters: QueryTree) => W,
    edit: (vpc: Vpc, acl: string, wanted: W) => ReturnType<typeof deleteEntry>,
  ): Action =>
  async (call) => {
    const acl = requiredText(call.parameters, 'NetworkAclId')
    const wanted = read(call.parameters)
    await change(call, (vpc) => edit(vpc, acl, wanted))
    return done
  }

const destinationOf = (parameters: QueryTree): Prefix =>
  cidrOf(textOf(parameters, 'DestinationIpv6CidrBlock') ?? requiredText(parameters, 'DestinationCidrBlock'))

/** The one parameter of a route's target that is there says what kind it is. */
const targetParameters: Readonly<Record<string, (id: string, vpc: Vpc) => VpcRouteTarget>> = {
  GatewayId: (id) =>
    id === 'local'
      ? { kind: 'local' }
      : id.startsWith('vpce-')
        ? { kind: 'vpc-endpoint', id }
        : { kind: 'internet-gateway', id },
  NatGatewayId: (id) => ({ kind: 'nat-gateway', id }),
  NetworkInterfaceId: (id) => ({ kind: 'interface', id }),
  InstanceId: (id, vpc) => ({ kind: 'interface', id: onlyInterface(id, vpc) }),
  VpcPeeringConnectionId: (id) => ({ kind: 'peering', id }),
  TransitGatewayId: (id) => ({ kind: 'transit-gateway', id }),
  VpcEndpointId: (id) => ({ kind: 'vpc-endpoint', id }),
  EgressOnlyInternetGatewayId: (id) => ({ kind: 'egress-only-internet-gateway', id }),
}

function onlyInterface(instance: string, vpc: Vpc): string {
  const [only, ...others] = vpc.interfaces.filter((eni) => eni.attachment?.instance === instance)
  if (only === undefined)
    return refuse('InvalidInstanceID.NotFound', `The instance ID '${instance}' does not exist`)
  if (others.length > 0)
    return refuse(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance}'. Please specify an interface ID for the operation instead.`,
    )
  return only.id
}

function targetOf(parameters: QueryTree, vpc: Vpc): VpcRouteTarget {
  const given = Object.entries(targetParameters).flatMap(([name, make]) => {
    const id = textOf(parameters, name)
    return id === undefined ? [] : [make(id, vpc)]
  })
  const [target, ...others] = given
  if (target === undefined || others.length > 0)
    return refuse(
      'InvalidParameterCombination',
      'You must specify exactly one of: gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId or vpcEndpointId',
    )
  return target
}

const routeChange =
  (edit: typeof createRoute): Action =>
  async (call) => {
    const table = requiredText(call.parameters, 'RouteTableId')
    const destination = destinationOf(call.parameters)
    const target = targetOf(call.parameters, call.view.vpc)
    await change(call, (vpc) => edit(vpc, table, destination, target))
    return done
  }

const deletingRoute: Action = async (call) => {
  const table = requiredText(call.parameters, 'RouteTableId')
  const destination = destinationOf(call.parameters)
  await change(call, (vpc) => deleteRoute(vpc, table, destination))
  return done
}

function interfaceChange(parameters: QueryTree, groups: string): InterfaceChange {
  const check = treeOf(parameters, 'SourceDestCheck')
  const sourceDestCheck = check && flagOf(check, 'Value')
  const description = treeOf(parameters, 'Description')
  const securityGroups = textsOf(parameters, groups)
  const told: InterfaceChange = {
    ...(sourceDestCheck === undefined ? {} : { sourceDestCheck }),
    ...(securityGroups.length === 0 ? {} : { securityGroups }),
    ...(description === undefined ? {} : { description: textOf(description, 'Value') ?? '' }),
  }
  if (Object.keys(told).length === 0)
    refuse(
      'InvalidParameterCombination',
      'This lab changes sourceDestCheck, the security groups and the description; no other attribute.',
    )
  return told
}

const modifyingInterface: Action = async (call) => {
  const id = requiredText(call.parameters, 'NetworkInterfaceId')
  const told = interfaceChange(call.parameters, 'SecurityGroupId')
  await change(call, (vpc) => modifyInterface(vpc, id, told))
  return done
}

const modifyingInstance: Action = async (call) => {
  const id = requiredText(call.parameters, 'InstanceId')
  const told = interfaceChange(call.parameters, 'GroupId')
  await change(call, (vpc) => modifyInstance(vpc, id, told))
  return done
}

/** The actions that change the lab's VPC. */
export const mutations: readonly (readonly [string, Action])[] = [
  ['AuthorizeSecurityGroupIngress', authorizing('ingress')],
  ['AuthorizeSecurityGroupEgress', authorizing('egress')],
  ['RevokeSecurityGroupIngress', revoking('ingress')],
  ['RevokeSecurityGroupEgress', revoking('egress')],
  ['CreateNetworkAclEntry', aclChange(wantedEntry, createEntry)],
  ['ReplaceNetworkAclEntry', aclChange(wantedEntry, replaceEntry)],
  ['DeleteNetworkAclEntry', aclChange(entryKey, deleteEntry)],
  ['CreateRoute', routeChange(createRoute)],
  ['ReplaceRoute', routeChange(replaceRoute)],
  ['DeleteRoute', deletingRoute],
  ['ModifyNetworkInterfaceAttribute', modifyingInterface],
  ['ModifyInstanceAttribute', modifyingInstance],
  ['ModifyInstanceMetadataOptions', modifyingMetadata],
]
