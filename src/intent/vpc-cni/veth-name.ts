import { hex, sha1 } from '../digest.ts'

/**
 * The host end of a pod's veth pair: the prefix and 11 hex digits of the SHA-1 of `namespace.pod`
 * (amazon-vpc-cni-k8s pkg/networkutils/names.go). So it can be computed without touching the node,
 * and a StatefulSet's pod keeps it. The second and later interfaces of a multi-NIC pod hash `pod.INDEX`.
 */
export const vethName = (prefix: string, namespace: string, pod: string, nic = 0): string =>
  prefix + hex(sha1(nic === 0 ? `${namespace}.${pod}` : `${namespace}.${pod}.${nic}`)).slice(0, 11)
