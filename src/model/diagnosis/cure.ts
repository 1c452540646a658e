import type { StackId } from '../stack/stack-id.ts'

/** Where a command is typed: as root on a node, in a pod's network from its node, or wherever kubectl and aws are. */
export type CurePlace = { readonly kind: 'node'; readonly stack: StackId } | { readonly kind: 'anywhere' }

/** Commands that are complete: pasted as they stand, one a line. */
export interface Cure {
  readonly place: CurePlace
  readonly commands: readonly string[]
  /** Puts it back as it was; empty: there is no way back. */
  readonly undo: readonly string[]
  /** What makes the owner of the line write it anew, where anything does; typed wherever kubectl is. */
  readonly owner: readonly string[]
}
