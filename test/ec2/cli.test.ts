import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyEksToken } from '../../src/lab/ec2/eks-token.ts'
import { aws } from './aws-cli.ts'
import { startLabAws, type LabAws } from './lab-aws.ts'
import { student } from './tutorial-cloud.ts'

/* What the real aws CLI prints when it speaks to the lab. */

let lab: LabAws
beforeAll(async () => {
  lab = await startLabAws()
})
afterAll(() => {
  lab.close()
})

const words = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')

describe('the aws CLI prints', () => {
  test.each([
    {
      line: "ec2 describe-instances --query Reservations[*].Instances[*].{PrivateIPAdd:PrivateIpAddress,InstanceName:Tags[?Key=='Name']|[0].Value,Status:State.Name} --output text",
      argv: [
        'ec2',
        'describe-instances',
        '--query',
        "Reservations[*].Instances[*].{PrivateIPAdd:PrivateIpAddress,InstanceName:Tags[?Key=='Name']|[0].Value,Status:State.Name}",
        '--filters',
        'Name=instance-state-name,Values=running',
        '--output',
        'table',
      ],
      want: `--------------------------------------------------
|                DescribeInstances               |
+-------------------+-----------------+----------+
|   InstanceName    |  PrivateIPAdd   | Status   |
+-------------------+-----------------+----------+
|  podpath-ng1-Node |  192.168.1.138  |  running |
|  podpath-ng1-Node |  192.168.2.20   |  running |
|  podpath-ng1-Node |  192.168.3.20   |  running |
|  bastion          |  192.168.1.100  |  running |
+-------------------+-----------------+----------+
`,
      because: 'this is how the tutorial shows its nodes',
    },
    {
      line: "ec2 describe-instance-types --filters Name=instance-type,Values=t3.m* --query 'InstanceTypes[].[InstanceType,NetworkInfo.MaximumNetworkInterfaces,NetworkInfo.Ipv4AddressesPerInterface]' --output text",
      want: 't3.micro\t2\t2\nt3.medium\t3\t6\n',
      because: 'three ENIs of six addresses: fifteen pods on a t3.medium',
    },
    {
      line: "ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values=i-00000000000000001 Name=attachment.device-index,Values=1 --query 'NetworkInterfaces[].PrivateIpAddresses[].[PrivateIpAddress,Primary]' --output text",
      want: '192.168.1.55\tTrue\n192.168.1.60\tFalse\n',
      because: 'two filters must both hold',
    },
    {
      line: "ec2 describe-subnets --filters Name=availability-zone,Values=ap-northeast-2a,ap-northeast-2c --query 'Subnets[].[CidrBlock,AvailableIpAddressCount,AvailabilityZoneId]' --output text",
      want: '192.168.1.0/24\t244\tapne2-az1\n192.168.3.0/24\t233\tapne2-az3\n',
      because:
        'one of a filter’s values is enough; five addresses and every used one are taken, a /28 counts 16',
    },
    {
      line: "ec2 describe-security-group-rules --filters Name=group-id,Values=sg-0c1u5ter000000001 --query 'SecurityGroupRules[].[SecurityGroupRuleId,IsEgress,IpProtocol,FromPort,ToPort,ReferencedGroupInfo.GroupId||CidrIpv4]' --output text",
      want: [
        'sgr-00000000000000001\tFalse\t-1\t-1\t-1\tsg-0c1u5ter000000001',
        'sgr-00000000000000002\tFalse\ttcp\t22\t22\tsg-0ba5710n000000001',
        'sgr-00000000000000003\tFalse\ticmp\t8\t-1\t192.168.1.100/32',
        'sgr-00000000000000004\tTrue\t-1\t-1\t-1\t0.0.0.0/0\n',
      ].join('\n'),
      because: 'each rule stands by itself with its id',
    },
    {
      line: "ec2 describe-network-acls --query 'NetworkAcls[].Entries[].[RuleNumber,Egress,RuleAction,CidrBlock]' --output text",
      want: '100\tFalse\tallow\t0.0.0.0/0\n32767\tFalse\tdeny\t0.0.0.0/0\n100\tTrue\tallow\t0.0.0.0/0\n32767\tTrue\tdeny\t0.0.0.0/0\n',
      because: 'the default network ACL allows everything and ends with a deny',
    },
    {
      line: "ec2 describe-addresses --query 'Addresses[].[PublicIp,PrivateIpAddress,InstanceId]' --output text",
      want: '203.0.113.10\t192.168.1.100\ti-00000000000000004\n203.0.113.20\t192.168.1.7\tNone\n',
      because: 'only Elastic IPs are listed, not the nodes’ automatic public addresses',
    },
    {
      line: "ec2 describe-availability-zones --query 'AvailabilityZones[].ZoneName' --output text",
      want: 'ap-northeast-2a\tap-northeast-2b\tap-northeast-2c\n',
      because: 'the lab has three zones',
    },
    {
      line: "ec2 describe-vpcs --filters Name=tag:Name,Values=podpath-* --query 'Vpcs[].[VpcId,CidrBlock]' --output text",
      want: 'vpc-0123456789abcdef0\t192.168.0.0/16\n',
      because: 'a star in a filter stands for any text',
    },
    {
      line: 'ec2 describe-vpc-attribute --vpc-id vpc-0123456789abcdef0 --attribute enableDnsSupport --query EnableDnsSupport.Value',
      want: 'true\n',
      because: 'EKS needs the VPC resolver',
    },
    {
      line: 'ec2 describe-route-tables --filters Name=association.main,Values=true --query RouteTables[].Routes[].GatewayId --output text',
      want: 'local\n',
      because: 'the main table has the local route alone',
    },
    {
      line: 'sts get-caller-identity --query Arn --output text',
      want: 'arn:aws:iam::111122223333:user/student\n',
      because: 'the signature says who calls',
    },
    {
      line: 'eks list-clusters --query clusters --output text',
      want: 'podpath\n',
      because: 'there is one cluster',
    },
    {
      line: 'eks describe-cluster --name podpath --query cluster.[status,endpoint,resourcesVpcConfig.vpcId] --output text',
      want: 'ACTIVE\thttps://127.0.0.1:6443\tvpc-0123456789abcdef0\n',
      because: 'update-kubeconfig needs the endpoint',
    },
    {
      line: 'eks list-nodegroups --cluster-name podpath --query nodegroups --output text',
      want: 'ng1\n',
      because: 'the nodes are of one group',
    },
    {
      line: 'eks describe-addon --cluster-name podpath --addon-name vpc-cni --query addon.[addonVersion,status] --output text',
      want: 'v1.15.1-eksbuild.1\tACTIVE\n',
      because: 'which version of the CNI runs is asked by tutorials',
    },
    {
      line: 'eks list-access-entries --cluster-name podpath --query accessEntries[0] --output text',
      want: 'arn:aws:iam::111122223333:user/podpath\n',
      because: 'who made the cluster may use it',
    },
    {
      line: 'eks describe-cluster --name podpath --query cluster.identity.oidc.issuer --output text',
      want: 'https://oidc.eks.ap-northeast-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF\n',
      because: 'service accounts’ roles are made with it',
    },
    {
      line: 'eks list-pod-identity-associations --cluster-name podpath --query associations --output text',
      want: '',
      because: 'what the cluster has none of is an empty list',
    },
  ])('$line: $because', async ({ line, argv, want }) => {
    const ran = await aws(lab.endpoint, argv ?? words(line))
    expect(ran).toEqual({ exit: 0, stderr: '', stdout: want })
  })
})

