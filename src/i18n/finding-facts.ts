/** Every finding's code and the facts that its sentences are made of. `at` is the StackId of the place. */
export interface FindingFacts {
  /** The packet was last seen here. */
  readonly PACKET_LOST: FlowFacts & { readonly at: string; readonly interface: string | null }
  readonly REPLY_LOST: FlowFacts & { readonly at: string; readonly interface: string | null }
  /** Some of the probes were answered and some were not. */
  readonly PARTIAL_LOSS: FlowFacts & { readonly sent: number; readonly received: number }
  /** The prober said what went wrong: a name that does not resolve, no route, a refused connection. */
  readonly PROBE_FAILED: FlowFacts & { readonly error: string }
  /** The captured path is not the predicted one; the two are written as `pod → node → vpc`. */
  readonly PATH_DIFFERS: FlowFacts & {
    readonly at: string
    readonly predicted: string
    readonly observed: string
  }
  readonly VERDICT_DIFFERS: FlowFacts & {
    readonly at: string
    readonly predicted: 'delivered' | 'dropped' | 'unknown'
    readonly observed: 'delivered' | 'dropped' | 'unknown'
  }
  /** A packet on the wire has other addresses than predicted. */
  readonly ADDRESSES_DIFFER: FlowFacts & {
    readonly at: string
    readonly interface: string
    readonly predicted: string
    readonly observed: string
  }
  /** `reason` is the check's own sentence. */
  readonly STATEMENT_FAILED: {
    readonly id: string
    readonly statement: string
    readonly reason: string
  }
  readonly NAT_COUNT: FlowFacts & { readonly expected: number; readonly seen: number }
  readonly PUBLIC_ADDRESS_DIFFERS: {
    readonly pod: string
    readonly podAddress: string
    readonly node: string
    readonly nodeAddress: string
  }
  /** tcpdump's own count of packets that its kernel buffer had no room for. */
  readonly CAPTURE_DROPPED: { readonly at: string; readonly dropped: number }
  readonly CAPTURE_FAILED: { readonly at: string; readonly because: string }
  readonly PREDICTION_UNKNOWN: FlowFacts & { readonly at: string; readonly because: string }
  /** Nothing was sent: the line stands where the packet would end. */
  readonly PREDICTED_DROP: FlowFacts & { readonly at: string; readonly because: string }
  readonly CLOCKS_DIFFER: {
    readonly one: string
    readonly other: string
    readonly milliseconds: number
  }
  readonly NODE_UNREACHABLE: { readonly node: string; readonly because: string }
}

export type FindingCode = keyof FindingFacts

interface FlowFacts {
  /** What the user calls the two ends. */
  readonly from: string
  readonly to: string
}

/** What is wrong, and what to do about it. */
interface FindingSentences<Facts> {
  readonly message: (facts: Facts) => string
  readonly remedy: (facts: Facts) => string
}

/** Two sentences for each finding. */
export type Findings = { readonly [Code in FindingCode]: FindingSentences<FindingFacts[Code]> }
