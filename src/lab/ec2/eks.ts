import type { CloudView, ClusterDetail } from './cloud-view.ts'
import { refuse } from './fault.ts'

/** EKS is a REST service: `GET /clusters`, `GET /clusters/NAME`. Timestamps are seconds since the epoch. */
export function eksAnswer(method: string, target: string, view: CloudView): unknown {
  const url = new URL(target, 'http://eks')
  const steps = url.pathname.split('/').filter((step) => step !== '')
  if (method !== 'GET' || steps[0] !== 'clusters' || steps.length > 2)
    return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token', 403)
  if (steps.length === 1) return { clusters: view.cluster ? [view.cluster.name] : [], nextToken: null }
  const name = decode(steps[1] ?? '')
  if (view.cluster?.name !== name)
    return refuse('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404)
  return { cluster: describeCluster(view.cluster, view) }
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    // A stray percent sign: no cluster is named so.
    return step
  }
}

function describeCluster(cluster: ClusterDetail, view: CloudView): unknown {
  const { region } = view.vpc
  return {
    name: cluster.name,
    arn: `arn:aws:eks:${region}:${view.account}:cluster/${cluster.name}`,
    createdAt: Date.parse(cluster.createdAt) / 1000,
    version: cluster.version,
    endpoint: cluster.endpoint,
    roleArn: `arn:aws:iam::${view.account}:role/${cluster.name}-cluster`,
    resourcesVpcConfig: {
      subnetIds: cluster.subnets,
      securityGroupIds: cluster.securityGroups,
      clusterSecurityGroupId: cluster.clusterSecurityGroup,
      vpcId: view.vpc.id,
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
      publicAccessCidrs: ['0.0.0.0/0'],
    },
    kubernetesNetworkConfig: { serviceIpv4Cidr: cluster.serviceIpv4Cidr, ipFamily: 'ipv4' },
    logging: {
      clusterLogging: [
        { types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'], enabled: false },
      ],
    },
    status: 'ACTIVE',
    certificateAuthority: { data: Buffer.from(cluster.certificateAuthority).toString('base64') },
    platformVersion: 'eks.1',
    tags: cluster.tags,
    health: { issues: [] },
    accessConfig: { authenticationMode: 'CONFIG_MAP' },
  }
}
