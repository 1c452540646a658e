import type * as Ec2Sdk from '@aws-sdk/client-ec2'
import type { AwsAccess } from '../daemon/configuration.ts'
import { withEc2, type Ec2 } from './ec2-client.ts'

/** What a change of the VPC concerns. Addresses. */
export interface VpcTarget {
  /** Of the node on which the pod is: its primary one. */
  readonly node: string
  readonly pod: string
  readonly peer: string
}

/** One call of EC2's, as its API reference has it. */
export type Ec2Request =
  | Asking<'AuthorizeSecurityGroupIngress', Ec2Sdk.AuthorizeSecurityGroupIngressCommandInput>
  | Asking<'AuthorizeSecurityGroupEgress', Ec2Sdk.AuthorizeSecurityGroupEgressCommandInput>
  | Asking<'RevokeSecurityGroupIngress', Ec2Sdk.RevokeSecurityGroupIngressCommandInput>
  | Asking<'RevokeSecurityGroupEgress', Ec2Sdk.RevokeSecurityGroupEgressCommandInput>
  | Asking<'CreateNetworkAclEntry', Ec2Sdk.CreateNetworkAclEntryCommandInput>
  | Asking<'DeleteNetworkAclEntry', Ec2Sdk.DeleteNetworkAclEntryCommandInput>
  | Asking<'CreateRoute', Ec2Sdk.CreateRouteCommandInput>
  | Asking<'DeleteRoute', Ec2Sdk.DeleteRouteCommandInput>
  | Asking<'ModifyNetworkInterfaceAttribute', Ec2Sdk.ModifyNetworkInterfaceAttributeCommandInput>
  | Asking<'ModifyInstanceMetadataOptions', Ec2Sdk.ModifyInstanceMetadataOptionsCommandInput>

interface Asking<Call extends string, Input> {
  readonly call: Call
  readonly input: Input
}

/** What is asked of EC2 to break the VPC, and to mend it. */
export interface Ec2Plan {
  readonly breaks: readonly Ec2Request[]
  readonly mends: readonly Ec2Request[]
}

/** Looks at the VPC and says what to ask for. Rejects with a LabError where there is nothing to break. */
export type Ec2Change = (ec2: Ec2, target: VpcTarget) => Promise<Ec2Plan>

/** Breaks the VPC as a person with AWS credentials would, and says how to undo it. */
export const changeVpc = (
  aws: AwsAccess,
  change: Ec2Change,
  target: VpcTarget,
): Promise<readonly Ec2Request[]> =>
  withEc2(aws, async (ec2) => {
    const { breaks, mends } = await change(ec2, target)
    for (const request of breaks) await send(ec2, request)
    return mends
  })

/** Puts back what `changeVpc` took; what somebody put back already is left as it is. */
export const undoInVpc = (aws: AwsAccess, requests: readonly Ec2Request[]): Promise<void> =>
  withEc2(aws, async (ec2) => {
    for (const request of requests)
      try {
        await send(ec2, request)
      } catch (error) {
        if (!(error instanceof Error && undone[request.call] === error.name)) throw error
      }
  })

/** The code by which EC2 says that it is as it was. */
const undone: { readonly [Call in Ec2Request['call']]: string | null } = {
  AuthorizeSecurityGroupIngress: 'InvalidPermission.Duplicate',
  AuthorizeSecurityGroupEgress: 'InvalidPermission.Duplicate',
  RevokeSecurityGroupIngress: 'InvalidPermission.NotFound',
  RevokeSecurityGroupEgress: 'InvalidPermission.NotFound',
  CreateNetworkAclEntry: 'NetworkAclEntryAlreadyExists',
  DeleteNetworkAclEntry: 'InvalidNetworkAclEntry.NotFound',
  CreateRoute: 'RouteAlreadyExists',
  DeleteRoute: 'InvalidRoute.NotFound',
  ModifyNetworkInterfaceAttribute: null,
  ModifyInstanceMetadataOptions: null,
}

async function send({ sdk, client }: Ec2, { call, input }: Ec2Request): Promise<void> {
  switch (call) {
    case 'AuthorizeSecurityGroupIngress':
      await client.send(new sdk.AuthorizeSecurityGroupIngressCommand(input))
      return
    case 'AuthorizeSecurityGroupEgress':
      await client.send(new sdk.AuthorizeSecurityGroupEgressCommand(input))
      return
    case 'RevokeSecurityGroupIngress':
      await client.send(new sdk.RevokeSecurityGroupIngressCommand(input))
      return
    case 'RevokeSecurityGroupEgress':
      await client.send(new sdk.RevokeSecurityGroupEgressCommand(input))
      return
    case 'CreateNetworkAclEntry':
      await client.send(new sdk.CreateNetworkAclEntryCommand(input))
      return
    case 'DeleteNetworkAclEntry':
      await client.send(new sdk.DeleteNetworkAclEntryCommand(input))
      return
    case 'CreateRoute':
      await client.send(new sdk.CreateRouteCommand(input))
      return
    case 'DeleteRoute':
      await client.send(new sdk.DeleteRouteCommand(input))
      return
    case 'ModifyNetworkInterfaceAttribute':
      await client.send(new sdk.ModifyNetworkInterfaceAttributeCommand(input))
      return
    case 'ModifyInstanceMetadataOptions':
      await client.send(new sdk.ModifyInstanceMetadataOptionsCommand(input))
      return
  }
}
