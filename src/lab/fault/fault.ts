/** Which pod a fault concerns: any, or one whose address is on a node's first or a later ENI. */
export type PodWanted = 'any' | 'first-eni' | 'later-eni'

/** The flow that shows a fault: from the pod to its peer on another node or to the internet, or from the peer to the pod. */
export type Trial = 'to-peer' | 'to-internet' | 'from-peer'

/** One thing that goes wrong in real clusters, done by hand to a lab. */
export type Fault = KernelFault | VpcFault

interface FaultFacts {
  readonly pod: PodWanted
  readonly trial: Trial
  /** A NAT gateway makes it no failure: it carries any address of the VPC. */
  readonly inPublicSubnets?: true
}

export interface KernelFault extends FaultFacts {
  /** Whose network stack it is done to. */
  readonly at: 'node' | 'pod'
  /**
   * POSIX sh. It makes the change and prints the command that undoes it, or prints nothing and fails. Whoever undid it by hand
   * need not know: where there is nothing to undo, that command does nothing. It gets $POD, $PEER (addresses) and $VETH (the
   * node's end of the pod's wire).
   */
  readonly script: string
}

export interface VpcFault extends FaultFacts {
  readonly at: 'vpc'
  readonly change: VpcChange
}

/** What a fault of the VPC changes; the EC2 calls stand in vpc-change.ts. */
export type VpcChange = 'close-security-group' | 'deny-in-network-acl' | 'delete-internet-route'

/** How a fault is undone: kept with the lab until then. */
export type Remedy =
  | {
      readonly kind: 'script'
      readonly at: 'node' | 'pod'
      readonly node: string
      readonly pod: string
      readonly script: string
    }
  | { readonly kind: 'ec2'; readonly call: Ec2Call; readonly input: unknown }

export type Ec2Call = 'AuthorizeSecurityGroupIngress' | 'DeleteNetworkAclEntry' | 'CreateRoute'
