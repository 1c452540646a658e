import type { KubernetesChange, KubernetesRemedy } from './kubernetes-change.ts'
import type { Ec2Change, Ec2Request } from './vpc-change.ts'

/**
 * Which pod a fault concerns: any; one whose address is on a node's first or a later ENI; one on a node that has a later ENI too,
 * though the pod is on the first; one on a node where no pod answers for the cluster's DNS.
 */
export type PodWanted = 'any' | 'first-eni' | 'later-eni' | 'beside-later-eni' | 'far-from-dns'

/** Who takes part in a flow: the pod, its peer on another node, another pod of its own node, that node, … */
export type TrialSender = 'pod' | 'peer' | 'node'
export type TrialReceiver =
  | 'pod'
  | 'peer'
  | 'node'
  | 'neighbour'
  | 'internet'
  | 'dns-service'
  /** The same by address, which is one also when the service has that port no more. */
  | 'dns-address'
  | 'metadata'

/** The flow that shows a fault. */
export interface Trial {
  readonly from: TrialSender
  readonly to: TrialReceiver
  /** Options of `podpath trace`; a ping unless it says otherwise. */
  readonly with?: readonly string[]
}

/** What its flow does then: no answer, now and then none, or an answer by another way than it should. */
export type Shows = 'lost' | 'sometimes-lost' | 'misdirected'

interface FaultFacts {
  readonly pod: PodWanted
  readonly trial: Trial
  /** Absent: lost. */
  readonly shows?: Shows
  /** The labs in which it is a failure, where it is not in all of them. */
  readonly only?: 'public-subnets' | 'private-subnets'
}

/** One thing that goes wrong in real clusters, done by hand to a lab. */
export type Fault = KernelFault | VpcFault | KubernetesFault

export interface KernelFault extends FaultFacts {
  /** Whose network stack it is done to. */
  readonly at: 'node' | 'pod'
  /** POSIX sh, with the functions of script.ts. It makes the change and notes what undoes it. */
  readonly script: string
}

export interface VpcFault extends FaultFacts {
  readonly at: 'vpc'
  readonly change: Ec2Change
}

export interface KubernetesFault extends FaultFacts {
  readonly at: 'kubernetes'
  readonly change: KubernetesChange
  /** A line of sh that succeeds on a node as long as the change is in force there: controllers take their time. */
  readonly inForce: string
}

/** How a fault is undone: kept with the lab until then. */
export type Remedy =
  | {
      readonly kind: 'script'
      readonly at: 'node' | 'pod'
      readonly node: string
      readonly pod: string
      readonly script: string
    }
  | { readonly kind: 'ec2'; readonly requests: readonly Ec2Request[] }
  | KubernetesRemedy
