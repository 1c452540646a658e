import type * as Ec2Sdk from '@aws-sdk/client-ec2'
import type * as Commands from './ec2-commands.ts'
import type { AwsAccess } from '../daemon/configuration.ts'
import { LabError } from '../daemon/lab-error.ts'
import type { Ec2Call, Remedy, VpcChange } from './fault.ts'

/** What a change of the VPC concerns: the node's primary address and its pod's peer. */
export interface VpcTarget {
  readonly nodeAddress: string
  readonly peer: string
}

type Sdk = typeof Commands

/** Below every rule that AWS or a person would write. */
const ruleNumber = 1

/** Breaks the VPC as a person with AWS credentials would, and says how to undo it. */
export async function changeVpc(aws: AwsAccess, change: VpcChange, target: VpcTarget): Promise<Remedy> {
  const { sdk, client } = await open(aws)
  try {
    const { NetworkInterfaces = [] } = await client.send(
      new sdk.DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'addresses.private-ip-address', Values: [target.nodeAddress] }],
      }),
    )
    const [eni] = NetworkInterfaces
    if (!eni) throw new LabError({ kind: 'unknown-interface', address: target.nodeAddress })
    switch (change) {
      case 'close-security-group':
        return await closeGroup(sdk, client, eni)
      case 'deny-in-network-acl':
        return await deny(sdk, client, eni, target.peer)
      case 'delete-internet-route':
        return await deleteRoute(sdk, client, eni)
    }
  } finally {
    client.destroy()
  }
}

/** Puts back what `changeVpc` took; what somebody put back already is left as it is. */
export async function undoInVpc(aws: AwsAccess, call: Ec2Call, input: unknown): Promise<void> {
  const { sdk, client } = await open(aws)
  try {
    await send(sdk, client, call, input)
  } catch (error) {
    if (!(error instanceof Error && undone[call] === error.name)) throw error
  } finally {
    client.destroy()
  }
}

/** The code by which EC2 says that it is as it was. */
const undone: { readonly [Call in Ec2Call]: string } = {
  AuthorizeSecurityGroupIngress: 'InvalidPermission.Duplicate',
  DeleteNetworkAclEntry: 'InvalidNetworkAclEntry.NotFound',
  CreateRoute: 'RouteAlreadyExists',
}

async function send(sdk: Sdk, client: Ec2Sdk.EC2Client, call: Ec2Call, input: unknown): Promise<void> {
  switch (call) {
    case 'AuthorizeSecurityGroupIngress':
      await client.send(
        new sdk.AuthorizeSecurityGroupIngressCommand(
          input as Ec2Sdk.AuthorizeSecurityGroupIngressCommandInput,
        ),
      )
      return
    case 'DeleteNetworkAclEntry':
      await client.send(
        new sdk.DeleteNetworkAclEntryCommand(input as Ec2Sdk.DeleteNetworkAclEntryCommandInput),
      )
      return
    case 'CreateRoute':
      await client.send(new sdk.CreateRouteCommand(input as Ec2Sdk.CreateRouteCommandInput))
      return
  }
}

async function open(aws: AwsAccess): Promise<{ readonly sdk: Sdk; readonly client: Ec2Sdk.EC2Client }> {
  // A word of the SDK to its own users: podpath's Node floor is podpath's to tell.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const sdk = await import('./ec2-commands.ts')
  const client = new sdk.EC2Client({
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
  })
  return { sdk, client }
}

/** The rule by which nodes of a cluster let each other in: the one that a hurried hand revokes. */
async function closeGroup(sdk: Sdk, client: Ec2Sdk.EC2Client, eni: Ec2Sdk.NetworkInterface): Promise<Remedy> {
  const ids = (eni.Groups ?? []).flatMap((group) => group.GroupId ?? [])
  const { SecurityGroups = [] } = await client.send(new sdk.DescribeSecurityGroupsCommand({ GroupIds: ids }))
  for (const group of SecurityGroups) {
    const permissions = (group.IpPermissions ?? []).flatMap((permission) => {
      const own = (permission.UserIdGroupPairs ?? []).filter((pair) => ids.includes(pair.GroupId ?? ''))
      if (own.length === 0) return []
      const { IpProtocol, FromPort, ToPort } = permission
      return [
        {
          ...(IpProtocol === undefined ? {} : { IpProtocol }),
          ...(FromPort === undefined ? {} : { FromPort }),
          ...(ToPort === undefined ? {} : { ToPort }),
          UserIdGroupPairs: own.map(({ GroupId, Description }) => ({
            ...(GroupId === undefined ? {} : { GroupId }),
            ...(Description === undefined ? {} : { Description }),
          })),
        },
      ]
    })
    if (permissions.length === 0 || group.GroupId === undefined) continue
    const input = { GroupId: group.GroupId, IpPermissions: permissions }
    await client.send(new sdk.RevokeSecurityGroupIngressCommand(input))
    return { kind: 'ec2', call: 'AuthorizeSecurityGroupIngress', input }
  }
  throw new LabError({ kind: 'closed-groups', groups: ids })
}

async function deny(
  sdk: Sdk,
  client: Ec2Sdk.EC2Client,
  eni: Ec2Sdk.NetworkInterface,
  peer: string,
): Promise<Remedy> {
  const { NetworkAcls = [] } = await client.send(
    new sdk.DescribeNetworkAclsCommand({
      Filters: [{ Name: 'association.subnet-id', Values: [eni.SubnetId ?? ''] }],
    }),
  )
  const id = NetworkAcls[0]?.NetworkAclId
  if (id === undefined) throw new LabError({ kind: 'no-network-acl', subnet: eni.SubnetId ?? '' })
  const entry = { NetworkAclId: id, RuleNumber: ruleNumber, Egress: false }
  await client.send(
    new sdk.CreateNetworkAclEntryCommand({
      ...entry,
      Protocol: '-1',
      RuleAction: 'deny',
      CidrBlock: `${peer}/32`,
    }),
  )
  return { kind: 'ec2', call: 'DeleteNetworkAclEntry', input: entry }
}

async function deleteRoute(
  sdk: Sdk,
  client: Ec2Sdk.EC2Client,
  eni: Ec2Sdk.NetworkInterface,
): Promise<Remedy> {
  const tables = async (filter: Ec2Sdk.Filter): Promise<readonly Ec2Sdk.RouteTable[]> =>
    (await client.send(new sdk.DescribeRouteTablesCommand({ Filters: [filter] }))).RouteTables ?? []
  const own = await tables({ Name: 'association.subnet-id', Values: [eni.SubnetId ?? ''] })
  const main = own.length > 0 ? own : await tables({ Name: 'association.main', Values: ['true'] })
  for (const table of main) {
    const route = (table.Routes ?? []).find((one) => one.DestinationCidrBlock === '0.0.0.0/0')
    const { GatewayId, NatGatewayId } = route ?? {}
    const target =
      GatewayId === undefined ? (NatGatewayId === undefined ? null : { NatGatewayId }) : { GatewayId }
    if (target === null || table.RouteTableId === undefined) continue
    const which = { RouteTableId: table.RouteTableId, DestinationCidrBlock: '0.0.0.0/0' }
    await client.send(new sdk.DeleteRouteCommand(which))
    return { kind: 'ec2', call: 'CreateRoute', input: { ...which, ...target } }
  }
  throw new LabError({ kind: 'no-internet-route', subnet: eni.SubnetId ?? '' })
}
