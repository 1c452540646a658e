import type { ChangeNote } from '../../model/result/change.ts'
import type { ChangeProblem } from '../../model/result/change-problem.ts'

/** What `podpath change` says. */
export interface ChangeSentences {
  readonly title: string
  readonly edits: (count: number) => string
  readonly pairs: (count: number) => string
  readonly added: string
  readonly removed: string
  readonly headings: {
    readonly opens: (count: number) => string
    readonly closes: (count: number) => string
    readonly moves: (count: number) => string
    readonly readdresses: (count: number) => string
    readonly undecided: (count: number) => string
  }
  /** Before a line that decides: where it stands. */
  readonly at: (places: string) => string
  /** Of a pair that opens: what stopped it. */
  readonly stoppedBefore: string
  readonly more: (count: number) => string
  readonly seenAs: (before: string, after: string) => string
  readonly nothing: string
  readonly onlyBefore: (ends: string) => string
  readonly onlyAfter: (ends: string) => string
  readonly ifEnforced: string
  readonly notes: {
    readonly [Code in ChangeNote['code']]: (facts: Extract<ChangeNote, { readonly code: Code }>) => string
  }
  readonly expectations: string
  readonly expected: (from: string, to: string, reach: boolean) => string
  readonly state: { readonly holds: string; readonly broken: string; readonly undecided: string }
  readonly brokenBefore: string
  readonly otherwise: (predicted: 'delivered' | 'dropped' | 'unknown') => string
  readonly refusedBy: (codes: string) => string
  readonly verdict: (opens: number, closes: number, moves: number, readdresses: number) => string
  readonly held: (holds: number, all: number) => string
  readonly problems: {
    readonly [Code in ChangeProblem['code']]: (
      facts: Extract<ChangeProblem, { readonly code: Code }>,
    ) => string
  }
}