describe('the aws CLI is refused in AWS’s own words', () => {
  const says = (code: string, operation: string, message: string): string =>
    `An error occurred (${code}) when calling the ${operation} operation: ${message}`

  test.each([
    {
      line: 'route53 list-hosted-zones',
      want: says('UnknownService', 'ListHostedZones', 'This lab has no service named route53.'),
      because: 'a service that is not there says so in its own form',
    },
    {
      line: 'eks create-addon --cluster-name podpath --addon-name vpc-cni',
      want: says(
        'InvalidRequestException',
        'CreateAddon',
        'The lab’s cluster is made by `podpath lab up`, and EKS changes nothing of it',
      ),
      because: 'nobody is sent to look for credentials',
    },
    {
      line: 'eks describe-addon --cluster-name podpath --addon-name ebs',
      want: says('ResourceNotFoundException', 'DescribeAddon', 'No addon: ebs found in cluster: podpath'),
      because: 'an add-on that is not there',
    },
    {
      line: 'ec2 describe-instances --instance-ids i-0fffffffffffffff0',
      want: says(
        'InvalidInstanceID.NotFound',
        'DescribeInstances',
        "The instance ID 'i-0fffffffffffffff0' does not exist",
      ),
    },
    {
      line: 'ec2 describe-instances --instance-ids web',
      want: says('InvalidInstanceID.Malformed', 'DescribeInstances', 'Invalid id: "web" (expecting "i-...")'),
    },
    {
      line: 'ec2 describe-vpcs --filters Name=colour,Values=red',
      want: says('InvalidParameterValue', 'DescribeVpcs', "The filter 'colour' is invalid"),
    },
    {
      line: 'ec2 describe-vpcs --dry-run',
      want: says('DryRunOperation', 'DescribeVpcs', 'Request would have succeeded, but DryRun flag is set.'),
    },
    {
      line: 'ec2 describe-flow-logs',
      want: says(
        'InvalidAction',
        'DescribeFlowLogs',
        'The action DescribeFlowLogs is not valid for this web service.',
      ),
    },
    {
      line: 'ec2 describe-subnets --max-results 1001',
      want: says(
        'InvalidParameterValue',
        'DescribeSubnets',
        'Value ( 1001 ) for parameter maxResults is invalid. Expecting a value less than or equal to 1000.',
      ),
    },
    {
      line: 'eks describe-cluster --name other',
      want: says('ResourceNotFoundException', 'DescribeCluster', 'No cluster found for name: other.'),
    },
    {
      line: 'ec2 authorize-security-group-ingress --group-id sg-0ba5710n000000001 --protocol tcp --port 22 --cidr 0.0.0.0/0',
      want: says(
        'InvalidPermission.Duplicate',
        'AuthorizeSecurityGroupIngress',
        'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists',
      ),
    },
    {
      line: 'ec2 revoke-security-group-ingress --group-id sg-0ba5710n000000001 --protocol tcp --port 23 --cidr 0.0.0.0/0',
      want: says(
        'InvalidPermission.NotFound',
        'RevokeSecurityGroupIngress',
        'The specified rule does not exist in this security group.',
      ),
    },
    {
      line: 'ec2 create-route --route-table-id rtb-00000000000000002 --destination-cidr-block 0.0.0.0/0 --gateway-id igw-00000000000000001',
      want: says('RouteAlreadyExists', 'CreateRoute', 'The route identified by 0.0.0.0/0 already exists.'),
    },
    {
      line: 'ec2 delete-route --route-table-id rtb-00000000000000002 --destination-cidr-block 192.168.0.0/16',
      want: says(
        'InvalidParameterValue',
        'DeleteRoute',
        'cannot remove local route 192.168.0.0/16 in route table rtb-00000000000000002',
      ),
    },
    {
      line: 'ec2 modify-instance-attribute --instance-id i-00000000000000001 --no-source-dest-check',
      want: says(
        'InvalidInstanceID',
        'ModifyInstanceAttribute',
        "There are multiple interfaces attached to instance 'i-00000000000000001'. Please specify an interface ID for the operation instead.",
      ),
    },
  ])('$line', async ({ line, want }) => {
    const ran = await aws(lab.endpoint, words(line))
    expect(ran.stderr.trim()).toBe(want)
    expect(ran.stdout).toBe('')
    expect(ran.exit).not.toBe(0)
  })

  test.each([
    { service: 'ec2', argv: ['ec2', 'describe-vpcs'], want: 'AuthFailure' },
    { service: 'sts', argv: ['sts', 'get-caller-identity'], want: 'SignatureDoesNotMatch' },
    { service: 'eks', argv: ['eks', 'list-clusters'], want: 'InvalidSignatureException' },
  ])('a wrong secret is $want to $service', async ({ argv, want }) => {
    const ran = await aws(lab.endpoint, argv, { AWS_SECRET_ACCESS_KEY: 'wrong' })
    expect(ran.stderr).toContain(`(${want})`)
  })
})

