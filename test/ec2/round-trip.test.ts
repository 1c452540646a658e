import * as sdk from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readVpcs, type Ec2Answers } from '../../src/aws/read-vpcs.ts'
import { aws } from './aws-cli.ts'
import { startLabAws, type LabAws } from './lab-aws.ts'
import { student, tutorialVpc } from './tutorial-cloud.ts'

/*
 * One source of truth: what the lab's router enforces is a Vpc; what the EC2 API describes, read back by the reader
 * that real clusters use, must be that same Vpc. Once through the aws CLI, once through the SDK.
 */

let lab: LabAws
beforeAll(async () => {
  lab = await startLabAws()
})
afterAll(() => {
  lab.close()
})

const described = {
  ...tutorialVpc,
  prefixLists: [],
  peerings: [],
  endpoints: [],
  missing: [],
}

test('the aws CLI describes the VPC that the lab holds', async () => {
  const parts = [
    'vpcs',
    'subnets',
    'instances',
    'network-interfaces',
    'route-tables',
    'security-groups',
    'security-group-rules',
    'network-acls',
    'internet-gateways',
    'nat-gateways',
    'managed-prefix-lists',
    'vpc-peering-connections',
    'vpc-endpoints',
  ] as const
  const answers: Record<string, unknown> = {}
  for (const part of parts) {
    const ran = await aws(lab.endpoint, ['ec2', `describe-${part}`, '--output', 'json'])
    expect(ran.stderr).toBe('')
    answers[part] = JSON.parse(ran.stdout)
  }
  const { seen, gaps } = readVpcs(answers as Ec2Answers)
  expect(gaps).toEqual([])
  expect(seen).toEqual([described])
})

test('@aws-sdk/client-ec2 describes the VPC that the lab holds', async () => {
  const client = new sdk.EC2Client({
    endpoint: lab.endpoint,
    region: tutorialVpc.region,
    credentials: student,
    maxAttempts: 1,
  })
  const answers: Ec2Answers = {
    vpcs: await client.send(new sdk.DescribeVpcsCommand({})),
    subnets: await client.send(new sdk.DescribeSubnetsCommand({})),
    instances: await client.send(new sdk.DescribeInstancesCommand({})),
    'network-interfaces': await client.send(new sdk.DescribeNetworkInterfacesCommand({})),
    'route-tables': await client.send(new sdk.DescribeRouteTablesCommand({})),
    'security-groups': await client.send(new sdk.DescribeSecurityGroupsCommand({})),
    'security-group-rules': await client.send(new sdk.DescribeSecurityGroupRulesCommand({})),
    'network-acls': await client.send(new sdk.DescribeNetworkAclsCommand({})),
    'internet-gateways': await client.send(new sdk.DescribeInternetGatewaysCommand({})),
    'nat-gateways': await client.send(new sdk.DescribeNatGatewaysCommand({})),
    'managed-prefix-lists': await client.send(new sdk.DescribeManagedPrefixListsCommand({})),
    'vpc-peering-connections': await client.send(new sdk.DescribeVpcPeeringConnectionsCommand({})),
    'vpc-endpoints': await client.send(new sdk.DescribeVpcEndpointsCommand({})),
  }
  client.destroy()
  const { seen, gaps } = readVpcs(answers)
  expect(gaps).toEqual([])
  expect(seen).toEqual([described])
})
