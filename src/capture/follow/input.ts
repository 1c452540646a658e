import type { Ip } from '../../model/address/address.ts'
import type { Prefix } from '../../model/address/prefix.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import type { ProbeMarks } from '../../model/result/probed.ts'
import type { StackId } from '../../model/stack/stack-id.ts'

/** Two interface ends that exchange frames; the stack of an end may be a `vpc/ID`. */
export interface FollowWire {
  readonly a: readonly [StackId, string]
  readonly b: readonly [StackId, string]
}

/** A network stack that a packet may cross, and how well it was watched. */
export interface FollowStack {
  readonly stack: StackId
  /** `any`: all of its interfaces were captured. A list: these alone. Empty: none. */
  readonly captured: 'any' | readonly string[]
  /**
   * Packets that the capture lost, from tcpdump's closing line. Null: it did not say. Unless it is 0, a packet
   * that was not seen here may have been here all the same.
   */
  readonly dropped: number | null
  /** The stack's own addresses; empty when they are not known. */
  readonly addresses: readonly Ip[]
}

/** Where packets may go after the prober's own stack has translated their destination (a Service's endpoints). */
export interface Backend {
  readonly address: Ip
  readonly port: number | null
}

/** The probe, as the prober knows it. */
export interface ProbeFlow {
  /** The stack whose process sent it. */
  readonly from: StackId
  /** Null: whatever address of its own the stack chose. */
  readonly source: Ip | null
  /** As the prober used it, before any translation. */
  readonly destination: Ip
  /** IANA protocol number: 1, 6, 17 or 58. */
  readonly protocol: number
  readonly destinationPort?: number
  /** What the prober put into its packets; what has none of it is somebody else's. */
  readonly marks?: ProbeMarks
  readonly backends?: readonly Backend[]
  /** By the clock of the prober's stack, nanoseconds since the epoch, both ends included. */
  readonly window: { readonly from: bigint; readonly to: bigint }
  /** Packets that the prober says it sent; absent when it does not say. */
  readonly sent?: number
}

/** One of the elements that a packet passes on its way out of the VPC: its router, a gateway, the internet. */
export interface Passage {
  readonly stack: StackId
  /** The packet's source when it leaves; null: it ends here, or nobody can tell. */
  readonly source: Ip | null
  /** The source's port, or ICMP's identifier, becomes one of its choosing. */
  readonly choosesPort?: boolean
}

/** What is known of the VPC around the nodes. No capture can look inside it. */
export interface VpcFacts {
  readonly id?: string
  readonly prefixes: readonly Prefix[]
  /** What a packet with these addresses passes from an ENI on, as far as anybody can tell; the VPC's router is the first. */
  readonly egressPath: (source: Ip, destination: Ip) => readonly Passage[]
  /** The ENIs behind which a service of AWS answers, by their addresses: the API server's for one. */
  readonly managed?: ReadonlyMap<Ip, StackId>
}

export interface FollowInput {
  readonly sightings: readonly Sighting[]
  readonly stacks: readonly FollowStack[]
  /** As far as they are known. */
  readonly wires: readonly FollowWire[]
  readonly flow: ProbeFlow
  /** Null: there is no VPC, or nothing is known of one; then nothing is inferred about it. */
  readonly vpc: VpcFacts | null
  /** Times in the result count from here, each by its own stack's clock. */
  readonly epoch: bigint
}
