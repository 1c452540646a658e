import type * as Ec2Sdk from '@aws-sdk/client-ec2'
import type { faultRooms } from '../../../model/lab/fault.ts'
import { LabError } from '../../daemon/lab-error.ts'
import type { Ec2 } from '../ec2-client.ts'
import type { VpcFault } from '../fault.ts'
import type { Ec2Change, Ec2Plan } from '../vpc-change.ts'
import { fromPeer, toDns, toInternet, toPeer, toWebsite } from './flows.ts'

/** Below every rule that AWS or a person would write. */
const ruleNumber = 1
const anywhere = '0.0.0.0/0'

async function eniOf({ sdk, client }: Ec2, address: string): Promise<Ec2Sdk.NetworkInterface> {
  const { NetworkInterfaces = [] } = await client.send(new sdk.DescribeNetworkInterfacesCommand({}))
  const has = (eni: Ec2Sdk.NetworkInterface): boolean =>
    (eni.PrivateIpAddresses ?? []).some((one) => one.PrivateIpAddress === address) ||
    (eni.Ipv4Prefixes ?? []).some(
      // Prefixes of pods are /28, aligned.
      ({ Ipv4Prefix = '' }) =>
        Ipv4Prefix.split('/')[0] === address.replace(/\d+$/, (last) => String(Number(last) & ~15)),
    )
  const found = NetworkInterfaces.find(has)
  if (!found) throw new LabError({ kind: 'unknown-interface', address })
  return found
}

const groupsOf = async (
  { sdk, client }: Ec2,
  eni: Ec2Sdk.NetworkInterface,
): Promise<readonly Ec2Sdk.SecurityGroup[]> => {
  const ids = (eni.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
  return (await client.send(new sdk.DescribeSecurityGroupsCommand({ GroupIds: ids }))).SecurityGroups ?? []
}

/** Of a rule, what a request takes that writes it again. */
function plain(
  permission: Ec2Sdk.IpPermission,
  pairs: readonly Ec2Sdk.UserIdGroupPair[],
): Ec2Sdk.IpPermission {
  const { IpProtocol, FromPort, ToPort } = permission
  return {
    ...(IpProtocol === undefined ? {} : { IpProtocol }),
    ...(FromPort === undefined ? {} : { FromPort }),
    ...(ToPort === undefined ? {} : { ToPort }),
    UserIdGroupPairs: pairs.map(({ GroupId, Description }) => ({
      ...(GroupId === undefined ? {} : { GroupId }),
      ...(Description === undefined ? {} : { Description }),
    })),
  }
}

/** The rules by which nodes of a cluster let each other in: those that a hurried hand revokes. Others take their place, or none. */
const memberRules =
  (instead: (group: string) => readonly Ec2Sdk.IpPermission[]): Ec2Change =>
  async (ec2, { node }) => {
    const groups = await groupsOf(ec2, await eniOf(ec2, node))
    const ids = groups.flatMap(({ GroupId }) => GroupId ?? [])
    for (const { GroupId, IpPermissions = [] } of groups) {
      const own = IpPermissions.flatMap((permission) => {
        const pairs = (permission.UserIdGroupPairs ?? []).filter((pair) => ids.includes(pair.GroupId ?? ''))
        return pairs.length === 0 ? [] : [plain(permission, pairs)]
      })
      if (own.length === 0 || GroupId === undefined) continue
      const was = { GroupId, IpPermissions: own }
      const others = { GroupId, IpPermissions: [...instead(GroupId)] }
      const any = others.IpPermissions.length > 0
      return {
        breaks: [
          { call: 'RevokeSecurityGroupIngress', input: was },
          ...(any ? [{ call: 'AuthorizeSecurityGroupIngress', input: others } as const] : []),
        ],
        mends: [
          { call: 'AuthorizeSecurityGroupIngress', input: was },
          ...(any ? [{ call: 'RevokeSecurityGroupIngress', input: others } as const] : []),
        ],
      }
    }
    throw new LabError({ kind: 'closed-groups', groups: ids })
  }

const everythingOut = { IpProtocol: '-1', IpRanges: [{ CidrIp: anywhere }] }
const httpsOut = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: anywhere }] }

