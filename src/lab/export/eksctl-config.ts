import { formatPrefix } from '../../model/address/prefix.ts'
import { maxPods } from '../plan/instance-type.ts'
import type { Topology } from '../plan/topology.ts'

/** What stands in the ClusterConfig until the VPC is made; create.sh puts the real one there. */
export const vpcPlaceholder = 'VPC_ID'
export const keyPlaceholder = 'KEY_NAME'

/** Of the add-on: its container's environment. */
const prefixDelegation = JSON.stringify({
  env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
})

/**
 * The lab's cluster as eksctl makes it (eksctl.io/v1alpha5, ClusterConfig). The VPC is made before, by
 * CloudFormation: eksctl's own has other subnets, and the bastion needs one.
 */
export function eksctlConfig(topology: Topology, kubernetesVersion: string): object {
  const { vpc, region, options } = topology
  const isPrivate = options.subnets === 'private'
  /** By zone, which names a subnet of each kind. */
  const of = (open: boolean): object =>
    Object.fromEntries(
      vpc.subnets
        .filter(({ mapPublicIp }) => mapPublicIp === open)
        .map(({ zone, prefix }) => [zone, { cidr: formatPrefix(prefix) }]),
    )
  return {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: topology.clusterName, region, version: kubernetesVersion },
    iam: { withOIDC: true },
    vpc: {
      id: vpcPlaceholder,
      cidr: vpc.prefixes[0] === undefined ? '' : formatPrefix(vpc.prefixes[0]),
      clusterEndpoints: { publicAccess: true, privateAccess: true },
      subnets: { public: of(true), ...(isPrivate ? { private: of(false) } : {}) },
    },
    addons: [
      {
        name: 'vpc-cni',
        version: 'latest',
        ...(options.prefixDelegation ? { configurationValues: prefixDelegation } : {}),
      },
      { name: 'kube-proxy', version: 'latest' },
      { name: 'coredns', version: 'latest' },
    ],
    managedNodeGroups: [
      {
        name: 'ng1',
        instanceType: options.instanceType,
        amiFamily: 'AmazonLinux2023',
        desiredCapacity: options.nodes,
        minSize: options.nodes,
        maxSize: options.nodes,
        volumeSize: 30,
        ...(options.prefixDelegation
          ? { maxPodsPerNode: maxPods(options.instanceType, options.prefixDelegation) }
          : {}),
        privateNetworking: isPrivate,
        subnets: Object.keys(of(!isPrivate)),
        ssh: { allow: true, publicKeyName: keyPlaceholder },
      },
    ],
  }
}
