import type { Author, NotJudged } from './deviation.ts'
import type { CauseCode, CauseKind, Symptom } from './diagnosis.ts'
import type { Path } from '../path/path.ts'
import type { StackId } from '../stack/stack-id.ts'

/** An edit by the lines that it changes: before null, it is added; after null, it is removed. */
export interface SaidEdit {
  readonly kind: string
  readonly at: string
  readonly before: string | null
  readonly after: string | null
}

/** A diagnosis as it stands in a result: with its sentences, and with commands. */
export interface SaidDiagnosis {
  /** What the two ends are called. */
  readonly from: string
  readonly to: string
  readonly symptom: Symptom
  readonly causes: readonly SaidCause[]
  readonly ruledOut: readonly string[]
  readonly tried: number
  readonly notRead: readonly NotJudged[]
}

export interface SaidCause {
  readonly code: CauseCode
  /** Reachability Analyzer's code for the same thing; null: it has none. */
  readonly reachability: string | null
  readonly kind: CauseKind
  readonly at: StackId
  readonly by: string | null
  readonly missing: string | null
  readonly author: Author
  readonly message: string
  readonly edit: readonly SaidEdit[]
  readonly cure: readonly string[]
  readonly owner: readonly string[]
  readonly undo: readonly string[]
  /** Where the commands of `cure` and `undo` are typed; null: there are none, or wherever kubectl and aws are. */
  readonly typedAt: StackId | null
  readonly proof: Path | null
  /** What else the edit changes, as `FROM to TO`; absent: nobody looked. */
  readonly effect?: {
    readonly opens: readonly string[]
    readonly closes: readonly string[]
    readonly moves: readonly string[]
  }
  /** How many of the pairs that were looked at it breaks; absent: one flow was asked for. */
  readonly breaks?: {
    readonly pairs: number
    readonly of: number
    readonly such: readonly string[]
    /** The statements that do not hold because of it, by their ids; absent: none were made. */
    readonly statements?: readonly string[]
  }
}