test('aws eks update-kubeconfig writes a kubeconfig whose token the lab accepts', async () => {
  const home = await mkdtemp(join(tmpdir(), 'podpath-eks-'))
  try {
    const config = join(home, 'config')
    const updated = await aws(lab.endpoint, [
      'eks',
      'update-kubeconfig',
      '--name',
      'podpath',
      '--kubeconfig',
      config,
    ])
    expect(updated.stderr).toBe('')
    expect(await readFile(config, 'utf8')).toContain('server: https://127.0.0.1:6443')
    const told = await aws(lab.endpoint, ['eks', 'get-token', '--cluster-name', 'podpath'])
    const { token } = (JSON.parse(told.stdout) as { status: { token: string } }).status
    const options = { cluster: 'podpath', credentials: [student], now: new Date() }
    expect(verifyEksToken(token, options)).toEqual({ ok: true, credential: student })
    expect(verifyEksToken(token, { ...options, cluster: 'other' })).toEqual({ ok: false, reason: 'mismatch' })
    expect(verifyEksToken(token, { ...options, now: new Date(Date.now() + 16 * 60_000) })).toEqual({
      ok: false,
      reason: 'expired',
    })
    expect(verifyEksToken(`${token.slice(0, -3)}AAA`, options).ok).toBe(false)
  } finally {
    await rm(home, { recursive: true })
  }
})
