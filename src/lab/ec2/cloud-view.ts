import type { Vpc } from '../../model/vpc/vpc.ts'
import type { AwsFault } from './fault.ts'

/**
 * Everything that the lab's AWS endpoints describe. `vpc` is the very object that the lab's router enforces: what is
 * described is what happens. The rest is what EC2 tells about the same objects beside that.
 */
export interface CloudView {
  readonly vpc: Vpc
  /** Twelve digits: the owner of everything. */
  readonly account: string
  /** By instance id. An instance without an entry is described without these. */
  readonly instances: Readonly<Record<string, InstanceDetail>>
  /** Tags of anything but instances (theirs are in `vpc.instances`), by resource id. */
  readonly tags: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly cluster: ClusterDetail | null
}

export interface InstanceDetail {
  /** ISO 8601. */
  readonly launchTime: string
  readonly imageId: string
  readonly keyName: string | null
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped'
  /** The role's ARN of the instance profile; absent: none. */
  readonly instanceProfileArn?: string
}

/** What `aws eks describe-cluster` tells. */
export interface ClusterDetail {
  readonly name: string
  /** `1.32`. */
  readonly version: string
  /** `https://HOST:PORT` of the Kubernetes API server. */
  readonly endpoint: string
  /** The certificate authority as PEM text. */
  readonly certificateAuthority: string
  /** ISO 8601. */
  readonly createdAt: string
  /** `10.100.0.0/16`. */
  readonly serviceIpv4Cidr: string
  readonly securityGroups: readonly string[]
  /** The cluster security group, which every node and the control plane's ENIs carry. */
  readonly clusterSecurityGroup: string
  readonly subnets: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** `vpc-cni`, `v1.15.1-eksbuild.1`. */
  readonly addons: readonly { readonly name: string; readonly version: string }[]
  /** Of tokens: `https://oidc.eks.REGION.amazonaws.com/id/…`. */
  readonly issuer: string
  /** EKS' name of the nodes' image. */
  readonly amiType: 'AL2_x86_64' | 'AL2023_x86_64_STANDARD'
}

/** A VPC after a change, and what the caller wants to know of the change; or why AWS would refuse it. */
export type Edited<R> = { readonly vpc: Vpc; readonly made: R } | AwsFault

/** A pure change: the VPC as it is → the VPC as it shall be. */
export type Edit<R> = (vpc: Vpc) => Edited<R>

/**
 * The way to change the lab's VPC. The implementation runs the edit on the VPC as it stands, makes the router enforce
 * the new one, and only then keeps it; edits run one after the other. A fault means that nothing was changed.
 */
export interface CloudControl {
  change<R>(edit: Edit<R>): Promise<Edited<R>>
}

/** Who may call, and who the caller then is. */
export interface Credential {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Temporary credentials carry one; it must then be sent. */
  readonly sessionToken?: string
  /** `arn:aws:iam::111122223333:user/student`. */
  readonly arn: string
  /** `AIDA…`. */
  readonly userId: string
}
