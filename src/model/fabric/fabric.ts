import type { NetworkStack } from '../stack/stack.ts'
import type { StackId } from '../stack/stack-id.ts'
import type { Vpc } from '../vpc/vpc.ts'

/** One end of a wire. At a VPC (`vpc/ID`) the interface is the ENI's id. */
export interface WireEnd {
  readonly stack: StackId
  readonly interface: string
}

/** Two interface ends that exchange frames: a veth pair, or an ENI's device and the VPC. */
export interface Wire {
  readonly a: WireEnd
  readonly b: WireEnd
}

/** Network stacks, the wires between them, and the VPC around them. */
export interface Fabric {
  readonly stacks: readonly NetworkStack[]
  readonly wires: readonly Wire[]
  readonly vpc: Vpc | null
}
