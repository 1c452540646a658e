import type { Edit } from '../fabric/edit.ts'
import type { StackId } from '../stack/stack-id.ts'

/** What kind of line differs from what it should be. */
export type DeviationLine =
  | 'pod-route'
  | 'pod-rule'
  | 'source-rule'
  | 'eni-route'
  | 'eni-rule'
  | 'mark-rule'
  | 'service-cidr-rule'
  | 'default-route'
  | 'pod-address'
  | 'router-neighbour'
  | 'gateway-route'
  | 'gateway-neighbour'
  | 'route'
  | 'rule'
  | 'link'
  | 'forwarding'
  | 'rp-filter'
  | 'snat'
  | 'connection-mark'
  | 'kube-proxy'
  | 'policy'
  | 'iptables'
  | 'nft'

/** Whose hand a line shows; `unknown`: neither Kubernetes nor the CNI writes such a line, and nothing tells who did. */
export type Author =
  | 'vpc-cni'
  | 'earlier-vpc-cni'
  | 'kube-proxy'
  | 'kubelet'
  | 'docker'
  | 'firewalld'
  | 'ufw'
  | 'calico'
  | 'cilium'
  | 'flannel'
  | 'istio'
  | 'linkerd'
  | 'kube2iam'
  | 'node-local-dns'
  | 'tailscale'
  | 'portmap'
  | 'network-manager'
  | 'libvirt'
  | 'unknown'

/** One line of a stack that is not as those who set up the stack would have it. */
export interface Deviation {
  readonly stack: StackId
  readonly what: DeviationLine
  /** Missing: it should stand there. Different: another stands in its place. Foreign: nobody of the cluster's would write it. */
  readonly kind: 'missing' | 'different' | 'foreign'
  /** As it stands there; null: missing. */
  readonly line: string | null
  /** As it should be; null: foreign. */
  readonly expected: string | null
  /** Who wrote what stands there; of a missing line, who should have written it. */
  readonly author: Author
  /** What brings the stack to intention in this one respect. Several: one would not do without the others. */
  readonly edits: readonly Edit[]
}

/** Something that was not compared with intention, and why not. */
export interface NotJudged {
  readonly at: StackId
  readonly what: string
  readonly because: string
}
