import { maxPods as maxPodsOf } from '../../intent/vpc-cni/instance-limits.ts'
import { delegatedSize } from './address-pool.ts'

/**
 * ENIs an instance may have, and IPv4 addresses on each.
 * Source: amazon-vpc-cni-k8s pkg/vpc/vpc_ip_resource_limit.go (v1.23.1).
 */
export const instanceTypes = {
  't3.small': { enis: 3, addressesPerEni: 4, cpus: 2, memoryMiB: 2048 },
  't3.medium': { enis: 3, addressesPerEni: 6, cpus: 2, memoryMiB: 4096 },
  't3.large': { enis: 3, addressesPerEni: 12, cpus: 2, memoryMiB: 8192 },
  'm5.large': { enis: 3, addressesPerEni: 10, cpus: 2, memoryMiB: 8192 },
  'm5.xlarge': { enis: 4, addressesPerEni: 15, cpus: 4, memoryMiB: 16384 },
  'm5.4xlarge': { enis: 8, addressesPerEni: 30, cpus: 16, memoryMiB: 65536 },
} as const

export type InstanceType = keyof typeof instanceTypes

export const isInstanceType = (text: string): text is InstanceType => Object.hasOwn(instanceTypes, text)

/** EKS's own bound for instances of fewer than 30 processors (max-pods-calculator.sh). */
const mostPods = 110

/** Pods a node may run: each ENI's secondary addresses, or the prefixes in their places, and two pods on the host network. */
export function maxPods(type: InstanceType, prefixDelegation: boolean): number {
  const { enis, addressesPerEni } = instanceTypes[type]
  return prefixDelegation
    ? Math.min(mostPods, enis * (addressesPerEni - 1) * delegatedSize + 2)
    : maxPodsOf(instanceTypes[type])
}
