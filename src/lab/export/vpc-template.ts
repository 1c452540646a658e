import { formatPrefix } from '../../model/address/prefix.ts'
import type { Topology } from '../plan/topology.ts'

const ref = (name: string): object => ({ Ref: name })
const named = (name: string): object => ({ Tags: [{ Key: 'Name', Value: name }] })

/**
 * The lab's VPC and bastion as a CloudFormation template: the internet gateway, one subnet in each zone, and a host in a public
 * one that may be reached by ssh from one prefix. Private subnets leave by a NAT gateway in that same public one.
 */
export function vpcTemplate(topology: Topology): object {
  const { vpc, clusterName, bastion } = topology
  const kindOf = (open: boolean): 'Public' | 'Private' => (open ? 'Public' : 'Private')
  const subnets = vpc.subnets.map((subnet, i) => ({
    ...subnet,
    logical: `${kindOf(subnet.mapPublicIp)}Subnet${i + 1}`,
  }))
  const edge = subnets.find(({ id }) => id === bastion.subnet)?.logical ?? ''
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${clusterName}: the VPC of a podpath lab, and its bastion`,
    Parameters: {
      KeyName: { Type: 'AWS::EC2::KeyPair::KeyName', Description: 'An EC2 key pair of yours, for ssh' },
      SshFrom: {
        Type: 'String',
        Description: 'From where ssh to the bastion is allowed, such as 203.0.113.7/32',
        AllowedPattern: String.raw`^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$`,
      },
      BastionImage: {
        Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
        Default: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
      },
    },
    Resources: {
      Vpc: {
        Type: 'AWS::EC2::VPC',
        Properties: {
          CidrBlock: vpc.prefixes[0] === undefined ? '' : formatPrefix(vpc.prefixes[0]),
          EnableDnsSupport: true,
          EnableDnsHostnames: true,
          ...named(`${clusterName}-vpc`),
        },
      },
      InternetGateway: { Type: 'AWS::EC2::InternetGateway', Properties: named(`${clusterName}-igw`) },
      GatewayAttachment: {
        Type: 'AWS::EC2::VPCGatewayAttachment',
        Properties: { VpcId: ref('Vpc'), InternetGatewayId: ref('InternetGateway') },
      },
      PublicRouteTable: {
        Type: 'AWS::EC2::RouteTable',
        Properties: { VpcId: ref('Vpc'), ...named(`${clusterName}-public`) },
      },
      DefaultRoute: {
        Type: 'AWS::EC2::Route',
        DependsOn: 'GatewayAttachment',
        Properties: {
          RouteTableId: ref('PublicRouteTable'),
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: ref('InternetGateway'),
        },
      },
      ...Object.fromEntries(
        subnets.flatMap(({ logical, prefix, zone, mapPublicIp }) => [
          [
            logical,
            {
              Type: 'AWS::EC2::Subnet',
              Properties: {
                VpcId: ref('Vpc'),
                AvailabilityZone: zone,
                CidrBlock: formatPrefix(prefix),
                MapPublicIpOnLaunch: mapPublicIp,
                Tags: [
                  { Key: 'Name', Value: `${clusterName}-${kindOf(mapPublicIp).toLowerCase()}-${zone}` },
                  { Key: `kubernetes.io/role/${mapPublicIp ? 'elb' : 'internal-elb'}`, Value: '1' },
                ],
              },
            },
          ],
          [
            `${logical}Routes`,
            {
              Type: 'AWS::EC2::SubnetRouteTableAssociation',
              Properties: {
                SubnetId: ref(logical),
                RouteTableId: ref(`${kindOf(mapPublicIp)}RouteTable`),
              },
            },
          ],
        ]),
      ),
      ...(topology.natGateway === null ? {} : natGateway(clusterName, edge)),
      BastionSecurityGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'ssh to the bastion',
          VpcId: ref('Vpc'),
          SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: ref('SshFrom') }],
          ...named(`${clusterName}-bastion`),
        },
      },
      Bastion: {
        Type: 'AWS::EC2::Instance',
        DependsOn: 'DefaultRoute',
        Properties: {
          ImageId: ref('BastionImage'),
          InstanceType: 't3.micro',
          KeyName: ref('KeyName'),
          MetadataOptions: { HttpTokens: 'required' },
          NetworkInterfaces: [
            {
              DeviceIndex: '0',
              SubnetId: ref(edge),
              PrivateIpAddress: bastion.address,
              AssociatePublicIpAddress: true,
              GroupSet: [ref('BastionSecurityGroup')],
            },
          ],
          ...named(`${clusterName}-bastion`),
        },
      },
    },
    Outputs: {
      VpcId: { Value: ref('Vpc') },
      BastionAddress: { Value: { 'Fn::GetAtt': ['Bastion', 'PublicIp'] } },
    },
  }
}

/** What the private subnets leave by. */
const natGateway = (clusterName: string, edge: string): object => ({
  NatAddress: { Type: 'AWS::EC2::EIP', DependsOn: 'GatewayAttachment', Properties: { Domain: 'vpc' } },
  NatGateway: {
    Type: 'AWS::EC2::NatGateway',
    Properties: {
      SubnetId: ref(edge),
      AllocationId: { 'Fn::GetAtt': ['NatAddress', 'AllocationId'] },
      ...named(`${clusterName}-nat`),
    },
  },
  PrivateRouteTable: {
    Type: 'AWS::EC2::RouteTable',
    Properties: { VpcId: ref('Vpc'), ...named(`${clusterName}-private`) },
  },
  PrivateDefaultRoute: {
    Type: 'AWS::EC2::Route',
    Properties: {
      RouteTableId: ref('PrivateRouteTable'),
      DestinationCidrBlock: '0.0.0.0/0',
      NatGatewayId: ref('NatGateway'),
    },
  },
})
