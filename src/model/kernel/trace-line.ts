/** One line of a kernel’s trace of the packets that it throws away. */
export type TraceLine =
  | {
      readonly kind: 'drop'
      /** Seconds of the trace's clock. */
      readonly time: number
      /** The function that threw it away; null: this kernel prints an address that says nothing (before 5.17). */
      readonly function: string | null
      /** As the kernel names it; null: this kernel gives none. */
      readonly reason: string | null
    }
  /** One line of the stack of the drop before it, the innermost first. */
  | { readonly kind: 'frame'; readonly function: string }
  /** What was written into `trace_marker`. */
  | { readonly kind: 'mark'; readonly time: number; readonly text: string }
  /** Events were lost, because nobody read them in time. */
  | { readonly kind: 'lost' }
