/** The page Tables. */
export interface WebTablesSentences {
  readonly stack: string
  readonly tabs: {
    readonly rules: string
    readonly routes: string
    readonly iptables: string
    readonly nft: string
  }
  readonly lightTitle: string
  readonly lightHint: string
  readonly from: string
  readonly to: string
  readonly toHint: string
  readonly protocol: string
  readonly port: string
  readonly light: string
  readonly clear: string
  readonly packets: string
  readonly octets: string
  readonly line: string
  readonly order: string
  readonly filter: string
  readonly table: (name: string) => string
  readonly routeTable: (name: string) => string
  readonly lookedUpBy: string
  readonly hook: (name: string) => string
  readonly userChain: string
  readonly calledFrom: string
  readonly policy: (policy: string) => string
  readonly policyLine: string
  readonly emptyChain: string
  readonly notRead: string
  readonly noTables: string
  readonly noStacks: string
  readonly showAll: (count: number) => string
  readonly explain: string
  readonly notCounted: string
  readonly mark: { readonly decides: string; readonly on: string; readonly no: string }
  readonly pathHere: string
  readonly direction: { readonly forward: string; readonly reply: string }
  readonly notHere: string
  readonly stacksOnPath: string
  readonly oneOfPaths: (percent: string, ways: number) => string
  readonly whyNot: string
  /** A line was chosen while no packet's way is lit. */
  readonly lightFirst: string
  readonly askForWhy: string
  readonly decided: string
  readonly matched: string
  readonly lacked: string
  readonly notCrossed: string
  readonly decidedBefore: string
  readonly endedBefore: string
  readonly notEntered: string
  readonly neverEntered: string
  readonly noRuleLooksUp: string
  readonly otherHook: (hook: string) => string
  readonly natSettled: string
  readonly inert: string
  readonly because: string
  readonly verdict: { readonly delivered: string; readonly dropped: string; readonly unknown: string }
  /** What the chains of kube-proxy and the VPC CNI are for; null: nobody's that is known. */
  readonly chain: (table: string, name: string) => string | null
  readonly natStory: readonly string[]
}
