import type { CloudView, ClusterDetail } from './cloud-view.ts'
import { refuse } from './fault.ts'

/**
 * EKS is a REST service: `GET /clusters/NAME/addons`. Timestamps are seconds since the epoch. What the lab's cluster has none of is an
 * empty list; what would change it is refused, in EKS' form.
 */
export function eksAnswer(method: string, target: string, view: CloudView): unknown {
  const url = new URL(target, 'http://eks')
  const [first, name, list, ...rest] = url.pathname
    .split('/')
    .filter((step) => step !== '')
    .map(decode)
  if (method !== 'GET')
    return refuse(
      'InvalidRequestException',
      'The lab’s cluster is made by `podpath lab up`, and EKS changes nothing of it',
    )
  if (first === 'addons' && name === 'supported-versions') return supportedVersions(view, url.searchParams)
  if (first !== 'clusters') return unanswered(url.pathname)
  const { cluster } = view
  if (name === undefined) return { clusters: cluster ? [cluster.name] : [], nextToken: null }
  if (cluster?.name !== name)
    return refuse('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404)
  return list === undefined ? { cluster: describeCluster(cluster, view) } : part(cluster, view, list, rest)
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    // A stray percent sign: no cluster is named so.
    return step
  }
}

const unanswered = (path: string): never =>
  refuse('InvalidRequestException', `The lab’s EKS does not answer ${path.slice(0, 200)}`)

/** Lists of a cluster that are empty in the lab, and what EKS calls them. */
const empty: Readonly<Record<string, string>> = {
  'fargate-profiles': 'fargateProfileNames',
  'identity-provider-configs': 'identityProviderConfigs',
  'pod-identity-associations': 'associations',
  updates: 'updateIds',
  insights: 'insights',
  'access-policies': 'accessPolicies',
}

function part(
  cluster: ClusterDetail,
  view: CloudView,
  list: string,
  [name, more]: readonly string[],
): unknown {
  switch (list) {
    case 'node-groups':
      if (name === undefined) return { nodegroups: [nodegroup], nextToken: null }
      return name === nodegroup
        ? { nodegroup: describeNodegroup(cluster, view) }
        : refuse('ResourceNotFoundException', `No node group found for name: ${name}.`, 404)
    case 'addons': {
      if (name === undefined) return { addons: cluster.addons.map((addon) => addon.name), nextToken: null }
      const addon = cluster.addons.find((one) => one.name === name)
      return addon
        ? { addon: describeAddon(cluster, view, addon) }
        : refuse('ResourceNotFoundException', `No addon: ${name} found in cluster: ${cluster.name}`, 404)
    }
    case 'access-entries': {
      const entries = accessEntries(cluster, view)
      if (name === undefined)
        return { accessEntries: entries.map((one) => one.principalArn), nextToken: null }
      const entry = entries.find((one) => one.principalArn === name)
      if (entry === undefined)
        return refuse(
          'ResourceNotFoundException',
          `The specified principalArn could not be found: ${name}`,
          404,
        )
      return more === 'access-policies'
        ? { clusterName: cluster.name, principalArn: name, associatedAccessPolicies: [] }
        : { accessEntry: entry }
    }
    default: {
      const key = Object.hasOwn(empty, list) ? empty[list] : undefined
      return key === undefined || name !== undefined
        ? unanswered(`/clusters/${cluster.name}/${list}`)
        : { [key]: [], nextToken: null }
    }
  }
}

const nodegroup = 'ng1'
const seconds = ({ createdAt }: ClusterDetail): number => Date.parse(createdAt) / 1000
const roleOf = (view: CloudView, name: string): string => `arn:aws:iam::${view.account}:role/${name}`

