import { formatPrefix } from '../../model/address/prefix.ts'
import type { Topology } from '../plan/topology.ts'

/** The page beside the exported files. */
export function exportReadme(topology: Topology, kubernetesVersion: string, cniVersion: string): string {
  const { clusterName, region, vpc, bastion, options } = topology
  const isPrivate = options.subnets === 'private'
  const subnets = vpc.subnets
    .map(
      ({ zone, prefix, mapPublicIp }) =>
        `${formatPrefix(prefix)} (${mapPublicIp ? 'public' : 'private'}, ${zone})`,
    )
    .join(', ')
  return `# ${clusterName} in AWS

The cluster of a podpath lab, for real: the VPC ${vpc.prefixes.map(formatPrefix).join(', ')}, the subnets ${subnets},
${options.nodes} nodes of type ${options.instanceType}, a bastion at ${bastion.address}, and the tutorial's pods.

| file                | what it is                                              |
| ------------------- | ------------------------------------------------------- |
| \`vpc.yaml\`          | CloudFormation: VPC, subnets, gateways, bastion         |
| \`cluster.yaml\`      | eksctl: the cluster, its add-ons and nodes              |
| \`netshoot-pod.yaml\` | the tutorial's deployment                               |
| \`create.sh\`         | makes all of it                                         |
| \`delete.sh\`         | removes all of it                                       |

## Make it

You need the AWS CLI, eksctl and kubectl, credentials that may create EKS clusters, VPCs and instances, and an EC2 key
pair in ${region}.

    ./create.sh MY_KEY 203.0.113.7/32
    podpath verify

The second word is the address that ssh to the bastion is allowed from: yours, with /32.

## What it costs

Money, from the first minute until \`./delete.sh\` has ended: the EKS control plane (by the hour), ${options.nodes} ${options.instanceType} and one
t3.micro, their disks, ${isPrivate ? 'a NAT gateway by the hour and by what passes it, and two' : `and ${options.nodes + 1}`} public IPv4 addresses. Look the prices of ${region} up before you begin
(https://aws.amazon.com/eks/pricing/, https://aws.amazon.com/ec2/pricing/on-demand/,
https://aws.amazon.com/vpc/pricing/). A Kubernetes version in extended support costs several times as much:
\`metadata.version\` in \`cluster.yaml\` is ${kubernetesVersion}, the lab's; raise it when EKS's standard support for it has ended.

## Remove it

    ./delete.sh

When it fails, look at the stacks \`eksctl-${clusterName}-…\` and \`${clusterName}-vpc\` in CloudFormation: a security group or a
load balancer that something else made in the VPC keeps them.

## What is not the same

- Addresses: AWS gives nodes and pods others than the lab's.
- The add-ons are the latest that EKS has for the version. The lab writes what VPC CNI ${cniVersion} writes, as in the tutorial;
  later ones write one SNAT chain instead of two. podpath reads both.
- Nodes run Amazon Linux 2023, because EKS has ended Amazon Linux 2: the interface is \`ens5\`, not \`eth0\`.
  \`podpath lab up --ami al2023\` has nodes like these.
- Only the control plane's own ENIs and services of AWS are what the lab cannot show; \`podpath verify\` says what it saw.
`
}
