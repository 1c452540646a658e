/** What a statement of an nftables rule is when it is compiled. */
import type { Answer } from '../predicate.ts'
import type { Run } from '../../compiled/fabric.ts'

export type Jump =
  | { readonly kind: 'accept' | 'return' | 'no-match' }
  | { readonly kind: 'drop'; readonly effect: string }
  | { readonly kind: 'jump' | 'goto'; readonly target: string }
  | { readonly kind: 'unknown'; readonly because: string }

export type Statement =
  | { readonly kind: 'none' }
  | { readonly kind: 'test'; readonly test: (run: Run) => Answer; readonly because: string }
  | { readonly kind: 'effect'; readonly apply: (run: Run) => string | null }
  /** False: there is no address to translate to. */
  | { readonly kind: 'nat'; readonly apply: (run: Run, by: string) => boolean | 'no-match' | 'unknown' }
  /** Null: the rule goes on (`continue`). */
  | { readonly kind: 'verdict'; readonly verdict: (run: Run) => Jump | null }
