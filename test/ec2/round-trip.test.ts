import * as sdk from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { readVpcs, type Ec2Answers } from '../../src/aws/read-vpcs.ts'
import type { CloudView } from '../../src/lab/ec2/cloud-view.ts'
import { defaultLab, planTopology } from '../../src/lab/plan/topology.ts'
import { prefix } from '../../src/model/address/prefix.ts'
import type { PrefixList, Vpc } from '../../src/model/vpc/vpc.ts'
import { aws } from './aws-cli.ts'
import { startLabAws } from './lab-aws.ts'
import { route, rule, student, tutorialView, tutorialVpc } from './tutorial-cloud.ts'

/*
 * One source of truth: what the lab's router enforces is a Vpc; what the EC2 API describes, read back by the reader
 * that real clusters use, must be that same Vpc. Once through the aws CLI, once through the SDK.
 */

const office: PrefixList = {
  id: 'pl-0000000000000001a',
  name: 'office',
  prefixes: [prefix('10.1.0.0/16'), prefix('10.2.0.0/16')],
}

/** Everything at once that a Vpc can hold. */
const rich: Vpc = {
  ...tutorialVpc,
  prefixes: [prefix('192.168.0.0/16'), prefix('100.64.0.0/16'), prefix('2406:da12::/56')],
  subnets: tutorialVpc.subnets.map((subnet, index) => ({
    ...subnet,
    ipv6Prefixes: [prefix(`2406:da12:0:${index}::/64`)],
  })),
  routeTables: tutorialVpc.routeTables.map((table) =>
    table.main
      ? table
      : {
          ...table,
          gateways: ['igw-00000000000000001'],
          routes: [
            ...table.routes,
            route(table.id, '10.0.0.0/8', { kind: 'transit-gateway', id: 'tgw-00000000000000001' }),
            route(table.id, '::/0', { kind: 'egress-only-internet-gateway', id: 'eigw-00000000000000001' }),
            route(table.id, '172.16.0.0/12', { kind: 'interface', id: 'eni-00000000000000021' }),
            ...office.prefixes.map((destination) => {
              const target = { kind: 'peering', id: 'pcx-00000000000000001' } as const
              const made = { destination, target, state: 'active' as const, prefixList: office.id }
              const entry = `${office.id} (${destination === office.prefixes[0] ? '10.1.0.0/16' : '10.2.0.0/16'})`
              return { ...made, line: `${table.id}: ${entry} -> pcx-00000000000000001 (active)` }
            }),
          ],
        },
  ),
  securityGroups: tutorialVpc.securityGroups.map((group, index) =>
    index > 0
      ? group
      : {
          ...group,
          rules: [
            ...group.rules,
            rule({
              id: 'sgr-0000000000000000a',
              direction: 'ingress',
              protocol: 6,
              ports: { from: 8000, to: 8080 },
              peer: { kind: 'prefix-list', id: office.id, prefixes: office.prefixes },
            }),
            rule({
              id: 'sgr-0000000000000000b',
              direction: 'ingress',
              protocol: 58,
              ports: { from: 128, to: 0 },
              peer: { kind: 'prefix', prefix: prefix('::/0') },
            }),
            rule({
              id: 'sgr-0000000000000000c',
              direction: 'egress',
              protocol: 17,
              ports: null,
              peer: { kind: 'prefix', prefix: prefix('::/0') },
            }),
            rule({
              id: 'sgr-0000000000000000d',
              direction: 'egress',
              protocol: 50,
              ports: null,
              peer: { kind: 'prefix', prefix: prefix('10.0.0.0/8') },
            }),
          ],
        },
  ),
  natGateways: tutorialVpc.natGateways.map((nat) => ({ ...nat, connectivity: 'private', state: 'pending' })),
  prefixLists: [office],
  peerings: [
    {
      id: 'pcx-00000000000000001',
      status: 'active',
      peerVpc: 'vpc-0fedcba9876543210',
      peerPrefixes: [prefix('10.0.0.0/8')],
    },
  ],
  endpoints: [
    {
      id: 'vpce-00000000000000001',
      service: 'com.amazonaws.ap-northeast-2.s3',
      type: 'Gateway',
      state: 'available',
    },
  ],
}

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

