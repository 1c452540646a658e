/** Why a statement failed or could not be decided: a code, and the facts of the case. `stack` is a StackId. */
export interface ReasonFacts {
  /** Both pods stand on one node. */
  readonly 'same-node': { readonly node: string }
  /** The address is not on the pod's own interface. */
  readonly 'address-not-on-pod': { readonly pod: string; readonly address: string }
  /** The address of a pod stands on an interface of its node. */
  readonly 'address-on-node': {
    readonly node: string
    readonly address: string
    readonly interface: string
  }
  /** Undecided: nothing looked there. */
  readonly 'not-captured': { readonly stack: string }
  /** Undecided: the capture lost packets, so that absence proves nothing. */
  readonly 'capture-lossy': { readonly stack: string; readonly dropped: number }
  /** The capture ran and the packet was not in it. */
  readonly 'not-seen': {
    readonly stack: string
    readonly interface: string | null
    readonly direction: 'in' | 'out'
  }
  /** Undecided: a table was not read. */
  readonly 'not-read': { readonly stack: string; readonly what: string }
  readonly 'no-route': { readonly stack: string; readonly destination: string }
  readonly 'other-route': { readonly stack: string; readonly line: string; readonly expected: string }
  readonly 'other-interface': {
    readonly stack: string
    readonly expected: string
    readonly seen: string
  }
  readonly 'no-neighbour': { readonly stack: string; readonly address: string }
  readonly 'neighbour-not-permanent': { readonly address: string; readonly state: string }
  readonly 'neighbour-other-mac': {
    readonly address: string
    readonly mac: string
    readonly interface: string
    readonly expected: string
  }
  /** `interface` null: where the packet was seen is not known more exactly. */
  readonly 'addresses-changed': {
    readonly stack: string
    readonly interface: string | null
    readonly expected: string
    readonly seen: string
  }
  readonly 'ttl-changed': { readonly stack: string; readonly expected: number; readonly seen: number }
  readonly 'ttl-not-seen': { readonly stack: string }
  readonly 'next-hop': { readonly stack: string; readonly expected: string; readonly seen: string }
  readonly 'too-few-points': { readonly expected: number; readonly seen: number }
  readonly 'no-reply': { readonly stoppedAt: string | null }
  readonly 'reply-other-way': { readonly expected: string; readonly seen: string }
  /** The chain holds no rule: AWS_VPC_K8S_CNI_EXTERNALSNAT=true leaves it so. */
  readonly 'snat-chain-empty': { readonly chain: string }
  readonly 'snat-no-chain': { readonly stack: string }
  readonly 'snat-no-rule': { readonly stack: string; readonly destination: string }
  readonly 'snat-excluded': { readonly line: string; readonly destination: string }
  readonly 'snat-other-rule': { readonly line: string }
  readonly 'snat-other-source': {
    readonly line: string
    readonly expected: string
    readonly seen: string
  }
  readonly 'walk-undecided': { readonly line: string; readonly because: string }
  readonly 'not-rewritten': { readonly stack: string; readonly source: string }
  readonly 'rewritten-otherwise': {
    readonly stack: string
    readonly expected: string
    readonly seen: string
  }
  readonly 'gateway-not-on-path': { readonly path: string }
  readonly 'public-address-not-seen': { readonly stack: string }
  readonly 'translation-count': {
    readonly expected: number
    readonly seen: number
    readonly list: string
  }
  readonly 'not-undone': {
    readonly stack: string
    readonly expected: string
    readonly seen: string
  }
  readonly 'no-answer': { readonly from: string; readonly error: string | null }
  readonly 'not-an-address': { readonly from: string; readonly answer: string }
  readonly 'public-differs': { readonly pod: string; readonly node: string }
  readonly 'public-not-nodes': { readonly expected: string; readonly seen: string }
  readonly 'public-not-known': { readonly node: string }
}

export type ReasonCode = keyof ReasonFacts

/** One sentence for each reason. */
export type Reasons = { readonly [Code in ReasonCode]: (facts: ReasonFacts[Code]) => string }

/** A reason before it is put into words. */
export type Reason = {
  readonly [Code in ReasonCode]: { readonly code: Code; readonly facts: ReasonFacts[Code] }
}[ReasonCode]