const egressReduced: Ec2Change = async (ec2, { node }) => {
  const groups = await groupsOf(ec2, await eniOf(ec2, node))
  const [open] = groups.filter(({ IpPermissionsEgress = [] }) =>
    IpPermissionsEgress.some(
      ({ IpProtocol, IpRanges = [] }) =>
        IpProtocol === '-1' && IpRanges.some((one) => one.CidrIp === anywhere),
    ),
  )
  const GroupId = open?.GroupId
  if (GroupId === undefined)
    throw new LabError({ kind: 'closed-groups', groups: groups.flatMap((one) => one.GroupId ?? []) })
  const all = { GroupId, IpPermissions: [everythingOut] }
  const some = { GroupId, IpPermissions: [httpsOut] }
  return {
    breaks: [
      { call: 'AuthorizeSecurityGroupEgress', input: some },
      { call: 'RevokeSecurityGroupEgress', input: all },
    ],
    mends: [
      { call: 'AuthorizeSecurityGroupEgress', input: all },
      { call: 'RevokeSecurityGroupEgress', input: some },
    ],
  }
}

const otherGroup: Ec2Change = async (ec2, { pod }) => {
  const eni = await eniOf(ec2, pod)
  const own = (eni.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? [])
  const { SecurityGroups = [] } = await ec2.client.send(new ec2.sdk.DescribeSecurityGroupsCommand({}))
  const other = SecurityGroups.find(({ GroupId }) => GroupId !== undefined && !own.includes(GroupId))?.GroupId
  const NetworkInterfaceId = eni.NetworkInterfaceId
  if (other === undefined || NetworkInterfaceId === undefined)
    throw new LabError({ kind: 'closed-groups', groups: own })
  return {
    breaks: [{ call: 'ModifyNetworkInterfaceAttribute', input: { NetworkInterfaceId, Groups: [other] } }],
    mends: [{ call: 'ModifyNetworkInterfaceAttribute', input: { NetworkInterfaceId, Groups: own } }],
  }
}

type Entry = Pick<Ec2Sdk.CreateNetworkAclEntryCommandInput, 'Egress' | 'Protocol' | 'PortRange' | 'CidrBlock'>

const denied =
  (entry: (peer: string) => Entry): Ec2Change =>
  async (ec2, { node, peer }) => {
    const { SubnetId = '' } = await eniOf(ec2, node)
    const filter = { Name: 'association.subnet-id', Values: [SubnetId] }
    const { NetworkAcls = [] } = await ec2.client.send(
      new ec2.sdk.DescribeNetworkAclsCommand({ Filters: [filter] }),
    )
    const NetworkAclId = NetworkAcls[0]?.NetworkAclId
    if (NetworkAclId === undefined) throw new LabError({ kind: 'no-network-acl', subnet: SubnetId })
    const wanted = entry(peer)
    const which = { NetworkAclId, RuleNumber: ruleNumber, Egress: wanted.Egress }
    return {
      breaks: [{ call: 'CreateNetworkAclEntry', input: { ...which, ...wanted, RuleAction: 'deny' } }],
      mends: [{ call: 'DeleteNetworkAclEntry', input: which }],
    }
  }

/** Takes the default route of a subnet, or puts another in its place. */
async function withoutDefault(
  ec2: Ec2,
  subnet: string,
  instead: (table: string) => Promise<Ec2Plan['breaks']>,
): Promise<Ec2Plan> {
  const tables = async (filter: Ec2Sdk.Filter): Promise<readonly Ec2Sdk.RouteTable[]> =>
    (await ec2.client.send(new ec2.sdk.DescribeRouteTablesCommand({ Filters: [filter] }))).RouteTables ?? []
  const own = await tables({ Name: 'association.subnet-id', Values: [subnet] })
  const main = own.length > 0 ? own : await tables({ Name: 'association.main', Values: ['true'] })
  for (const { RouteTableId, Routes = [] } of main) {
    const { GatewayId, NatGatewayId } = Routes.find((one) => one.DestinationCidrBlock === anywhere) ?? {}
    const target = GatewayId === undefined ? NatGatewayId && { NatGatewayId } : { GatewayId }
    if (!target || RouteTableId === undefined) continue
    const which = { RouteTableId, DestinationCidrBlock: anywhere }
    const others = await instead(RouteTableId)
    return {
      breaks: [{ call: 'DeleteRoute', input: which }, ...others],
      mends: [
        ...(others.length > 0 ? [{ call: 'DeleteRoute', input: which } as const] : []),
        { call: 'CreateRoute', input: { ...which, ...target } },
      ],
    }
  }
  throw new LabError({ kind: 'no-internet-route', subnet })
}