const described = (vpc: Vpc): Vpc => ({ prefixLists: [], peerings: [], endpoints: [], missing: [], ...vpc })

/** A line begins with the name of its object: a rule's own id, or its group's. What it says must be the same. */
const saying = (vpc: Vpc | undefined) =>
  vpc && {
    ...vpc,
    securityGroups: vpc.securityGroups.map((group) => ({
      ...group,
      rules: group.rules.map((each) => ({ ...each, line: each.line.replace(/^[^:]*/, '') })),
    })),
  }

/** A VPC seen from its own account alone, as readVpcs gives it back: the peer's VPC has nothing of its own here. */
function readBack(answers: Ec2Answers): Vpc | undefined {
  const { seen, gaps } = readVpcs(answers)
  expect(gaps).toEqual([])
  const [vpc] = seen
  return vpc && { ...vpc, routeTables: vpc.routeTables.map(plain), networkAcls: vpc.networkAcls.map(plain) }
}

/** EC2 has ids for what the lab's plan tells by the subnets alone. */
const plain = <T extends { readonly associations?: unknown }>({ associations: _, ...rest }: T): T => rest as T

const viewOf = (vpc: Vpc): CloudView => ({ ...tutorialView, vpc })

describe.each([
  { name: 'the tutorial’s', vpc: tutorialVpc },
  { name: 'the lab’s own', vpc: planTopology(defaultLab).vpc },
  { name: 'one with everything in it', vpc: rich },
])('$name VPC', ({ vpc }) => {
  test('is what @aws-sdk/client-ec2 is told', async () => {
    const lab = await startLabAws(viewOf(vpc))
    const client = new sdk.EC2Client({
      endpoint: lab.endpoint,
      region: vpc.region,
      credentials: student,
      maxAttempts: 1,
    })
    try {
      const lists = await client.send(new sdk.DescribeManagedPrefixListsCommand({}))
      const entries: Record<string, unknown> = {}
      for (const { PrefixListId } of lists.PrefixLists ?? [])
        if (PrefixListId !== undefined)
          entries[PrefixListId] = await client.send(
            new sdk.GetManagedPrefixListEntriesCommand({ PrefixListId }),
          )
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
        'managed-prefix-lists': lists,
        'managed-prefix-list-entries': entries,
        'vpc-peering-connections': await client.send(new sdk.DescribeVpcPeeringConnectionsCommand({})),
        'vpc-endpoints': await client.send(new sdk.DescribeVpcEndpointsCommand({})),
      }
      expect(saying(readBack(answers))).toEqual(saying(described(vpc)))
    } finally {
      client.destroy()
      lab.close()
    }
  })

  test('comes in pages as it comes whole', async () => {
    const lab = await startLabAws(viewOf(vpc))
    const client = new sdk.EC2Client({ endpoint: lab.endpoint, region: vpc.region, credentials: student })
    try {
      const seen: (string | undefined)[] = []
      for await (const page of sdk.paginateDescribeNetworkInterfaces({ client, pageSize: 5 }, {}))
        seen.push(...(page.NetworkInterfaces ?? []).map((eni) => eni.NetworkInterfaceId))
      expect(seen).toEqual(vpc.interfaces.map((eni) => eni.id))
    } finally {
      client.destroy()
      lab.close()
    }
  })
})

test('the aws CLI tells the same as the SDK', async () => {
  const lab = await startLabAws(viewOf(rich))
  try {
    const answers: Record<string, unknown> = {}
    for (const part of parts) {
      const ran = await aws(lab.endpoint, ['ec2', `describe-${part}`, '--output', 'json'])
      expect(ran.stderr).toBe('')
      answers[part] = JSON.parse(ran.stdout)
    }
    const entries = await aws(lab.endpoint, [
      'ec2',
      'get-managed-prefix-list-entries',
      '--prefix-list-id',
      office.id,
    ])
    answers['managed-prefix-list-entries'] = { [office.id]: JSON.parse(entries.stdout) as unknown }
    expect(readBack(answers as Ec2Answers)).toEqual(described(rich))
  } finally {
    lab.close()
  }
})
