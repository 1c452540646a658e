import { networkAclEntryLine, routeLine, securityGroupRuleLine } from '../../src/aws/line.ts'
import type { CloudView } from '../../src/lab/ec2/cloud-view.ts'
import { ip } from '../../src/model/address/address.ts'
import { prefix } from '../../src/model/address/prefix.ts'
import type { Eni, NetworkAclEntry, SecurityGroupRule, Vpc, VpcRoute } from '../../src/model/vpc/vpc.ts'

/** The tutorial's cluster as EC2 would describe it: three nodes in three zones, a bastion, one NAT gateway more. */

export const route = (table: string, destination: string, target: VpcRoute['target']): VpcRoute => {
  const made = { destination: prefix(destination), target, state: 'active' as const }
  return { ...made, line: routeLine(table, made) }
}

export const rule = (made: Omit<SecurityGroupRule, 'line'>): SecurityGroupRule => ({
  ...made,
  line: securityGroupRuleLine(made),
})

export const entry = (acl: string, made: Omit<NetworkAclEntry, 'line'>): NetworkAclEntry => ({
  ...made,
  line: networkAclEntryLine(acl, made),
})

const everywhere = prefix('0.0.0.0/0')

const eni = (
  id: string,
  subnet: string,
  addresses: readonly string[],
  attachment: Eni['attachment'],
  more: Partial<Eni> & { readonly publicAddress?: string; readonly elastic?: string } = {},
): Eni => {
  const { publicAddress, elastic, ...rest } = more
  return {
    id,
    subnet,
    mac: `02:00:00:00:00:${id.slice(-2)}`,
    addresses: addresses.map((address, index) => ({
      address: ip(address),
      primary: index === 0,
      publicAddress: index === 0 && publicAddress !== undefined ? ip(publicAddress) : null,
      associationId: index === 0 && elastic !== undefined ? elastic : null,
    })),
    prefixes: [],
    securityGroups: ['sg-0c1u5ter000000001'],
    sourceDestCheck: true,
    attachment,
    description: '',
    ...rest,
  }
}

