import type { Author } from '../../model/diagnosis/deviation.ts'
import type { CauseCode } from '../../model/diagnosis/diagnosis.ts'

/** What the sentence of a cause is made of. */
export interface CauseFacts {
  /** The node, the pod or the VPC where it is. */
  readonly at: string
  /** The line that stands there; empty: none does. */
  readonly by: string
  /** The line that should; empty: none should. */
  readonly missing: string
  /** Who wrote what stands there, in words; empty: nothing tells. */
  readonly author: string
}

/** What is wrong, in one sentence for each kind of cause; and what is said around it. */
export interface CauseSentences {
  readonly codes: { readonly [Code in CauseCode]: (facts: CauseFacts) => string }
  readonly authors: { readonly [One in Author]: string }
  /** Two of them together mend it: neither alone does. */
  readonly together: (count: number) => string
  /** Where the commands are typed. */
  readonly onNode: (node: string) => string
  readonly anywhere: string
  readonly owner: string
  readonly undo: string
  /** It only weakens a protection: what is right cannot be told. */
  readonly weakens: string
  /** Deliberate: somebody decided so. */
  readonly deliberate: string
  /** Nothing to type is known. */
  readonly noCommand: string
  /** No edit mends it. */
  readonly none: (tried: number) => string
  readonly notRead: (at: string, what: string, because: string) => string
  readonly pairs: (count: number, of: number) => string
  readonly misleads: (count: number, of: number) => string
  readonly flows: (count: number, of: number) => string
  readonly statements: (count: number) => string
  readonly effect: (opens: number, closes: number, moves: number) => string
  readonly effectless: string
  readonly harmless: string
  /** It arrives, by another way or with another address than intended. */
  readonly misled: string
}