function describeNodegroup(cluster: ClusterDetail, view: CloudView): unknown {
  const { instances } = view.vpc
  const image = Object.values(view.instances)[0]?.imageId
  return {
    nodegroupName: nodegroup,
    nodegroupArn: `arn:aws:eks:${view.vpc.region}:${view.account}:nodegroup/${cluster.name}/${nodegroup}`,
    clusterName: cluster.name,
    version: cluster.version,
    createdAt: seconds(cluster),
    modifiedAt: seconds(cluster),
    status: 'ACTIVE',
    capacityType: 'ON_DEMAND',
    scalingConfig: { minSize: instances.length, maxSize: instances.length, desiredSize: instances.length },
    instanceTypes: [...new Set(instances.map(({ type }) => type))],
    subnets: cluster.subnets,
    amiType: cluster.amiType,
    releaseVersion: image ?? '',
    nodeRole: roleOf(view, `${cluster.name}-nodes`),
    labels: {},
    diskSize: 30,
    health: { issues: [] },
    updateConfig: { maxUnavailable: 1 },
    tags: cluster.tags,
  }
}

function describeAddon(
  cluster: ClusterDetail,
  view: CloudView,
  { name, version }: ClusterDetail['addons'][number],
): unknown {
  return {
    addonName: name,
    clusterName: cluster.name,
    status: 'ACTIVE',
    addonVersion: version,
    health: { issues: [] },
    addonArn: `arn:aws:eks:${view.vpc.region}:${view.account}:addon/${cluster.name}/${name}`,
    createdAt: seconds(cluster),
    modifiedAt: seconds(cluster),
    tags: {},
  }
}

/** The only versions that the lab knows of are those that it runs. */
function supportedVersions({ cluster }: CloudView, query: URLSearchParams): unknown {
  const wanted = query.get('addonName')
  const addons = (cluster?.addons ?? []).filter(({ name }) => wanted === null || name === wanted)
  return {
    addons: addons.map(({ name, version }) => ({
      addonName: name,
      type: 'networking',
      addonVersions: [
        {
          addonVersion: version,
          architecture: ['amd64', 'arm64'],
          compatibilities: [
            { clusterVersion: cluster?.version, platformVersions: ['*'], defaultVersion: true },
          ],
          requiresConfiguration: false,
        },
      ],
      publisher: 'eks',
      owner: 'aws',
    })),
    nextToken: null,
  }
}

/** Who made the cluster, and its nodes. */
function accessEntries(cluster: ClusterDetail, view: CloudView) {
  const entry = (
    principalArn: string,
    username: string,
    kubernetesGroups: readonly string[],
    type: string,
  ) => ({
    clusterName: cluster.name,
    principalArn,
    kubernetesGroups,
    accessEntryArn: `arn:aws:eks:${view.vpc.region}:${view.account}:access-entry/${cluster.name}/${principalArn.split(':').at(-1) ?? ''}`,
    createdAt: seconds(cluster),
    modifiedAt: seconds(cluster),
    tags: {},
    username,
    type,
  })
  const owner = `arn:aws:iam::${view.account}:user/podpath`
  const nodes = roleOf(view, `${cluster.name}-nodes`)
  return [
    entry(owner, owner, [], 'STANDARD'),
    entry(nodes, 'system:node:{{EC2PrivateDNSName}}', ['system:nodes'], 'EC2_LINUX'),
  ]
}

function describeCluster(cluster: ClusterDetail, view: CloudView): unknown {
  const { region } = view.vpc
  return {
    name: cluster.name,
    arn: `arn:aws:eks:${region}:${view.account}:cluster/${cluster.name}`,
    createdAt: seconds(cluster),
    version: cluster.version,
    endpoint: cluster.endpoint,
    roleArn: roleOf(view, `${cluster.name}-cluster`),
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
    identity: { oidc: { issuer: cluster.issuer } },
    status: 'ACTIVE',
    certificateAuthority: { data: Buffer.from(cluster.certificateAuthority).toString('base64') },
    platformVersion: 'eks.1',
    tags: cluster.tags,
    health: { issues: [] },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  }
}