export const tutorialVpc: Vpc = {
  id: 'vpc-0123456789abcdef0',
  region: 'ap-northeast-2',
  prefixes: [prefix('192.168.0.0/16')],
  subnets: ['a', 'b', 'c'].map((letter, index) => ({
    id: `subnet-0${letter.repeat(16)}`,
    prefix: prefix(`192.168.${index + 1}.0/24`),
    zone: `ap-northeast-2${letter}`,
    mapPublicIp: true,
  })),
  interfaces: [
    eni(
      'eni-00000000000000011',
      'subnet-0aaaaaaaaaaaaaaaa',
      ['192.168.1.138', '192.168.1.239', '192.168.1.197'],
      { instance: 'i-00000000000000001', deviceIndex: 0 },
      { publicAddress: '203.0.113.11' },
    ),
    eni(
      'eni-00000000000000012',
      'subnet-0aaaaaaaaaaaaaaaa',
      ['192.168.1.55', '192.168.1.60'],
      { instance: 'i-00000000000000001', deviceIndex: 1 },
      { description: 'aws-K8S-i-00000000000000001' },
    ),
    eni(
      'eni-00000000000000021',
      'subnet-0bbbbbbbbbbbbbbbb',
      ['192.168.2.20', '192.168.2.143'],
      { instance: 'i-00000000000000002', deviceIndex: 0 },
      { publicAddress: '203.0.113.12' },
    ),
    eni(
      'eni-00000000000000031',
      'subnet-0cccccccccccccccc',
      ['192.168.3.20', '192.168.3.143'],
      { instance: 'i-00000000000000003', deviceIndex: 0 },
      { publicAddress: '203.0.113.13', prefixes: [prefix('192.168.3.64/28')] },
    ),
    eni(
      'eni-00000000000000041',
      'subnet-0aaaaaaaaaaaaaaaa',
      ['192.168.1.100'],
      { instance: 'i-00000000000000004', deviceIndex: 0 },
      {
        publicAddress: '203.0.113.10',
        elastic: 'eipassoc-00000000000000001',
        securityGroups: ['sg-0ba5710n000000001'],
      },
    ),
    eni('eni-00000000000000051', 'subnet-0aaaaaaaaaaaaaaaa', ['192.168.1.7'], null, {
      publicAddress: '203.0.113.20',
      elastic: 'eipassoc-00000000000000002',
      securityGroups: [],
      sourceDestCheck: false,
      description: 'Interface for NAT Gateway nat-00000000000000001',
    }),
  ],
  routeTables: [
    {
      id: 'rtb-00000000000000001',
      main: true,
      subnets: [],
      routes: [route('rtb-00000000000000001', '192.168.0.0/16', { kind: 'local' })],
    },
    {
      id: 'rtb-00000000000000002',
      main: false,
      subnets: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb', 'subnet-0cccccccccccccccc'],
      routes: [
        route('rtb-00000000000000002', '192.168.0.0/16', { kind: 'local' }),
        route('rtb-00000000000000002', '0.0.0.0/0', {
          kind: 'internet-gateway',
          id: 'igw-00000000000000001',
        }),
      ],
    },
  ],
  securityGroups: [
    {
      id: 'sg-0c1u5ter000000001',
      name: 'eks-cluster-sg-podpath',
      description: 'EKS created security group applied to ENI that is attached to nodes',
      rules: [
        rule({
          id: 'sgr-00000000000000001',
          direction: 'ingress',
          protocol: null,
          ports: null,
          peer: { kind: 'group', id: 'sg-0c1u5ter000000001' },
        }),
        rule({
          id: 'sgr-00000000000000002',
          direction: 'ingress',
          protocol: 6,
          ports: { from: 22, to: 22 },
          peer: { kind: 'group', id: 'sg-0ba5710n000000001' },
        }),
        rule({
          id: 'sgr-00000000000000003',
          direction: 'ingress',
          protocol: 1,
          ports: { from: 8, to: -1 },
          peer: { kind: 'prefix', prefix: prefix('192.168.1.100/32') },
        }),
        rule({
          id: 'sgr-00000000000000004',
          direction: 'egress',
          protocol: null,
          ports: null,
          peer: { kind: 'prefix', prefix: everywhere },
        }),
      ],
    },
    {
      id: 'sg-0ba5710n000000001',
      name: 'bastion',
      description: 'ssh from anywhere',
      rules: [
        rule({
          id: 'sgr-00000000000000005',
          direction: 'ingress',
          protocol: 6,
          ports: { from: 22, to: 22 },
          peer: { kind: 'prefix', prefix: everywhere },
        }),
        rule({
          id: 'sgr-00000000000000006',
          direction: 'egress',
          protocol: null,
          ports: null,
          peer: { kind: 'prefix', prefix: everywhere },
        }),
      ],
    },
  ],
  networkAcls: [
    {
      id: 'acl-00000000000000001',
      default: true,
      subnets: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb', 'subnet-0cccccccccccccccc'],
      entries: (['ingress', 'egress'] as const).flatMap((direction) => [
        entry('acl-00000000000000001', {
          number: 100,
          direction,
          action: 'allow',
          protocol: null,
          prefix: everywhere,
          ports: null,
        }),
        entry('acl-00000000000000001', {
          number: 32767,
          direction,
          action: 'deny',
          protocol: null,
          prefix: everywhere,
          ports: null,
        }),
      ]),
    },
  ],
  internetGateways: ['igw-00000000000000001'],
  natGateways: [
    {
      id: 'nat-00000000000000001',
      subnet: 'subnet-0aaaaaaaaaaaaaaaa',
      privateAddress: ip('192.168.1.7'),
      publicAddress: ip('203.0.113.20'),
    },
  ],
  instances: [
    ['1', '192-168-1-138', 'a'],
    ['2', '192-168-2-20', 'b'],
    ['3', '192-168-3-20', 'c'],
    ['4', '192-168-1-100', 'a'],
  ].map(([number, host, zone]) => ({
    id: `i-0000000000000000${number}`,
    type: 't3.medium',
    privateDnsName: `ip-${host}.ap-northeast-2.compute.internal`,
    zone: `ap-northeast-2${zone}`,
    metadataOptions: { tokens: 'optional' as const, hopLimit: 2, endpoint: 'enabled' as const },
    tags:
      number === '4'
        ? { Name: 'bastion' }
        : { Name: 'podpath-ng1-Node', 'kubernetes.io/cluster/podpath': 'owned' },
  })),
}

export const tutorialView: CloudView = {
  vpc: tutorialVpc,
  account: '111122223333',
  instances: Object.fromEntries(
    tutorialVpc.instances.map((instance) => [
      instance.id,
      {
        launchTime: '2023-03-19T03:00:00.000Z',
        imageId: 'ami-0123456789abcdef0',
        keyName: 'podpath',
        state: 'running',
      },
    ]),
  ),
  tags: { [tutorialVpc.id]: { Name: 'podpath-VPC' } },
  cluster: {
    name: 'podpath',
    version: '1.32',
    endpoint: 'https://127.0.0.1:6443',
    certificateAuthority: '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n',
    createdAt: '2023-03-19T02:50:00.000Z',
    serviceIpv4Cidr: '10.100.0.0/16',
    securityGroups: [],
    clusterSecurityGroup: 'sg-0c1u5ter000000001',
    subnets: tutorialVpc.subnets.map((subnet) => subnet.id),
    tags: {},
    addons: [{ name: 'vpc-cni', version: 'v1.15.1-eksbuild.1' }],
    issuer: 'https://oidc.eks.ap-northeast-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
    amiType: 'AL2_x86_64',
  },
}

export const student = {
  accessKeyId: 'AKIAPODPATH000000001',
  secretAccessKey: 'not-a-secret-made-for-a-test',
  arn: 'arn:aws:iam::111122223333:user/student',
  userId: 'AIDAPODPATH000000001',
}
