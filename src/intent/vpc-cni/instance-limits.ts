/** What EC2 allows an instance type: ENIs, and IPv4 addresses on each, its primary address among them. */
export interface InstanceLimits {
  readonly enis: number
  readonly addressesPerEni: number
}

/** pkg/vpc/vpc_ip_resource_limit.go, the types a tutorial meets. */
const limits: Readonly<Record<string, InstanceLimits>> = {
  't3.nano': { enis: 2, addressesPerEni: 2 },
  't3.micro': { enis: 2, addressesPerEni: 2 },
  't3.small': { enis: 3, addressesPerEni: 4 },
  't3.medium': { enis: 3, addressesPerEni: 6 },
  't3.large': { enis: 3, addressesPerEni: 12 },
  't3.xlarge': { enis: 4, addressesPerEni: 15 },
  'm5.large': { enis: 3, addressesPerEni: 10 },
  'm5.xlarge': { enis: 4, addressesPerEni: 15 },
  'm5.2xlarge': { enis: 4, addressesPerEni: 15 },
  'c5.large': { enis: 3, addressesPerEni: 10 },
  'c5.xlarge': { enis: 4, addressesPerEni: 15 },
}

/** Undefined for a type that is not in the table. */
export const instanceLimits = (type: string): InstanceLimits | undefined =>
  Object.hasOwn(limits, type) ? limits[type] : undefined

/**
 * The kubelet's --max-pods on EKS: one address of each ENI is its own, and two pods (aws-node, kube-proxy) use
 * the host's network (scripts/gen_vpc_ip_limits.go). With custom networking the primary ENI serves no pods.
 */
export const maxPods = (limit: InstanceLimits, customNetworking = false): number =>
  (limit.enis - (customNetworking ? 1 : 0)) * (limit.addressesPerEni - 1) + 2
