import type { Vpc } from '../../model/vpc/vpc.ts'
import type { CloudView, InstanceDetail } from '../ec2/cloud-view.ts'
import { coreDnsVersion } from '../kubernetes/bootstrap/system-objects.ts'
import { kubernetesVersion } from '../kubernetes-version.ts'
import type { Topology } from '../plan/topology.ts'

export interface CloudFacts {
  readonly topology: Topology
  /** `https://HOST[:PORT]` of the Kubernetes API server, as whoever asks reaches it. */
  readonly endpoint: string
  /** PEM. */
  readonly certificateAuthority: string
  readonly created: Date
  /** `v1.15.1`. */
  readonly cniVersion: string
}

/** The first label of an endpoint's host name is the id that EKS gives a cluster's issuer too. */
const issuerId = (host: string): string => host.split('.')[0] ?? ''

/** What the lab's AWS endpoints tell beside the VPC itself. */
export function cloudView(facts: CloudFacts): (vpc: Vpc) => CloudView {
  const { topology } = facts
  const created = facts.created.toISOString()
  const group = topology.vpc.securityGroups[0]?.id ?? ''
  const detail: InstanceDetail = {
    launchTime: created,
    imageId: 'ami-0c1a7f89451184c8b',
    keyName: 'podpath-lab',
    state: 'running',
  }
  const rest: Omit<CloudView, 'vpc'> = {
    account: topology.account,
    instances: Object.fromEntries(topology.vpc.instances.map((instance) => [instance.id, detail])),
    tags: {
      [topology.vpc.id]: { Name: 'podpath-lab-VPC' },
      ...Object.fromEntries(
        topology.vpc.subnets.map((subnet) => [
          subnet.id,
          subnet.mapPublicIp
            ? { Name: `podpath-lab-PublicSubnet-${subnet.zone.slice(-1)}`, 'kubernetes.io/role/elb': '1' }
            : {
                Name: `podpath-lab-PrivateSubnet-${subnet.zone.slice(-1)}`,
                'kubernetes.io/role/internal-elb': '1',
              },
        ]),
      ),
    },
    cluster: {
      name: topology.clusterName,
      version: /^v(\d+\.\d+)/.exec(kubernetesVersion)?.[1] ?? '',
      endpoint: facts.endpoint,
      certificateAuthority: facts.certificateAuthority,
      createdAt: created,
      serviceIpv4Cidr: '10.100.0.0/16',
      securityGroups: [],
      clusterSecurityGroup: group,
      subnets: topology.vpc.subnets.map((subnet) => subnet.id),
      tags: {},
      addons: [
        { name: 'coredns', version: coreDnsVersion },
        { name: 'kube-proxy', version: `${/^v[\d.]+/.exec(kubernetesVersion)?.[0] ?? ''}-eksbuild.2` },
        { name: 'vpc-cni', version: `${facts.cniVersion}-eksbuild.1` },
      ],
      issuer: `https://oidc.eks.${topology.region}.amazonaws.com/id/${issuerId(topology.clusterEndpoint)}`,
      amiType: topology.options.ami === 'al2023' ? 'AL2023_x86_64_STANDARD' : 'AL2_x86_64',
    },
  }
  return (vpc) => ({ vpc, ...rest })
}
