import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { formatPrefix } from '../model/address/prefix.ts'
import { readVpcs, type Ec2Answers } from './read-vpcs.ts'

/* Answers as EC2 words them, cut down to what is read. */

const answers: Ec2Answers = {
  vpcs: {
    Vpcs: [
      {
        VpcId: 'vpc-1',
        CidrBlock: '192.168.0.0/16',
        CidrBlockAssociationSet: [
          { CidrBlock: '192.168.0.0/16', CidrBlockState: { State: 'associated' } },
          { CidrBlock: '100.64.0.0/16', CidrBlockState: { State: 'associated' } },
          { CidrBlock: '10.9.0.0/16', CidrBlockState: { State: 'disassociated' } },
        ],
      },
    ],
  },
  subnets: {
    Subnets: [
      {
        SubnetId: 'subnet-1',
        VpcId: 'vpc-1',
        CidrBlock: '192.168.1.0/24',
        AvailabilityZone: 'ap-northeast-2a',
        MapPublicIpOnLaunch: true,
      },
    ],
  },
  instances: {
    Reservations: [
      {
        Instances: [
          {
            InstanceId: 'i-1',
            InstanceType: 't3.medium',
            PrivateDnsName: 'ip-192-168-1-138.ap-northeast-2.compute.internal',
            VpcId: 'vpc-1',
            Placement: { AvailabilityZone: 'ap-northeast-2a' },
            Tags: [{ Key: 'Name', Value: 'node\u001b[31m' }],
          },
          { InstanceId: 'i-2', InstanceType: 't3.medium', State: { Name: 'terminated' } },
        ],
      },
    ],
  },
  'network-interfaces': {
    NetworkInterfaces: [
      {
        NetworkInterfaceId: 'eni-1',
        SubnetId: 'subnet-1',
        VpcId: 'vpc-1',
        MacAddress: '02:00:00:00:00:01',
        SourceDestCheck: true,
        Groups: [{ GroupId: 'sg-1' }],
        Attachment: { InstanceId: 'i-1', DeviceIndex: 1, Status: 'attached' },
        PrivateIpAddresses: [
          { PrivateIpAddress: '192.168.1.60', Primary: false },
          { PrivateIpAddress: '192.168.1.55', Primary: true, Association: { PublicIp: '203.0.113.11' } },
        ],
        Ipv4Prefixes: [{ Ipv4Prefix: '192.168.1.64/28' }],
      },
    ],
  },
  'route-tables': {
    RouteTables: [
      {
        RouteTableId: 'rtb-1',
        VpcId: 'vpc-1',
        Associations: [{ Main: true }, { Main: false, SubnetId: 'subnet-1' }],
        Routes: [
          { DestinationCidrBlock: '192.168.0.0/16', GatewayId: 'local', State: 'active' },
          { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'blackhole' },
          {
            DestinationCidrBlock: '10.0.0.0/8',
            TransitGatewayId: 'tgw-1',
            State: 'active',
            Origin: 'EnableVgwRoutePropagation',
          },
          { DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1', State: 'active' },
          { DestinationPrefixListId: 'pl-1', VpcPeeringConnectionId: 'pcx-1', State: 'active' },
          { DestinationPrefixListId: 'pl-2', GatewayId: 'vpce-1', State: 'active' },
        ],
      },
    ],
  },
  'security-groups': {
    SecurityGroups: [
      {
        GroupId: 'sg-1',
        VpcId: 'vpc-1',
        GroupName: 'nodes',
        Description: 'nodes',
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 1025,
            ToPort: 65535,
            IpRanges: [{ CidrIp: '10.0.0.0/8' }, { CidrIp: '172.16.0.0/12' }],
            UserIdGroupPairs: [{ GroupId: 'sg-2' }],
            Ipv6Ranges: [],
            PrefixListIds: [{ PrefixListId: 'pl-1' }, { PrefixListId: 'pl-2' }],
          },
          { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
          { IpProtocol: 'icmp', FromPort: 3, ToPort: 4, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
          { IpProtocol: 'icmp', FromPort: 8, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
        ],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ],
  },
  'network-acls': {
    NetworkAcls: [
      {
        NetworkAclId: 'acl-1',
        VpcId: 'vpc-1',
        IsDefault: true,
        Associations: [{ SubnetId: 'subnet-1' }],
        Entries: [
          { RuleNumber: 32767, RuleAction: 'deny', Egress: false, Protocol: '-1', CidrBlock: '0.0.0.0/0' },
          {
            RuleNumber: 100,
            RuleAction: 'allow',
            Egress: false,
            Protocol: '6',
            CidrBlock: '0.0.0.0/0',
            PortRange: { From: 80, To: 80 },
          },
          {
            RuleNumber: 110,
            RuleAction: 'allow',
            Egress: false,
            Protocol: '1',
            CidrBlock: '0.0.0.0/0',
            IcmpTypeCode: { Type: 8, Code: -1 },
          },
        ],
      },
    ],
  },
  'internet-gateways': {
    InternetGateways: [
      { InternetGatewayId: 'igw-1', Attachments: [{ VpcId: 'vpc-1', State: 'available' }] },
      { InternetGatewayId: 'igw-2', Attachments: [] },
    ],
  },
  'nat-gateways': {
    NatGateways: [
      {
        NatGatewayId: 'nat-1',
        VpcId: 'vpc-1',
        SubnetId: 'subnet-1',
        State: 'deleted',
        NatGatewayAddresses: [{ PrivateIp: '192.168.1.7', PublicIp: '203.0.113.20' }],
      },
    ],
  },
  'managed-prefix-lists': {
    PrefixLists: [
      { PrefixListId: 'pl-1', PrefixListName: 'office' },
      { PrefixListId: 'pl-2', PrefixListName: 'com.amazonaws.ap-northeast-2.s3' },
    ],
  },
  'managed-prefix-list-entries': { 'pl-1': { Entries: [{ Cidr: '10.1.0.0/16' }, { Cidr: '10.2.0.0/16' }] } },
}

const read = (change: Ec2Answers = {}) => readVpcs({ ...answers, ...change })

describe('a VPC read from its descriptions', () => {
  const { seen, gaps } = read()
  const [vpc] = seen

  test('is one, with its ranges and region', () => {
    expect(seen).toHaveLength(1)
    expect(vpc?.prefixes.map(formatPrefix)).toEqual(['192.168.0.0/16', '100.64.0.0/16'])
    expect(vpc?.region).toBe('ap-northeast-2')
  })

  test('leaves out what has left it: terminated instances, detached gateways', () => {
    expect(vpc?.instances.map((instance) => instance.id)).toEqual(['i-1'])
    expect(vpc?.internetGateways).toEqual(['igw-1'])
  })

  test('has no control character in its texts', () => {
    expect(vpc?.instances[0]?.tags).toEqual({ Name: 'node\ufffd[31m' })
  })

  test('has the primary address of an ENI first', () => {
    expect(vpc?.interfaces[0]?.addresses.map((a) => a.primary)).toEqual([true, false])
  })

  test.each([
    { because: 'an instance of EKS’ own account', change: {}, managed: 'eks-control-plane' },
    {
      because: 'an instance of the account itself, whatever the description',
      change: { Attachment: { InstanceId: 'i-1', InstanceOwnerId: '444455556666', Status: 'attached' } },
      managed: undefined,
    },
    {
      because: 'nothing behind it',
      change: { Attachment: undefined },
      managed: undefined,
    },
    {
      because: 'a Lambda answers nobody',
      change: { Description: 'AWS Lambda VPC ENI-f' },
      managed: undefined,
    },
    {
      because: 'a VPC endpoint',
      change: { InterfaceType: 'vpc_endpoint', Description: 'VPC Endpoint Interface vpce-1' },
      managed: 'vpc-endpoint',
    },
    {
      because: 'a load balancer passes on, and to whom is not told',
      change: { InterfaceType: 'network_load_balancer', Description: 'ELB net/web/1' },
      managed: undefined,
    },
  ])('knows what of AWS’s answers at an ENI: $because', ({ change, managed }) => {
    const eni = {
      NetworkInterfaceId: 'eni-2',
      SubnetId: 'subnet-1',
      VpcId: 'vpc-1',
      SourceDestCheck: true,
      Description: 'Amazon EKS one',
      InterfaceType: 'interface',
      OwnerId: '111122223333',
      Attachment: { DeviceIndex: 1, InstanceOwnerId: '444455556666', Status: 'attached' },
      ...change,
    }
    const { seen } = readVpcs({ ...answers, 'network-interfaces': { NetworkInterfaces: [eni] } })
    expect(seen[0]?.interfaces[0]?.managed).toBe(managed)
  })

  test('quotes its routes, and those to a prefix list entry by entry', () => {
    expect(vpc?.routeTables[0]?.routes.map((route) => route.line)).toEqual([
      'rtb-1: 192.168.0.0/16 -> local (active)',
      'rtb-1: 0.0.0.0/0 -> nat-1 (blackhole)',
      'rtb-1: 10.0.0.0/8 -> tgw-1 (active, propagated)',
      'rtb-1: ::/0 -> eigw-1 (active)',
      'rtb-1: pl-1 (10.1.0.0/16) -> pcx-1 (active)',
      'rtb-1: pl-1 (10.2.0.0/16) -> pcx-1 (active)',
    ])
  })

  test('keeps a route whose prefix list nobody could read', () => {
    expect(vpc?.routeTables[0]?.unresolved?.map((route) => route.line)).toEqual([
      'rtb-1: pl-2 -> vpce-1 (active)',
    ])
    expect(gaps.map((gap) => gap.what)).toEqual(['pl-2'])
  })

  test('quotes its security group rules, one for each peer', () => {
    expect(vpc?.securityGroups[0]?.rules.map((rule) => rule.line)).toEqual([
      'sg-1/ingress/1: ingress tcp 1025-65535 from 10.0.0.0/8',
      'sg-1/ingress/2: ingress tcp 1025-65535 from 172.16.0.0/12',
      'sg-1/ingress/3: ingress tcp 1025-65535 from pl-1',
      'sg-1/ingress/4: ingress tcp 1025-65535 from pl-2',
      'sg-1/ingress/5: ingress tcp 1025-65535 from sg-2',
      'sg-1/ingress/6: ingress icmp from 0.0.0.0/0',
      'sg-1/ingress/7: ingress icmp type 3 code 4 from 0.0.0.0/0',
      'sg-1/ingress/8: ingress icmp type 8 from 0.0.0.0/0',
      'sg-1/egress/1: egress all to 0.0.0.0/0',
    ])
  })

  test('quotes its network ACL entries in the order of their numbers', () => {
    expect(vpc?.networkAcls[0]?.entries.map((entry) => entry.line)).toEqual([
      'acl-1: ingress 100 allow tcp 80 from 0.0.0.0/0',
      'acl-1: ingress 110 allow icmp type 8 from 0.0.0.0/0',
      'acl-1: ingress * deny all from 0.0.0.0/0',
    ])
  })
})

describe('what is missing or broken', () => {
  test.each([
    'vpcs',
    'instances',
    'network-interfaces',
    'subnets',
    'route-tables',
    'security-groups',
    'network-acls',
    'internet-gateways',
    'nat-gateways',
  ] as const)('%s: its absence is named', (part) => {
    const { seen, gaps } = read({ [part]: undefined })
    expect(seen[0]?.missing).toContain(part)
    expect(gaps.map((gap) => gap.at)).toContain(`ec2/${part}.json`)
  })

  test('without describe-vpcs the local routes tell the ranges', () => {
    expect(read({ vpcs: undefined }).seen[0]?.prefixes.map(formatPrefix)).toEqual(['192.168.0.0/16'])
  })

  test('one ENI that does not fit leaves the others, and the part is then named as missing', () => {
    const good = (answers['network-interfaces'] as { NetworkInterfaces: object[] }).NetworkInterfaces
    const { seen, gaps } = read({
      'network-interfaces': { NetworkInterfaces: [...good, { NetworkInterfaceId: 7 }] },
    })
    expect(seen[0]?.interfaces).toHaveLength(1)
    expect(seen[0]?.missing).toContain('network-interfaces')
    expect(gaps.at(-1)).toMatchObject({ at: 'ec2/network-interfaces.json', what: 'NetworkInterfaces[1]' })
  })

  test('pages of a describe are read as one', () => {
    const { seen } = read({ subnets: [answers.subnets, { Subnets: [] }] })
    expect(seen[0]?.subnets).toHaveLength(1)
  })

  test('thousands of broken items are counted, not listed', () => {
    const { gaps } = read({ subnets: { Subnets: Array.from({ length: 5000 }, () => 0) } })
    expect(gaps.filter((gap) => gap.at === 'ec2/subnets.json').length).toBeLessThan(25)
  })

  test.prop([fc.dictionary(fc.constantFrom(...Object.keys(answers)), fc.jsonValue())])(
    'no input makes the reader throw',
    (input) => {
      expect(() => readVpcs(input)).not.toThrow()
    },
  )

  /** Replaces one value anywhere in a good answer: what a truncated or mixed-up file looks like. */
  const mutated = fc
    .record({ seed: fc.nat(), value: fc.oneof(fc.jsonValue(), fc.constant(undefined)) })
    .map(({ seed, value }) => {
      const copy = structuredClone(answers) as Record<string, unknown>
      const places: [Record<string, unknown>, string][] = []
      const walk = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return
        for (const key of Object.keys(node)) {
          places.push([node as Record<string, unknown>, key])
          walk((node as Record<string, unknown>)[key])
        }
      }
      walk(copy)
      const [node, key] = places[seed % places.length]!
      node[key] = value
      return copy as Ec2Answers
    })

  test.prop([mutated], { numRuns: 300 })('nor does a good answer with one value replaced', (input) => {
    expect(() => readVpcs(input)).not.toThrow()
  })
})
