/** What podpath asks of EC2, as IAM names it: describing, and nothing else. All of it is optional. */
export const ec2Actions = [
  'DescribeInstances',
  'DescribeInternetGateways',
  'DescribeManagedPrefixLists',
  'DescribeNatGateways',
  'DescribeNetworkAcls',
  'DescribeNetworkInterfaces',
  'DescribePrefixLists',
  'DescribeRouteTables',
  'DescribeSecurityGroupRules',
  'DescribeSecurityGroups',
  'DescribeSubnets',
  'DescribeVpcEndpoints',
  'DescribeVpcPeeringConnections',
  'DescribeVpcs',
] as const

/** The IAM policy that allows it. EC2's describes know no resource but `*` (AWS, Service Authorization Reference). */
export const iamPolicy = () => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'PodpathReadsTheVpc',
      Effect: 'Allow',
      Action: ec2Actions.map((action) => `ec2:${action}`),
      Resource: '*',
    },
  ],
})
