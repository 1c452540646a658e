/**
 * What the engine asks of everything that is not a Linux stack: the VPC around the nodes, and the policies
 * that the CNI's agent enforces at a pod's veth. Whoever answers is pure, and answers the same for the same.
 */
import type { Budget } from './budget.ts'
import type { Evaluated } from '../../model/path/evaluated.ts'
import type { NetworkPolicy } from '../../model/fabric/kubernetes.ts'
import type { Packet } from '../../model/packet/packet.ts'
import type { Decision, Hop } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'

/** Which way the packet goes: with the connection's first packet, or against it. */
export type Direction = 'forward' | 'reply'

/** A packet that leaves a stack by an interface that is wired to the VPC. */
export interface VpcDeparture {
  readonly stack: StackId
  readonly interface: string
  /** The ENI behind that interface (`eni-…`), by the wire or by its MAC; null where neither tells. */
  readonly eni: string | null
  readonly packet: Packet
  readonly direction: Direction
  /** False: only the outcome is wanted; `hops` may be empty, decisions only on the last word. */
  readonly record: boolean
  /** True: every line that was asked is wanted as well. */
  readonly everyLine?: boolean
}

/** A packet that comes from the internet (a reply, or a flow that starts there). */
export interface InternetDeparture {
  readonly packet: Packet
  readonly direction: Direction
  readonly record: boolean
  readonly everyLine?: boolean
}

/** A line that was asked; `hop` is an index into the outcome's own hops. */
export type VpcEvaluated = Omit<Evaluated, 'direction'>

/** `hops`: the VPC elements crossed, in order (`vpc/…`, `igw/…`, `nat/…`, `internet`), each with its decisions. */
export type VpcOutcome = { readonly evaluated?: readonly VpcEvaluated[] } & (
  | {
      readonly kind: 'arrives'
      /** At whose ENI. The engine finds the stack and interface that the ENI is wired to. */
      readonly eni: string
      /** What answers there if no stack of the fabric stands behind it; the answer comes back through `fromInternet`. */
      readonly answers: Decision | null
      readonly packet: Packet
      readonly hops: readonly Hop[]
    }
  /**
   * It reached something outside the fabric that answers, as `packet`: the internet (the last of `hops` is the hop
   * `internet`), or a service of the VPC itself, its resolver or the instance metadata (the last is `vpc/ID`). The
   * answer comes back through `fromInternet`.
   */
  | { readonly kind: 'internet'; readonly packet: Packet; readonly hops: readonly Hop[] }
  | {
      readonly kind: 'dropped' | 'unknown'
      /** `vpc/ID`, `igw/ID` or `nat/ID`: where it ended. The last of `hops` is that place. */
      readonly at: StackId
      /** What decided it: the last decision of the last hop. */
      readonly decision: Decision
      readonly hops: readonly Hop[]
    }
)

/** One connection's way through the VPC: it remembers what security groups and gateways remember. */
export interface VpcFlow {
  cross(departure: VpcDeparture): VpcOutcome
  fromInternet(departure: InternetDeparture): VpcOutcome
  /** What is remembered, as text: equal texts, equal answers to the same packet. */
  memory(): string
}

export interface VpcForwarder {
  /** The same of this VPC, which differs from its own in little. Absent: it is no VPC that anybody read. */
  readonly of?: (vpc: Vpc) => VpcForwarder
  /** A new connection: nothing is remembered yet. Called once for every path that is tried; `budget` pays for its answers. */
  newFlow(budget?: Budget): VpcFlow
}

/** A packet that crosses the host end of a pod's veth. */
export interface PolicyCrossing {
  readonly pod: StackId
  /** The stack that the host end is in. */
  readonly node: StackId
  /** As the pod sees it: `egress` leaves the pod (before any rule of the node), `ingress` enters it (after them). */
  readonly side: 'egress' | 'ingress'
  readonly packet: Packet
  readonly direction: Direction
}

export type PolicyOutcome =
  /** Null: no policy selects the pod; the hop then says nothing of policies. */
  | { readonly kind: 'allowed'; readonly decision: Decision | null }
  | { readonly kind: 'dropped' | 'unknown'; readonly decision: Decision }

/** One connection: replies to what was allowed are allowed. */
export interface PolicyFlow {
  /** False: whatever crosses this pod's veth is let through, and nothing is said of policies. */
  judges(pod: StackId): boolean
  cross(crossing: PolicyCrossing): PolicyOutcome
  /** What is remembered, as text: equal texts, equal answers to the same packet. */
  memory(): string
}

export interface PolicyForwarder {
  /** The same with these policies in place of its own. */
  readonly of?: (policies: readonly NetworkPolicy[]) => PolicyForwarder
  /** Its own. */
  readonly policies?: readonly NetworkPolicy[]
  newFlow(budget?: Budget): PolicyFlow
}

/** What stands around the stacks. Absent: a packet that needs it is `unknown` there. */
export interface Surroundings {
  readonly vpc?: VpcForwarder
  readonly policy?: PolicyForwarder
}
