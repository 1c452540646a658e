/** The page with the kept runs. */
export interface WebRunsSentences {
  readonly title: string
  readonly none: string
  readonly keptIn: string
  readonly started: string
  readonly source: string
  readonly flow: string
  readonly moreFlows: (count: number) => string
  readonly verdict: string
  readonly findings: string
  readonly statements: string
  readonly passed: (passed: number, all: number) => string
  readonly prediction: string
  readonly open: string
  readonly choose: string
  readonly compare: string
  readonly chooseTwo: string
  readonly back: string
  readonly comparing: string
  readonly before: string
  readonly after: string
  readonly swap: string
  readonly same: string
  readonly changes: (count: number) => string
  readonly noFlowInCommon: string
  readonly parts: {
    readonly verdict: string
    readonly way: string
    readonly packet: string
    readonly decision: string
    readonly translation: string
    readonly finding: string
    readonly flow: string
  }
  readonly directions: { readonly forward: string; readonly reply: string }
  readonly nothing: string
}
