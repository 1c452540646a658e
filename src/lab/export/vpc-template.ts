import { formatPrefix } from '../../model/prefix.ts'
import type { Topology } from '../plan/topology.ts'

const ref = (name: string): object => ({ Ref: name })
const named = (name: string): object => ({ Tags: [{ Key: 'Name', Value: name }] })

/**
 * The lab's VPC and bastion as a CloudFormation template: the internet gateway, one public subnet in each zone, and a
 * host in the first of them that may be reached by ssh from one prefix.
 */
export function vpcTemplate(topology: Topology): object {
  const { vpc, clusterName, bastion } = topology
  const subnets = vpc.subnets.map((subnet, i) => ({ ...subnet, logical: `PublicSubnet${i + 1}` }))
  const first = subnets[0]?.logical ?? ''
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
        subnets.flatMap(({ logical, prefix, zone }) => [
          [
            logical,
            {
              Type: 'AWS::EC2::Subnet',
              Properties: {
                VpcId: ref('Vpc'),
                AvailabilityZone: zone,
                CidrBlock: formatPrefix(prefix),
                MapPublicIpOnLaunch: true,
                Tags: [
                  { Key: 'Name', Value: `${clusterName}-${zone}` },
                  { Key: 'kubernetes.io/role/elb', Value: '1' },
                ],
              },
            },
          ],
          [
            `${logical}Routes`,
            {
              Type: 'AWS::EC2::SubnetRouteTableAssociation',
              Properties: { SubnetId: ref(logical), RouteTableId: ref('PublicRouteTable') },
            },
          ],
        ]),
      ),
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
              SubnetId: ref(first),
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
