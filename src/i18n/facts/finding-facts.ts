/** Every finding's code and the facts that its sentences are made of. `at` is the StackId of the place. */
export interface FindingFacts {
  /** The packet was last seen here. `because`: what the line does that the prediction names; null: none was predicted. */
  readonly PACKET_LOST: LossFacts
  readonly REPLY_LOST: LossFacts
  /** The tables let it through, and it was lost all the same: `segment` is what lies between what was seen and what was not. */
  readonly LOST_AGAINST_PREDICTION: FlowFacts & {
    readonly direction: 'forward' | 'reply'
    readonly at: string
    readonly interface: string | null
    /** Where it should have been seen next; null: nobody captures there. */
    readonly missing: string | null
    readonly segment: 'stack' | 'wire' | 'vpc' | 'receiver' | 'sender' | 'beyond'
    /** A line that drops packets and counted some while the probe ran; null: none did. */
    readonly counted: string | null
  }
  /** It arrived, though the tables say that it is dropped. */
  readonly DELIVERED_AGAINST_PREDICTION: FlowFacts & { readonly at: string; readonly because: string }
  /** A NetworkPolicy denies it, and it arrives: nobody enforces the policy. */
  readonly POLICY_NOT_ENFORCED: FlowFacts & { readonly at: string; readonly because: string }
  /** Some of the probes were answered and some were not. */
  readonly PARTIAL_LOSS: FlowFacts & { readonly sent: number; readonly received: number }
  /**
   * It was turned away, and its sender told so. `by`: nobody listens on the port, what takes the pod's packets (a proxy in it) has
   * no such port, a rule REJECTs, or kube-proxy's does because the Service has no endpoint that is ready. `asked` as in `TCP 81`. `because`: what the rule does.
   */
  readonly CONNECTION_REFUSED: FlowFacts & {
    readonly at: string
    readonly asked: string
    readonly by: 'nobody-listens' | 'proxy' | 'rule' | 'no-endpoints'
    readonly because: string | null
  }
  /** Nobody answered the question for the receiver's address. `server`: who was asked; null: that is not known. */
  readonly NAME_UNRESOLVED: FlowFacts & { readonly server: string | null }
  /** The prober said what went wrong: no route, a timeout. */
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
  /**
   * The kernel's own word. `reason`: as the kernel names it; null: it is too old to name any. `meaning`: what that reason stands for;
   * null: podpath knows no more than its name. `otherwise`: how often it came when no probe was on its way.
   */
  readonly KERNEL_DROPPED: {
    readonly function: string
    readonly reason: string | null
    readonly meaning: string | null
    readonly probes: number
    readonly otherwise: number
  }
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

interface LossFacts extends FlowFacts {
  readonly at: string
  readonly interface: string | null
  readonly because: string | null
}

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