const internetRouteMissing: Ec2Change = async (ec2, { node }) =>
  withoutDefault(ec2, (await eniOf(ec2, node)).SubnetId ?? '', () => Promise.resolve([]))

const internetRouteToInstance: Ec2Change = async (ec2, { node, peer }) => {
  const [from, to] = await Promise.all([eniOf(ec2, node), eniOf(ec2, peer)])
  const { NetworkInterfaceId } = to
  return withoutDefault(ec2, from.SubnetId ?? '', (RouteTableId) =>
    Promise.resolve([
      { call: 'CreateRoute', input: { RouteTableId, DestinationCidrBlock: anywhere, NetworkInterfaceId } },
    ]),
  )
}

const natSubnetRouteMissing: Ec2Change = async (ec2) => {
  const { NatGateways = [] } = await ec2.client.send(new ec2.sdk.DescribeNatGatewaysCommand({}))
  return withoutDefault(ec2, NatGateways[0]?.SubnetId ?? '', () => Promise.resolve([]))
}

const members = (GroupId: string) => ({ UserIdGroupPairs: [{ GroupId }] })
/** Everything but the cluster's DNS. */
const withoutDns = (group: string): readonly Ec2Sdk.IpPermission[] =>
  (['tcp', 'udp'] as const)
    .flatMap((IpProtocol) => [
      { IpProtocol, FromPort: 0, ToPort: 52, ...members(group) },
      { IpProtocol, FromPort: 54, ToPort: 65535, ...members(group) },
    ])
    .concat([{ IpProtocol: 'icmp', FromPort: -1, ToPort: -1, ...members(group) } as never])

export const vpcFaults: { readonly [Code in (typeof faultRooms)['vpc'][number]]: VpcFault } = {
  'security-group-closed': { at: 'vpc', pod: 'any', trial: fromPeer, change: memberRules(() => []) },
  'security-group-dns-missing': {
    at: 'vpc',
    pod: 'far-from-dns',
    trial: toDns,
    change: memberRules(withoutDns),
  },
  'security-group-egress-closed': { at: 'vpc', pod: 'any', trial: toPeer, change: egressReduced },
  // The group that is there beside the cluster's lets pings in.
  'second-eni-other-group': {
    at: 'vpc',
    pod: 'later-eni',
    trial: { ...fromPeer, with: ['--protocol', 'tcp', '--port', '53'] },
    change: otherGroup,
  },
  'network-acl-deny': {
    at: 'vpc',
    pod: 'any',
    trial: fromPeer,
    change: denied((peer) => ({ Egress: false, Protocol: '-1', CidrBlock: `${peer}/32` })),
  },
  'network-acl-egress-deny': {
    at: 'vpc',
    pod: 'any',
    trial: toPeer,
    change: denied((peer) => ({ Egress: true, Protocol: '-1', CidrBlock: `${peer}/32` })),
  },
  'network-acl-no-replies': {
    at: 'vpc',
    pod: 'any',
    trial: toWebsite,
    change: denied(() => ({
      Egress: false,
      Protocol: '6',
      PortRange: { From: 1024, To: 65535 },
      CidrBlock: anywhere,
    })),
  },
  'internet-route-missing': { at: 'vpc', pod: 'any', trial: toInternet, change: internetRouteMissing },
  'internet-route-to-instance': { at: 'vpc', pod: 'any', trial: toInternet, change: internetRouteToInstance },
  'nat-subnet-route-missing': {
    at: 'vpc',
    pod: 'any',
    trial: toInternet,
    only: 'private-subnets',
    change: natSubnetRouteMissing,
  },
}
